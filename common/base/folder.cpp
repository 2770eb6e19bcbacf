#include "common/base/folder.h"

#include <cerrno>
#include <dirent.h>
#include <memory>
#include <string_view>

namespace qianli {

Result<std::vector<std::string>> namesIn(std::filesystem::path const& folder)
{
    struct Close {
        void operator()(DIR* open) const { ::closedir(open); }
    };
    std::unique_ptr<DIR, Close> const open(::opendir(folder.c_str()));
    if (!open)
        return failErrno("listing " + folder.string());
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        dirent const* const entry = ::readdir(open.get());
        if (entry == nullptr && errno != 0)
            return failErrno("listing " + folder.string());
        if (entry == nullptr)
            return names;
        std::string_view const name = entry->d_name;
        if (name != "." && name != "..")
            names.emplace_back(name);
    }
}

} // namespace qianli
