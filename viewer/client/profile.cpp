#include "viewer/client/profile.h"

#include "common/base/file.h"

#include <QStandardPaths>

#include <atomic>
#include <charconv>
#include <csignal>
#include <unistd.h>

namespace qianli::viewer {

namespace {
// A name as one path component: what is no letter or digit becomes %XX, so that different names stay different.
std::string component(std::string const& name)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (unsigned char const byte : name) {
        if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '-')
            result.push_back(static_cast<char>(byte));
        else
            result.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return result.substr(0, 180);
}

// Not inlined: g++ 12 takes a string of known length for one that overruns its own small buffer.
[[gnu::noinline]] bool isWhole(std::string const& salt)
{
    return salt.size() == 32;
}

std::filesystem::path standardFolder(QStandardPaths::StandardLocation location)
{
    return QStandardPaths::writableLocation(location).toStdString();
}

Result<void> restrict(std::filesystem::path const& folder)
{
    std::error_code error;
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    return error ? Result<void>(fail(ErrorCode::Refused, "can't protect " + folder.string() + ": " + error.message()))
                 : Result<void>();
}
} // namespace

Result<Profile> Profile::open(std::string const& gatewayHost, std::string const& user)
{
    return openBelow(standardFolder(QStandardPaths::AppLocalDataLocation), gatewayHost, user);
}

Result<Profile> Profile::openBelow(std::filesystem::path const& root, std::string const& gatewayHost,
                                   std::string const& user)
{
    Profile profile(root / component(user + "@" + gatewayHost));
    for (auto const& folder : {profile.folder_, profile.drafts(), profile.outbox()}) {
        QIANLI_TRY(createDirectoryDurably(folder));
        QIANLI_TRY(restrict(folder));
    }
    return profile;
}

Result<std::string> Profile::salt() const
{
    auto const path = folder_ / "salt";
    std::error_code error;
    if (std::filesystem::exists(path, error)) {
        QIANLI_ASSIGN(std::string stored, readFile(path, 64));
        // A new one would make every journal unreadable without a word.
        if (!isWhole(stored))
            return fail(ErrorCode::Corrupt, path.string() + ": not 32 bytes");
        return stored;
    }
    std::array<std::uint8_t, 32> bytes{};
    fillRandom(bytes);
    std::string salt(bytes.begin(), bytes.end());
    QIANLI_TRY(writeFileDurably(path, salt));
    return salt;
}

Result<std::filesystem::path> openImageCache()
{
    static std::atomic<int> folders = 0;
    int const number = folders++;
    auto const root = standardFolder(QStandardPaths::CacheLocation) / "images";
    QIANLI_TRY(createDirectoryDurably(root));
    QIANLI_TRY(restrict(root));
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(root, error)) {
        std::string const name = entry.path().filename().string();
        pid_t owner = 0;
        auto const parsed = std::from_chars(name.data(), name.data() + name.size(), owner);
        bool const dead = parsed.ec == std::errc() && owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH;
        // The first time, what has our number is of a process before us; later it is the other studies of this window.
        if (dead || (owner == ::getpid() && number == 0))
            std::filesystem::remove_all(entry.path(), error);
    }
    auto const folder = root / (std::to_string(::getpid()) + "-" + std::to_string(number));
    QIANLI_TRY(createDirectoryDurably(folder));
    QIANLI_TRY(restrict(folder));
    return folder;
}

} // namespace qianli::viewer
