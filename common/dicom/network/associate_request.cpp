#include "common/dicom/network/associate_request.h"

#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"

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

std::string toText(Bytes bytes)
{
    return {bytes.begin(), bytes.end()};
}

Result<void> readContext(Bytes item, std::size_t offset, std::set<std::uint8_t>& ids, AssociateRequest& request)
{
    if (item.size() < 4)
        return bad(offset, "presentation context is cut off");
    if (item[0] % 2 == 0 || !ids.insert(item[0]).second)
        return bad(offset, fmt::format("presentation context id {} is even or comes twice", item[0]));
    if (ids.size() > maximumContexts)
        return bad(offset, "more than 128 presentation contexts");
    ProposedPresentationContext context{item[0], {}, {}};
    std::size_t abstractSyntaxes = 0, transferSyntaxes = 0;
    QIANLI_TRY(
        walkItems(item.subspan(4), offset + 4, [&](std::uint8_t type, std::size_t at, Bytes value) -> Result<void> {
            if (auto checked = checkUid(value, at); !checked)
                return checked;
            if (type == 0x30 && ++abstractSyntaxes == 1)
                context.abstractSyntax = toText(value);
            else if (type == 0x40 && ++transferSyntaxes <= maximumTransferSyntaxes)
                context.transferSyntaxes.push_back(toText(value));
            else if (type != 0x30 && type != 0x40)
                return bad(at, fmt::format("item {:#04x} in a presentation context", type));
            return {};
        }));
    if (abstractSyntaxes != 1 || transferSyntaxes == 0 || transferSyntaxes > maximumTransferSyntaxes)
        return bad(offset, fmt::format("presentation context with {} abstract and {} transfer syntaxes",
                                       abstractSyntaxes, transferSyntaxes));
    request.contexts.push_back(std::move(context));
    return {};
}

// Items that start with a UID preceded by its length: role selection, extended negotiation (PS3.7 D.3.3.4, D.3.3.5).
Result<std::string> readLeadingUid(Bytes value, std::size_t offset, std::size_t atLeastAfter)
{
    if (value.size() < 2 || readUint16(value, 0) > value.size() - 2 ||
        value.size() - 2 - readUint16(value, 0) < atLeastAfter)
        return bad(offset, "user information sub-item whose UID length lies");
    auto const uid = value.subspan(2, readUint16(value, 0));
    QIANLI_TRY(checkUid(uid, offset + 2));
    return toText(uid);
}

Result<void> readRoles(Bytes value, std::size_t offset, AssociateRequest& request)
{
    QIANLI_ASSIGN(auto const sopClass, readLeadingUid(value, offset, 2));
    auto const roles = value.subspan(2 + sopClass.size());
    request.roles[sopClass] = {roles[0] != 0, roles[1] != 0};
    return {};
}

// PS3.7 D.3.3.7: type, response requested, primary field, secondary field.
Result<void> readIdentity(Bytes value, std::size_t offset, AssociateRequest& request)
{
    if (value.size() < 6)
        return bad(offset, "user identity is cut off");
    auto const primary = readUint16(value, 2);
    if (primary > value.size() - 6 || readUint16(value, 4 + primary) != value.size() - 6 - primary)
        return bad(offset, "user identity whose lengths lie");
    request.identity = {value[0], value[1] != 0, toText(value.subspan(4, primary))};
    return {};
}

Result<void> readMaximumLength(Bytes value, std::size_t offset, AssociateRequest& request)
{
    if (value.size() != 4)
        return bad(offset, "user information sub-item of the wrong length");
    request.maximumPduBytes = static_cast<std::uint32_t>((readUint16(value, 0) << 16) | readUint16(value, 2));
    return {};
}

Result<void> readUserInformation(Bytes item, std::size_t offset, AssociateRequest& request)
{
    std::array<int, 256> seen{};
    return walkItems(item, offset, [&](std::uint8_t type, std::size_t at, Bytes value) -> Result<void> {
        bool const mayRepeat = type == 0x54 || type == 0x56 || type == 0x57;
        if (++seen[type] > (mayRepeat ? 1024 : 1))
            return bad(at, fmt::format("user information sub-item {:#04x} comes again", type));
        switch (type) {
        case 0x51:
            return readMaximumLength(value, at, request);
        case 0x53:
            return value.size() == 4 ? Result<void>() : bad(at, "user information sub-item of the wrong length");
        case 0x52:
            return checkUid(value, at);
        case 0x54:
            return readRoles(value, at, request);
        case 0x55:
            return value.size() <= 16 ? Result<void>() : bad(at, "implementation version name above 16 bytes");
        case 0x56:
        case 0x57:
            return readLeadingUid(value, at, 0).map([](std::string const&) {});
        case 0x58:
            return readIdentity(value, at, request);
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

class PduWriter {
public:
    explicit PduWriter(std::uint8_t type) : bytes_{type, 0, 0, 0, 0, 0} {}

    PduWriter& number(std::uint32_t value, int size)
    {
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
            bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
        return *this;
    }
    PduWriter& text(std::string_view value)
    {
        bytes_.insert(bytes_.end(), value.begin(), value.end());
        return *this;
    }
    PduWriter& item(std::uint8_t type, std::string_view value)
    {
        return number(type, 1).number(0, 1).number(static_cast<std::uint32_t>(value.size()), 2).text(value);
    }
    // An item whose length is known when `fill` has written its value.
    template <typename Fill>
    PduWriter& nested(std::uint8_t type, Fill fill)
    {
        number(type, 1).number(0, 1).number(0, 2);
        auto const start = bytes_.size();
        fill();
        auto const length = bytes_.size() - start;
        bytes_[start - 2] = static_cast<std::uint8_t>(length >> 8);
        bytes_[start - 1] = static_cast<std::uint8_t>(length);
        return *this;
    }
    std::vector<std::uint8_t> finish()
    {
        auto const length = bytes_.size() - headerLength;
        for (std::size_t i = 0; i < 4; ++i)
            bytes_[2 + i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
        return std::move(bytes_);
    }

private:
    std::vector<std::uint8_t> bytes_;
};

} // namespace

Result<AssociateRequest> readAssociateRequest(Bytes pdu)
{
    if (pdu.size() < headerLength + fixedLength || pdu[0] != 0x01)
        return bad(0, "no A-ASSOCIATE-RQ");
    AssociateRequest request;
    std::set<std::uint8_t> ids;
    std::size_t applicationContexts = 0, userInformations = 0;
    auto const items = headerLength + fixedLength;
    QIANLI_TRY(
        walkItems(pdu.subspan(items), items, [&](std::uint8_t type, std::size_t at, Bytes value) -> Result<void> {
            switch (type) {
            case 0x10:
                ++applicationContexts;
                request.applicationContext = toText(value);
                return checkUid(value, at);
            case 0x20:
                return readContext(value, at, ids, request);
            case 0x50:
                ++userInformations;
                return readUserInformation(value, at, request);
            default:
                return bad(at, fmt::format("unknown item {:#04x}", type));
            }
        }));
    if (applicationContexts != 1 || userInformations != 1 || ids.empty())
        return bad(items, fmt::format("{} application contexts, {} presentation contexts, {} user informations",
                                      applicationContexts, ids.size(), userInformations));
    while (!request.applicationContext.empty() && request.applicationContext.back() == '\0')
        request.applicationContext.pop_back();
    request.protocolVersion = static_cast<std::uint16_t>(readUint16(pdu, headerLength));
    request.calledAe = trimSpaces(pdu.subspan(10, 16));
    request.callingAe = trimSpaces(pdu.subspan(26, 16));
    request.titles = toText(pdu.subspan(10, 32));
    return request;
}

std::vector<std::uint8_t> encodeAssociateAccept(AssociateAnswer const& answer)
{
    PduWriter pdu(0x02);
    pdu.number(1, 2).number(0, 2).text(answer.titles).text(std::string(32, '\0'));
    pdu.item(0x10, applicationContextName);
    for (auto const& context : answer.contexts)
        pdu.nested(0x21, [&] {
            pdu.number(context.id, 1).number(0, 1).number(context.result, 1).number(0, 1);
            // Not significant in a refusal, but part of the item (PS3.8 table 9-18), and not every requestor bears an
            // empty one.
            pdu.item(0x40, context.result == 0 ? context.transferSyntax : std::string(transfer::implicitLittle));
        });
    pdu.nested(0x50, [&] {
        pdu.nested(0x51, [&] { pdu.number(answer.maximumPduBytes, 4); });
        pdu.item(0x52, implementationClassUid().value());
        for (auto const& agreed : answer.roles)
            pdu.nested(0x54, [&] {
                auto const& [sopClass, roles] = agreed;
                pdu.number(static_cast<std::uint32_t>(sopClass.size()), 2).text(sopClass);
                pdu.number(roles.scu, 1).number(roles.scp, 1);
            });
        pdu.item(0x55, implementationVersionName);
        if (answer.confirmsIdentity)
            pdu.nested(0x59, [&] { pdu.number(0, 2); });
    });
    return pdu.finish();
}

std::vector<std::uint8_t> encodeAssociateReject(std::uint8_t result, std::uint8_t source, std::uint8_t reason)
{
    return {0x03, 0, 0, 0, 0, 4, 0, result, source, reason};
}

std::vector<std::uint8_t> encodeReleaseResponse()
{
    return {0x06, 0, 0, 0, 0, 4, 0, 0, 0, 0};
}

std::vector<std::uint8_t> encodeAbort(std::uint8_t reason)
{
    return {0x07, 0, 0, 0, 0, 4, 0, 0, 2, reason};
}

} // namespace qianli::dicom
