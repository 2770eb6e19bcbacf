// Replay: receipts and the headers of their files become rows of the index again.
#pragma once

#include "gateway/ingest/ingest.h"

namespace qianli::gateway {

// The header of an object's file, as the index takes it.
Result<dicom::InstanceHeader> readHeaderAgain(BlobStore const& store, Receipt const& receipt, std::string_view charset);

// Everything above the index's sequence. Objects that can't be read are named in the report and left out. Several
// threads read and ask `charsetOf`; `progress` is called by the caller's. Cancelled when
// `goOn` says no; what was taken in stays.
Result<ReindexReport> replayInto(BlobStore const& store, StudyIndex& index, CharsetOf const& charsetOf,
                                 std::function<void(std::uint64_t done, std::uint64_t total)> const& progress,
                                 std::function<bool()> const& goOn = {});

} // namespace qianli::gateway
