// SegmentLines: the lines of one file of the receipt log, read a piece at a time from where they are wanted: whoever
// follows the log wants the newest few of a file of many megabytes, again and again.
//
// For one thread.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace qianli::gateway {

class SegmentLines {
public:
    // `first`: the sequence of its first line.
    static Result<SegmentLines> open(std::filesystem::path const& path, std::uint64_t first);

    // Goes to a line not far before the one behind `after`; its sequence is that of the line that next() gives then.
    Result<void> seekBefore(std::uint64_t after);
    std::uint64_t sequence() const { return sequence_; }

    // False at the end. The line holds until the next call.
    Result<bool> next();
    std::string_view line() const { return {buffer_.data() + begin_, end_ - begin_}; }
    bool isSound() const;

private:
    SegmentLines(FileDescriptor file, std::uint64_t size, std::uint64_t first);
    Result<bool> readOn();
    bool isRoom() const;
    void goTo(std::uint64_t offset, std::uint64_t sequence);

    FileDescriptor file_;
    std::uint64_t size_ = 0, first_ = 0;
    std::uint64_t sequence_ = 0;      // of the next line
    std::uint64_t offset_ = 0;        // in the file, of what comes behind the buffer
    std::string buffer_;              // a piece of the file
    std::size_t begin_ = 0, end_ = 0; // the line in it
    bool terminated_ = false;
    std::size_t behind_ = 0; // in the buffer, of the next line
};

} // namespace qianli::gateway
