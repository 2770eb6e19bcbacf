#include "gateway/archive/object_path.h"

#include "common/base/text.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace qianli::gateway {
namespace {

std::string hexOf(std::string_view text)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data(), text.size()));
    return text::toHex({canonical.digest, sizeof canonical.digest});
}

} // namespace

std::string objectPath(model::SiteId const& site, dicom::Uid const& study, dicom::Uid const& sopInstance, int version)
{
    // A NUL can't be part of either, so that no two pairs give one text.
    std::string const folder = hexOf(site.value + '\0' + study.value());
    std::string const name = hexOf(sopInstance.value());
    std::string const suffix = version > 1 ? fmt::format(".{}", version) : std::string();
    return fmt::format("objects/{}/{}/{}/{}{}.dcm", folder.substr(0, 2), folder.substr(2, 2), folder, name, suffix);
}

} // namespace qianli::gateway
