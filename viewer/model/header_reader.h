// HeaderReader: typed access to a parsed header, forgiving towards wrong VRs and unreadable numbers, text in UTF-8.
#pragma once

#include "common/dicom/instance_header.h"

#include <cstdint>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

class HeaderReader {
public:
    // Decides the character set from all text of the top level together.
    explicit HeaderReader(DcmItem& header);
    // From the text of all levels: for objects whose words are in sequences, as a report's are.
    static HeaderReader ofWholeObject(DcmItem& header);
    // The same decision for an item of a sequence.
    HeaderReader in(DcmItem& item) const { return {item, charset_}; }

    dicom::CharacterSetDecision const& charset() const { return charset_; }
    std::string text(DcmTagKey const& tag) const; // whole value, UTF-8, trimmed
    std::vector<double> numbers(DcmTagKey const& tag) const;
    std::optional<double> number(DcmTagKey const& tag) const;
    std::int32_t integer(DcmTagKey const& tag, std::int32_t otherwise) const;
    // US, SS or OW as 16-bit words in the machine's order.
    std::vector<std::uint16_t> words(DcmTagKey const& tag) const;
    // OB, OW or UN as bytes, words in the machine's order.
    std::vector<std::uint8_t> bytes(DcmTagKey const& tag) const;
    bool isSignedShort(DcmTagKey const& tag) const; // VR SS
    std::size_t items(DcmTagKey const& sequence) const;
    std::optional<HeaderReader> item(DcmTagKey const& sequence, std::size_t index = 0) const;

private:
    HeaderReader(DcmItem& item, dicom::CharacterSetDecision charset) : item_(&item), charset_(std::move(charset)) {}
    void indexElements();
    DcmElement* find(DcmTagKey const& tag) const; // null: not there
    DcmSequenceOfItems* findSequence(DcmTagKey const& tag) const;
    std::string raw(DcmTagKey const& tag) const;

    DcmItem* item_;
    std::vector<DcmElement*> elements_; // by tag; of the top level only
    dicom::CharacterSetDecision charset_;
};

} // namespace qianli::viewer
