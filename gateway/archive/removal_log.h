// RemovalLog: the archive's journal of what was deleted, lines of JSON like the receipts', in archive/removals/log.
//
// Promise: when begin() has returned success the removal is on stable storage, and holds from then on, whatever happens
// to the files; after a failure it is not there. What was begun and not finished is known again after a restart.
// Thread-safe; one caller at a time begins or finishes.
#pragma once

#include "common/base/file.h"
#include "gateway/archive/removal.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>

namespace qianli::gateway {

class RemovalLog {
public:
    enum class Access { Write, Read };
    // Cuts what a power cut tore off the end; Corrupt, with file and line, when it is damaged elsewhere.
    static Result<std::unique_ptr<RemovalLog>> open(std::filesystem::path file, Access access);

    // Gives it the next number.
    Result<void> begin(Removal& removal);
    Result<void> finish(std::uint64_t number);

    // Those above `after`, in order. Stops with the error that `visit` returns.
    Result<void> read(std::uint64_t after, std::function<Result<void>(Removal const&)> const& visit) const;
    std::uint64_t last() const;
    bool contains(std::uint64_t sequence) const;
    std::uint64_t objects() const;
    std::uint64_t bytesAfter(std::uint64_t number) const; // of the files of later ones
    std::vector<Removal> unfinished() const;              // without notes

private:
    RemovalLog(std::filesystem::path file, Access access) : file_(std::move(file)), access_(access) {}
    Result<void> readAll();
    Result<void> take(std::string_view json);
    Result<void> append(std::string const& line);

    std::filesystem::path const file_;
    Access const access_;
    FileDescriptor descriptor_; // open since the first begin()
    std::uint64_t size_ = 0;    // up to the last synced line

    mutable std::shared_mutex mutex_; // guards all below
    SequenceSet removed_;
    std::vector<std::uint64_t> bytes_; // of the first, of the first two, …
    std::map<std::uint64_t, Removal> unfinished_;
};

} // namespace qianli::gateway
