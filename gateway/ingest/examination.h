// Examination: the pre-scan of one object while its bytes come in, and what is known of it at the end.
#pragma once

#include "gateway/ingest/ingest.h"

namespace qianli::gateway {

class Examination {
public:
    Examination(Announcement announcement, dicom::ScanLimits const& limits);

    Announcement const& announcement() const { return announcement_; }
    // InvalidInput as soon as the data set is known to be bad. In a private transfer syntax it may be unreadable.
    Result<void> feed(std::span<std::uint8_t const> bytes);
    // Whose object it is, once that has come.
    std::optional<dicom::Uid> study() const;
    // Conflict when command and data set speak of different objects (PS3.4 B.2.3: A900H), and when a UID without which
    // nothing can be filed is missing or unusable.
    Result<dicom::InstanceHeader> finish(Sender const& sender, TimePoint receivedAt);

private:
    Announcement announcement_;
    std::uint64_t longest_;
    dicom::DataSetScanner scanner_;
    std::uint64_t length_ = 0;
    bool unreadable_ = false;
};

} // namespace qianli::gateway
