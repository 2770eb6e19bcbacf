// ProfileLock: one program at a time works with a person's journal, key and outbox on this workstation.
//
// Promise: held until the last owner goes, also when the process is killed; windows of one process share it.
#pragma once

#include "common/base/file.h"

#include <memory>

namespace qianli::viewer {

class ProfileLock {
public:
    // Conflict, in the reader's words, when another program holds it.
    static Result<std::shared_ptr<ProfileLock>> take(std::filesystem::path const& file, std::string const& person);

private:
    explicit ProfileLock(FileDescriptor file) : file_(std::move(file)) {}
    FileDescriptor file_;
};

} // namespace qianli::viewer
