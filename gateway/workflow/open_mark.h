// OpenMark: the file beside a database that says that its log belongs to it.
//
// SQLite removes the log (-wal) when the last connection closes, and never else. A database that was not closed and has
// no log was robbed of it: what stands in the file is an old truth, or half of one, and nobody would notice. The mark
// is there from when the log is on stable storage until everything is in the file; several processes share it.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"

#include <filesystem>
#include <optional>

namespace qianli::gateway {

class OpenMark {
public:
    // Before the database is opened: Refused, with what to do, when its log was taken away. Others who open it wait
    // until confirm().
    static Result<OpenMark> take(std::filesystem::path const& database);
    // For who only looks.
    static std::optional<Error> lossOf(std::filesystem::path const& database);
    // The database is open, and its log is there.
    Result<void> confirm();
    // This process is the only one that has it open, and remains so until release(): it may be closed for good.
    bool isLast();
    // All is in the database's file; right before it is closed.
    void release();

private:
    OpenMark(std::filesystem::path database, FileDescriptor file, bool isFirst)
        : database_(std::move(database)), file_(std::move(file)), isFirst_(isFirst)
    {
    }
    std::filesystem::path database_;
    FileDescriptor file_;
    bool isFirst_; // nobody else has it open
};

} // namespace qianli::gateway
