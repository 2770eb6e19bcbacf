#include "viewer/client/profile_lock.h"

#include "viewer/i18n/language.h"

#include <cerrno>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/file.h>

namespace qianli::viewer {

Result<std::shared_ptr<ProfileLock>> ProfileLock::take(std::filesystem::path const& file, std::string const& person)
{
    // A signed-out workplace may still finish its last call when the same person signs in again here.
    static std::mutex mutex;
    static std::map<std::filesystem::path, std::weak_ptr<ProfileLock>> held;
    std::lock_guard const lock(mutex);
    if (auto ours = held[file].lock())
        return ours;
    QIANLI_ASSIGN(auto descriptor, openFile(file, O_RDWR | O_CREAT, 0600));
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return failErrno("locking " + file.string());
        return fail(ErrorCode::Conflict,
                    say("%1 已经在这台工作站的另一个“千里”窗口里登录，请用那个窗口，或先把它关掉",
                        "%1 is signed in in another Qianli window on this workstation; use that one or close it first")
                        .arg(QString::fromStdString(person))
                        .toStdString());
    }
    std::shared_ptr<ProfileLock> taken(new ProfileLock(std::move(descriptor)));
    held[file] = taken;
    return taken;
}

} // namespace qianli::viewer
