// The attributes that both of a report's objects share: patient, study, equipment, and how they are written.
#pragma once

#include "common/base/result.h"
#include "common/model/report.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace qianli::viewer {

struct Code {
    std::string_view value, scheme, meaning;
};

inline constexpr Code diagnosticImagingReport{"18748-4", "LN", "Diagnostic Imaging Report"};

// Puts elements into an item; the first failure of a writer and all that come from it by append() is kept in one place,
// and ends the writing.
class ItemWriter {
public:
    ItemWriter(DcmItem& item, Result<void>& state) : item_(&item), state_(&state) {}
    // Text in UTF-8: trailing spaces go (PS3.5 6.2 gives them no meaning), line ends become CR LF.
    void text(DcmTagKey const& tag, std::string_view value);
    void number(DcmTagKey const& tag, std::uint32_t value);
    void empty(DcmTagKey const& tag);
    void code(DcmTagKey const& sequence, Code const& code);
    // Writes into a new last item of the sequence.
    ItemWriter append(DcmTagKey const& sequence);

private:
    ItemWriter(DcmItem* item, Result<void>* state) : item_(item), state_(state) {}
    void check(OFCondition const& condition, DcmTagKey const& tag);
    DcmItem* item_;
    Result<void>* state_; // once it holds an error, nothing is written any more
};

struct ObjectIdentity {
    std::string_view sopClassUid;
    std::string_view sopInstanceUid;
    std::string_view seriesUid;
    std::string_view modality;
    std::string_view seriesNumber;
};

// SOP Common, Patient, General Study, Patient Study, series and General Equipment modules; InvalidInput when the study,
// the object or the patient has no identity.
Result<void> writeHeader(DcmDataset& dataSet, model::Report const& report, ObjectIdentity const& identity);

// Part 10, Explicit VR Little Endian, durable.
Result<void> writeDataSet(DcmDataset& dataSet, ObjectIdentity const& identity, std::filesystem::path const& path);

} // namespace qianli::viewer
