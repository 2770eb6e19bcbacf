// Replay: receipts and the headers of their files become rows of the index again.
#pragma once

#include "gateway/ingest/ingest.h"

namespace qianli::gateway {

// The header of an object's file, as the index takes it.
Result<dicom::InstanceHeader> readHeaderAgain(BlobStore const& store, Receipt const& receipt, std::string_view charset);

// The same of several, in their order. Several threads read and ask `charsetOf`.
std::vector<Result<dicom::InstanceHeader>> readHeadersAgain(BlobStore const& store, std::span<Receipt const> receipts,
                                                            CharsetOf const& charsetOf);

// Why an object can't be read now says nothing of it: no descriptors, no memory, no right. What is lost or damaged is
// not of this kind.
bool mayPass(Error const& error);

// Objects that the archive has a receipt of and the index has not, because they are lost or damaged: an alarm counts
// them.
class LeftOut {
public:
    explicit LeftOut(Observers const& observers) : observers_(observers) {}
    void add(SequenceSet const& objects, std::string const& last); // also again
    void beginAnew();                                              // with an empty index

private:
    Observers observers_;
    SequenceSet objects_;
};

// Everything above the index's sequence. Objects that are lost or damaged are named in the report and the log and left
// out; what can't be read for a reason that may pass ends it, and the same call goes on from there. Several threads
// read and ask `charsetOf`; `progress` is called by the caller's. Cancelled when `goOn` says no; what was taken in
// stays.
Result<ReindexReport> replayInto(BlobStore const& store, StudyIndex& index, CharsetOf const& charsetOf,
                                 std::function<void(std::uint64_t done, std::uint64_t total)> const& progress,
                                 std::function<bool()> const& goOn = {}, LeftOut* leftOut = nullptr);

} // namespace qianli::gateway
