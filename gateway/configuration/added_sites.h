// Sites that were added at the command line: data/sites/ID.toml, with the keys of a [[site]] (`site add`).
#pragma once

#include "common/base/result.h"
#include "common/model/site.h"
#include "gateway/configuration/section.h"

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

// As if the file of one site were another one, or none, so that it is read before it is written.
struct SiteEdit {
    model::SiteId id;
    std::optional<std::string> text; // nothing: the site is gone
};

class AddedSites {
public:
    // Files that are no TOML are noted as problems. `folder` need not exist.
    AddedSites(std::filesystem::path folder, SiteEdit const* edit);
    AddedSites(AddedSites const&) = delete;
    AddedSites& operator=(AddedSites const&) = delete;

    struct File {
        std::filesystem::path path;
        TomlValue document;
        Problems problems;
    };
    // Sorted by name.
    std::deque<File>& files() { return files_; }
    std::string problems() const;

private:
    void add(std::filesystem::path const& path, Result<TomlValue> document);

    std::deque<File> files_; // sections point into them
    std::string unreadable_;
};

std::filesystem::path addedSitePath(std::filesystem::path const& data, model::SiteId const& id);
std::string_view serviceWord(model::Service service); // "store"
// The file of a site.
std::string toToml(model::Site const& site);

} // namespace qianli::gateway
