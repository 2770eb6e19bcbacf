#include "common/dicom/uid.h"

#include "common/base/file.h"
#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <span>

namespace qianli::dicom {
namespace {

constexpr std::size_t longestFromPeer = 128;
constexpr std::size_t longestConformant = 64;

// 128 bits as one decimal component (PS3.5 B.2).
std::string belowUuidRoot(std::span<std::uint8_t const, 16> bits)
{
    std::array<std::uint8_t, 16> rest{};
    std::copy(bits.begin(), bits.end(), rest.begin());
    std::string digits;
    do {
        unsigned remainder = 0; // long division by ten, from the most significant byte
        for (std::uint8_t& byte : rest) {
            unsigned const value = remainder * 256 + byte;
            byte = static_cast<std::uint8_t>(value / 10);
            remainder = value % 10;
        }
        digits += static_cast<char>('0' + remainder);
    } while (std::any_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte != 0; }));
    std::reverse(digits.begin(), digits.end());
    return "2.25." + digits;
}

// A version and variant make it a UUID, which the root 2.25 promises (ISO/IEC 9834-8).
void markAsUuid(std::span<std::uint8_t, 16> bits, unsigned version)
{
    bits[6] = static_cast<std::uint8_t>((bits[6] & 0x0F) | (version << 4));
    bits[8] = static_cast<std::uint8_t>((bits[8] & 0x3F) | 0x80);
}

} // namespace

Result<Uid> Uid::fromPeer(std::string_view text)
{
    std::string_view const trimmed = text::trim(text);
    if (trimmed.empty())
        return fail(ErrorCode::InvalidInput, "the UID is empty");
    if (trimmed.size() > longestFromPeer)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the UID is {} bytes long, at most {} are taken", trimmed.size(), longestFromPeer));
    // A space within: parsers leave it out, so that two objects would become one.
    for (char const c : trimmed)
        if (c <= 0x20 || c > 0x7E || c == '\\')
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the UID '{}' holds the byte 0x{:02X}", text::escapeControl(trimmed),
                                    static_cast<unsigned char>(c)));
    return Uid(std::string(trimmed));
}

Uid Uid::ofKnown(std::string_view text)
{
    return Uid(std::string(text));
}

Uid Uid::generate()
{
    std::array<std::uint8_t, 16> bits{};
    fillRandom(bits);
    markAsUuid(bits, 4);
    return Uid(belowUuidRoot(bits));
}

Uid Uid::derivedFrom(std::string_view name)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    std::string const bytes(name);
    SHA256(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(), digest.data());
    auto const bits = std::span(digest).first<16>();
    markAsUuid(bits, 8);
    return Uid(belowUuidRoot(bits));
}

bool Uid::isConformant() const
{
    if (value_.empty() || value_.size() > longestConformant)
        return false;
    std::size_t start = 0;
    for (;;) {
        std::size_t const end = std::min(value_.find('.', start), value_.size());
        std::string_view const component = std::string_view(value_).substr(start, end - start);
        if (component.empty() || (component.size() > 1 && component.front() == '0'))
            return false;
        if (!std::all_of(component.begin(), component.end(), [](char c) { return c >= '0' && c <= '9'; }))
            return false;
        if (end == value_.size())
            return true;
        start = end + 1;
    }
}

} // namespace qianli::dicom
