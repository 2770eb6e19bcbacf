// ParsedDataSet: a whole DICOM file in DCMTK's hands, loaded only after our scan has found it harmless; text comes out
// in UTF-8.
#pragma once

#include "common/base/result.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/part10.h"
#include "common/dicom/tag.h"
#include "common/dicom/uid.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

class DcmDataset;

namespace qianli::dicom {

class ParsedDataSet {
public:
    ParsedDataSet(ParsedDataSet&&) noexcept;
    ParsedDataSet& operator=(ParsedDataSet&&) noexcept;
    ~ParsedDataSet();

    Part10Layout const& layout() const;
    CharacterSetDecision const& characterSet() const;

    bool has(Tag tag) const; // present and not empty
    // Top-level attributes. Empty text, no number, where the attribute is absent, empty or of another kind.
    std::string text(Tag tag) const; // with its backslashes; padding trimmed
    std::vector<std::string> texts(Tag tag) const;
    Uid uid(Tag tag) const;
    std::optional<std::int64_t> integer(Tag tag, unsigned long index = 0) const; // US, SS, UL, SL, IS
    std::optional<double> number(Tag tag, unsigned long index = 0) const;        // also FL, FD, DS
    std::vector<double> numbers(Tag tag) const;
    // Any text of this object, from inside of a sequence for instance, in UTF-8.
    std::string decode(std::string_view raw) const;

    // For those who need more. Values above 4 KiB are read from the file when they are first asked for.
    DcmDataset& dataset() const;

private:
    friend Result<ParsedDataSet> loadScanned(std::filesystem::path const& path, ScanLimits const& limits);
    struct State;
    explicit ParsedDataSet(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Scans the file, then lets DCMTK parse it. InvalidInput with the reason when either refuses, or when the file is
// written in a way that parsers read differently.
Result<ParsedDataSet> loadScanned(std::filesystem::path const& path, ScanLimits const& limits = {});

} // namespace qianli::dicom
