#include "common/model/user.h"

#include "common/base/text.h"

#include <array>
#include <utility>

namespace qianli::model {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 4> roles{{
    {Role::Radiologist, "radiologist"},
    {Role::Reviewer, "reviewer"},
    {Role::Site, "site"},
    {Role::Admin, "admin"},
}};

} // namespace

std::string_view code(Role role)
{
    for (auto const& [value, word] : roles)
        if (value == role)
            return word;
    return "";
}

Result<Role> parseRole(std::string_view code)
{
    for (auto const& [value, word] : roles)
        if (word == code)
            return value;
    return fail(ErrorCode::InvalidInput,
                "'" + text::escapeControl(code) + "' is no role; there are radiologist, reviewer, site and admin");
}

} // namespace qianli::model
