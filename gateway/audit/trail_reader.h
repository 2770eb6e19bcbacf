// TrailReader: reads the trail behind a place in it, as it grows; for who passes it on.
#pragma once

#include "gateway/audit/trail_files.h"

namespace qianli::gateway {

class TrailReader {
public:
    explicit TrailReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // The next entries come behind this one.
    void seek(std::uint64_t sequence);
    struct Line {
        AuditEntry entry;
        std::string text; // as it stands there
    };
    // Those that are there, in their order, at most so many; none: nothing new. Lines that are no entries are passed
    // over.
    Result<std::vector<Line>> next(std::size_t most);

private:
    Result<bool> open();
    std::filesystem::path folder_;
    std::uint64_t sequence_ = 0;
    FileDescriptor file_;
    std::filesystem::path path_;
    std::uint64_t offset_ = 0;
    std::uint64_t first_ = 0; // of the file
};

} // namespace qianli::gateway
