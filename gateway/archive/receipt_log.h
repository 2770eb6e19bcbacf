// ReceiptLog: the archive's journal of receipts, append-only files of lines named by their first sequence.
//
// Promise: after append() has returned success the receipts are on stable storage; after a failure none of them is.
// open() for writing cuts what a power cut tore off the end, and only that: damage anywhere else is Corrupt, with file
// and line named.
//
// While a file is written, zeros lie ahead of its lines: bytes that replace others are synced without the file system's
// journal, in a fraction of the time. They are cut when the file is full and at the end.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"
#include "gateway/archive/receipt.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

class ReceiptLog {
public:
    enum class Access { Write, Read };
    static constexpr std::uint64_t defaultSegmentBytes = 64ull << 20;
    static constexpr std::uint64_t roomBytes = 1ull << 20; // laid out ahead at a time

    static Result<std::unique_ptr<ReceiptLog>> open(std::filesystem::path folder, Access access,
                                                    std::uint64_t segmentBytes = defaultSegmentBytes);

    ~ReceiptLog();
    ReceiptLog(ReceiptLog const&) = delete;
    ReceiptLog& operator=(ReceiptLog const&) = delete;

    // `count` lines made by appendReceiptLine() with the sequences that follow lastSequence(). One thread at a time.
    Result<void> append(std::string_view lines, std::uint64_t count);
    // Takes back what an append that failed has left, when that could not be done at once; append() does so by itself.
    Result<void> mend();
    // All receipts above `after` that were there when the call began, in order. From any thread.
    Result<void> replay(std::uint64_t after, std::function<Result<void>(Receipt const&)> const& visit) const;
    std::uint64_t lastSequence() const { return last_.load(std::memory_order_acquire); }

private:
    struct Segment {
        std::filesystem::path path;
        std::uint64_t first = 0;
    };

    ReceiptLog(std::filesystem::path folder, std::uint64_t segmentBytes)
        : folder_(std::move(folder)), segmentBytes_(segmentBytes)
    {
    }
    Result<void> examineLastSegment(Access access);
    Result<void> startSegment();
    Result<void> makeRoom(std::uint64_t bytes);
    Result<void> cutBack();
    static Result<std::vector<Segment>> listSegments(std::filesystem::path const& folder);

    std::filesystem::path folder_;
    std::uint64_t segmentBytes_;
    FileDescriptor file_;        // the last segment, for appending
    std::uint64_t size_ = 0;     // its length up to the last synced line
    std::uint64_t room_ = 0;     // its length with the zeros ahead
    bool tailUncertain_ = false; // a failed append may have left bytes beyond size_
    std::atomic<std::uint64_t> last_{0};
};

} // namespace qianli::gateway
