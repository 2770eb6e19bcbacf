// Profile: where the viewer keeps things of one person at one gateway on this workstation; folders are 0700, files
// 0600.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <string>

namespace qianli::viewer {

class Profile {
public:
    // The folder of `user` at `gatewayHost` below the account's application data; made when absent.
    static Result<Profile> open(std::string const& gatewayHost, std::string const& user);
    // The same below a folder of the caller's choice.
    static Result<Profile> openBelow(std::filesystem::path const& root, std::string const& gatewayHost,
                                     std::string const& user);

    std::filesystem::path const& folder() const { return folder_; }
    std::filesystem::path drafts() const { return folder_ / "drafts"; }
    std::filesystem::path outbox() const { return folder_ / "outbox"; }
    std::filesystem::path lockFile() const { return folder_ / "lock"; }
    std::filesystem::path settingsFile() const { return folder_ / "window.ini"; } // how the person likes the windows
    std::filesystem::path keyFile() const { return folder_ / "signing.p12"; }
    // Random bytes made once: what the password is mixed with for the drafts' key.
    Result<std::string> salt() const;

private:
    explicit Profile(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;
};

// A new folder for the images of one study from the gateway, each call another one, private to this process; what dead
// processes left behind is removed.
Result<std::filesystem::path> openImageCache();

} // namespace qianli::viewer
