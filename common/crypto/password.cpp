#include "common/crypto/password.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/crypto/openssl_handles.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <optional>
#include <vector>

namespace qianli::crypto {

namespace {

constexpr std::size_t minimumPasswordLength = 8;
constexpr std::size_t maximumPasswordLength = 1024;
constexpr std::size_t saltBytes = 16;
constexpr std::size_t hashBytes = 32;

struct Cost {
    std::uint64_t logarithmOfN = 15;
    std::uint64_t r = 8;
    std::uint64_t p = 1;
};

// Unavailable with OpenSSL's reason: all that can fail here is its memory, 32 MiB in one piece.
Result<void> derive(std::string_view password, std::span<std::uint8_t const> salt, Cost cost,
                    std::span<std::uint8_t> key)
{
    // 128 · N · r bytes are what scrypt needs (RFC 7914); the rest is room for its blocks.
    std::uint64_t const memory = (128 * cost.r << cost.logarithmOfN) + (1u << 20);
    if (EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(),
                       std::uint64_t{1} << cost.logarithmOfN, cost.r, cost.p, memory, key.data(), key.size()) == 1)
        return {};
    return fail(ErrorCode::Unavailable, failOpenSsl("hashing a password with scrypt").value().message);
}

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t largest)
{
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > largest)
        return std::nullopt;
    return value;
}

std::optional<std::vector<std::uint8_t>> fromHex(std::string_view hex)
{
    if (hex.size() % 2 != 0)
        return std::nullopt;
    std::vector<std::uint8_t> bytes(hex.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const [end, error] = std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, bytes[i], 16);
        if (error != std::errc() || end != hex.data() + 2 * i + 2)
            return std::nullopt;
    }
    return bytes;
}

} // namespace

Result<std::string> hashPassword(std::string_view password)
{
    if (text::toCodePoints(password).size() < minimumPasswordLength)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the password is shorter than {} characters", minimumPasswordLength));
    if (password.size() > maximumPasswordLength)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the password is longer than {} bytes", maximumPasswordLength));
    std::array<std::uint8_t, saltBytes> salt{};
    fillRandom(salt);
    std::array<std::uint8_t, hashBytes> key{};
    Cost const cost;
    QIANLI_TRY(derive(password, salt, cost, key));
    return fmt::format("scrypt${}${}${}${}${}", cost.logarithmOfN, cost.r, cost.p, text::toHex(salt), text::toHex(key));
}

Result<bool> passwordMatches(std::string_view password, std::string_view hash)
{
    auto const parts = text::split(hash, '$');
    if (parts.size() != 6 || parts[0] != "scrypt" || password.size() > maximumPasswordLength)
        return false;
    // The bounds keep a damaged row from costing gigabytes.
    auto const logarithmOfN = number(parts[1], 20);
    auto const r = number(parts[2], 16);
    auto const p = number(parts[3], 8);
    auto const salt = fromHex(parts[4]);
    auto const expected = fromHex(parts[5]);
    if (!logarithmOfN || !r || !p || !salt || !expected || expected->size() != hashBytes)
        return false;
    std::array<std::uint8_t, hashBytes> key{};
    QIANLI_TRY(derive(password, *salt, {*logarithmOfN, *r, *p}, key));
    return CRYPTO_memcmp(key.data(), expected->data(), key.size()) == 0;
}

std::string newToken()
{
    std::array<std::uint8_t, 32> bytes{};
    fillRandom(bytes);
    return text::toHex(bytes);
}

std::string sha256Hex(std::string_view bytes)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(), digest.data());
    return text::toHex(digest);
}

} // namespace qianli::crypto
