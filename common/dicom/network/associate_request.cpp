#include "common/dicom/network/associate_request.h"

#include <array>
#include <fmt/format.h>
#include <set>

namespace qianli::dicom {

namespace {

constexpr std::size_t headerLength = 6, fixedLength = 68; // PS3.8 table 9-11
constexpr std::size_t maximumContexts = 128, maximumTransferSyntaxes = 50, maximumUidLength = 64;

using Bytes = std::span<std::uint8_t const>;

std::size_t readUint16(Bytes bytes, std::size_t at)
{
    return (std::size_t{bytes[at]} << 8) | bytes[at + 1];
}

tl::unexpected<Error> bad(std::size_t offset, std::string_view what)
{
    return fail(ErrorCode::InvalidInput, fmt::format("A-ASSOCIATE-RQ byte {}: {}", offset, what));
}

// Calls `visit(type, offset of the value, value)` for each item of a list; items have type, reserved, length (2 bytes),
// value.
template <typename Visit>
Result<void> walkItems(Bytes bytes, std::size_t offset, Visit visit)
{
    for (std::size_t at = 0; at < bytes.size();) {
        if (bytes.size() - at < 4)
            return bad(offset + at, "item header is cut off");
        auto const length = readUint16(bytes, at + 2);
        if (length > bytes.size() - at - 4)
            return bad(offset + at, fmt::format("item {:#04x} announces {} bytes, {} are left", bytes[at], length,
                                                bytes.size() - at - 4));
        QIANLI_TRY(visit(bytes[at], offset + at + 4, bytes.subspan(at + 4, length)));
        at += 4 + length;
    }
    return {};
}

Result<void> checkUid(Bytes value, std::size_t offset)
{
    if (value.empty() || value.size() > maximumUidLength)
        return bad(offset, fmt::format("UID of {} bytes", value.size()));
    for (auto const byte : value)
        if (byte != 0 && (byte < 0x20 || byte > 0x7E))
            return bad(offset, "UID holds a byte that is no printable ASCII");
    return {};
}

Result<void> checkContext(Bytes item, std::size_t offset, std::set<std::uint8_t>& ids)
{
    if (item.size() < 4)
        return bad(offset, "presentation context is cut off");
    if (item[0] % 2 == 0 || !ids.insert(item[0]).second)
        return bad(offset, fmt::format("presentation context id {} is even or comes twice", item[0]));
    if (ids.size() > maximumContexts)
        return bad(offset, "more than 128 presentation contexts");
    std::size_t abstractSyntaxes = 0, transferSyntaxes = 0;
    QIANLI_TRY(
        walkItems(item.subspan(4), offset + 4, [&](std::uint8_t type, std::size_t at, Bytes value) -> Result<void> {
            if (type == 0x30)
                ++abstractSyntaxes;
            else if (type == 0x40)
                ++transferSyntaxes;
            else
                return bad(at, fmt::format("item {:#04x} in a presentation context", type));
            return checkUid(value, at);
        }));
    if (abstractSyntaxes != 1 || transferSyntaxes == 0 || transferSyntaxes > maximumTransferSyntaxes)
        return bad(offset, fmt::format("presentation context with {} abstract and {} transfer syntaxes",
                                       abstractSyntaxes, transferSyntaxes));
    return {};
}

// Items that start with a UID preceded by its length: role selection, extended negotiation (PS3.7 D.3.3.4, D.3.3.5).
Result<void> checkLeadingUid(Bytes value, std::size_t offset, std::size_t atLeastAfter)
{
    if (value.size() < 2 || readUint16(value, 0) > value.size() - 2 ||
        value.size() - 2 - readUint16(value, 0) < atLeastAfter)
        return bad(offset, "user information sub-item whose UID length lies");
    return checkUid(value.subspan(2, readUint16(value, 0)), offset + 2);
}

// PS3.7 D.3.3.7: type, response requested, primary field, secondary field.
Result<void> checkIdentity(Bytes value, std::size_t offset)
{
    if (value.size() < 6)
        return bad(offset, "user identity is cut off");
    auto const primary = readUint16(value, 2);
    if (primary > value.size() - 6 || readUint16(value, 4 + primary) != value.size() - 6 - primary)
        return bad(offset, "user identity whose lengths lie");
    return {};
}

Result<void> checkUserInformation(Bytes item, std::size_t offset)
{
    std::array<int, 256> seen{};
    return walkItems(item, offset, [&](std::uint8_t type, std::size_t at, Bytes value) -> Result<void> {
        bool const mayRepeat = type == 0x54 || type == 0x56 || type == 0x57;
        if (++seen[type] > (mayRepeat ? 1024 : 1))
            return bad(at, fmt::format("user information sub-item {:#04x} comes again", type));
        switch (type) {
        case 0x51:
        case 0x53:
            return value.size() == 4 ? Result<void>() : bad(at, "user information sub-item of the wrong length");
        case 0x52:
            return checkUid(value, at);
        case 0x54:
            return checkLeadingUid(value, at, 2);
        case 0x55:
            return value.size() <= 16 ? Result<void>() : bad(at, "implementation version name above 16 bytes");
        case 0x56:
        case 0x57:
            return checkLeadingUid(value, at, 0);
        case 0x58:
            return checkIdentity(value, at);
        default:
            return {};
        }
    });
}

std::string trimSpaces(Bytes field)
{
    std::string text(field.begin(), field.end());
    auto const first = text.find_first_not_of(' ');
    if (first == std::string::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

} // namespace

Result<AssociateRequest> scanAssociateRequest(Bytes pdu)
{
    if (pdu.size() < headerLength + fixedLength || pdu[0] != 0x01)
        return bad(0, "no A-ASSOCIATE-RQ");
    std::set<std::uint8_t> ids;
    std::size_t applicationContexts = 0, userInformations = 0;
    auto const items = headerLength + fixedLength;
    QIANLI_TRY(
        walkItems(pdu.subspan(items), items, [&](std::uint8_t type, std::size_t at, Bytes value) -> Result<void> {
            switch (type) {
            case 0x10:
                ++applicationContexts;
                return checkUid(value, at);
            case 0x20:
                return checkContext(value, at, ids);
            case 0x50:
                ++userInformations;
                return checkUserInformation(value, at);
            default:
                return bad(at, fmt::format("unknown item {:#04x}", type));
            }
        }));
    if (applicationContexts != 1 || userInformations != 1 || ids.empty())
        return bad(items, fmt::format("{} application contexts, {} presentation contexts, {} user informations",
                                      applicationContexts, ids.size(), userInformations));
    return AssociateRequest{trimSpaces(pdu.subspan(10, 16)), trimSpaces(pdu.subspan(26, 16))};
}

std::vector<std::uint8_t> encodeAbort(std::uint8_t reason)
{
    return {0x07, 0, 0, 0, 0, 4, 0, 0, 2, reason};
}

} // namespace qianli::dicom
