// Replay: receipts and the headers of their files become rows of the index again.
#pragma once

#include "gateway/ingest/ingest.h"

namespace qianli::gateway {

// Everything above the index's sequence. Objects that can't be read are named in the report and left out. Several
// threads read and ask for `siteCharset`; `progress` is called by the caller's.
Result<ReindexReport> replayInto(BlobStore const& store, StudyIndex& index,
                                 std::function<std::string(model::SiteId const&)> const& siteCharset,
                                 std::function<void(std::uint64_t done, std::uint64_t total)> const& progress);

} // namespace qianli::gateway
