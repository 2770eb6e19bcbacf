// What the system said in an Error of failErrno(): for who must tell a full disk from a want of descriptors.
#pragma once

#include "common/base/result.h"

#include <initializer_list>

namespace qianli {

// The Error is of one of these numbers (ENOSPC, …), whatever at() has added in front.
bool isSystemFailure(Error const& error, std::initializer_list<int> numbers);

} // namespace qianli
