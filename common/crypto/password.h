// Password hashes: scrypt (N = 2^15, r = 8, p = 1) as "scrypt$15$8$1$salt$hash", and random tokens.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace qianli::crypto {

// InvalidInput when shorter than 8 characters. Both: Unavailable when there is no memory for scrypt now.
Result<std::string> hashPassword(std::string_view password);
// Constant time in the password; false also for a malformed hash. An Error says nothing about the password.
Result<bool> passwordMatches(std::string_view password, std::string_view hash);

// 256 random bits as hex: session tokens.
std::string newToken();
// SHA-256 as hex.
std::string sha256Hex(std::string_view bytes);

} // namespace qianli::crypto
