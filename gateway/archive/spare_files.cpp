#include "gateway/archive/spare_files.h"

#include "common/base/enduring.h"
#include "common/base/file.h"
#include "common/base/log.h"

#include <chrono>
#include <fcntl.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t batch = 128, low = 64; // files made at a time; more are made when fewer are left
constexpr std::size_t traffic = 16;          // objects in a second that make it worth while
constexpr auto quiet = std::chrono::seconds(1);

} // namespace

SpareFiles::SpareFiles(std::filesystem::path folder, int descriptor, std::function<std::string()> newName)
    : folder_(std::move(folder)), descriptor_(descriptor), newName_(std::move(newName)), thread_([this] { work(); })
{
}

SpareFiles::~SpareFiles()
{
    {
        std::lock_guard const lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
    remove(spare_);
}

std::optional<std::string> SpareFiles::take()
{
    std::lock_guard const lock(mutex_);
    if (++asked_ >= traffic && spare_.size() <= low)
        wake_.notify_one();
    if (spare_.empty())
        return std::nullopt;
    auto name = std::move(spare_.back());
    spare_.pop_back();
    return name;
}

void SpareFiles::work()
{
    std::unique_lock lock(mutex_);
    while (!ending_) {
        bool const wanted =
            wake_.wait_for(lock, quiet, [this] { return ending_ || (asked_ >= traffic && spare_.size() <= low); });
        if (ending_)
            return;
        if (!wanted && asked_ > 0) {
            asked_ = 0;
            continue;
        }
        std::vector<std::string> names;
        if (!wanted)
            names.swap(spare_);
        lock.unlock();
        if (wanted)
            endure([&] { names = make(); });
        else
            remove(names);
        lock.lock();
        if (wanted && names.empty())
            asked_ = 0; // the disk refuses: not again before there is traffic again
        if (wanted && !endure([&] { spare_.insert(spare_.end(), names.begin(), names.end()); }))
            remove(names);
    }
}

// None when their names could not be synced.
std::vector<std::string> SpareFiles::make() const
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < batch; ++i) {
        auto name = newName_();
        if (auto const made = openFile(folder_ / name, O_WRONLY | O_CREAT | O_EXCL); !made) {
            log::warning("{}", made.error().message);
            break;
        }
        names.push_back(std::move(name));
    }
    if (!names.empty() && ::fsync(descriptor_) != 0) {
        log::warning("{}", failErrno("syncing " + folder_.string()).value().message);
        remove(names);
        names.clear();
    }
    return names;
}

void SpareFiles::remove(std::vector<std::string> const& names) const
{
    for (std::string const& name : names)
        ::unlink((folder_ / name).c_str());
}

} // namespace qianli::gateway
