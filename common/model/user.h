// User: a person who signs in.
#pragma once

#include "common/base/result.h"
#include "common/model/site.h"

#include <optional>
#include <string>
#include <string_view>

namespace qianli::model {

enum class Role { Radiologist, Reviewer, Site, Admin };

std::string_view code(Role role); // "radiologist"
Result<Role> parseRole(std::string_view code);

struct User {
    std::string name;        // what is typed at sign-in
    std::string displayName; // 王敏
    Role role = Role::Radiologist;
    std::optional<SiteId> site; // for Role::Site
    bool disabled = false;
};

} // namespace qianli::model
