// SealedBox: AES-256-GCM under a key made from a person's password by scrypt, so that a stolen disk gives nothing.
#pragma once

#include "common/base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace qianli::viewer {

class SealedBox {
public:
    // scrypt, N = 2^15, r = 8, p = 1: about a tenth of a second.
    static Result<SealedBox> fromPassword(std::string_view password, std::string_view salt);
    SealedBox(SealedBox&&) noexcept = default;
    SealedBox& operator=(SealedBox&&) noexcept = default;
    SealedBox(SealedBox const&) = default;
    ~SealedBox();

    // A fresh random nonce, the cipher text, the tag. `context` must be the same when it is opened.
    Result<std::string> seal(std::string_view clear, std::string_view context) const;
    // Corrupt when a bit differs, or the password was another one.
    Result<std::string> open(std::string_view sealed, std::string_view context) const;

private:
    SealedBox() = default;
    std::array<std::uint8_t, 32> key_{};
};

} // namespace qianli::viewer
