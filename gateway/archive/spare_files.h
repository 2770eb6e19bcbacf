// SpareFiles: empty files in incoming/ that were made, and whose names were synced, before anybody needed them.
//
// A new file's name lasts only when its folder was synced. Under traffic this is done ahead for many names at once, so
// that no object's answer waits for it. Without traffic there are none. Thread-safe; has a thread of its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace qianli::gateway {

class SpareFiles {
public:
    // `descriptor` of the folder outlives this object; `newName` gives names that nobody else uses, from any thread.
    SpareFiles(std::filesystem::path folder, int descriptor, std::function<std::string()> newName);
    ~SpareFiles(); // removes what is left
    SpareFiles(SpareFiles const&) = delete;
    SpareFiles& operator=(SpareFiles const&) = delete;

    // The name of an empty file that is the caller's from now on; nothing when there is none at the moment.
    std::optional<std::string> take();

private:
    void work();
    std::vector<std::string> make() const;
    void remove(std::vector<std::string> const& names) const;

    std::filesystem::path const folder_;
    int const descriptor_;
    std::function<std::string()> const newName_;

    std::mutex mutex_; // guards all below
    std::condition_variable wake_;
    std::vector<std::string> spare_;
    std::size_t asked_ = 0; // since the last look of the thread
    bool ending_ = false;
    std::thread thread_; // last: starts when everything else is there
};

} // namespace qianli::gateway
