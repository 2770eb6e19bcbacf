#include "common/dicom/network/command_set.h"

#include "common/base/text.h"

#include <fmt/format.h>

namespace qianli::dicom {

namespace {

std::uint16_t readUint16(std::span<std::uint8_t const> bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}

std::uint32_t readUint32(std::span<std::uint8_t const> bytes, std::size_t at)
{
    return readUint16(bytes, at) | (std::uint32_t{readUint16(bytes, at + 2)} << 16);
}

void appendNumber(std::vector<std::uint8_t>& bytes, std::uint32_t value, int size)
{
    for (int i = 0; i < size; ++i)
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void appendElement(std::vector<std::uint8_t>& bytes, std::uint16_t element, std::string_view value)
{
    appendNumber(bytes, 0, 2);
    appendNumber(bytes, element, 2);
    appendNumber(bytes, static_cast<std::uint32_t>(value.size()), 4);
    bytes.insert(bytes.end(), value.begin(), value.end());
}

// An Error Comment is a Long String: 64 characters, one line, default repertoire (PS3.7 C, PS3.5 6.2). Where it is cut,
// it ends with a whole word.
std::string toComment(std::string_view text)
{
    constexpr std::size_t longest = 64;
    std::string_view shown = text.substr(0, longest);
    if (auto const space = shown.rfind(' ');
        text.size() > longest && text[longest] != ' ' && space > longest / 2 && space != shown.npos)
        shown = shown.substr(0, space);
    std::string comment;
    for (char const character : shown)
        comment += character >= 0x20 && character < 0x7F && character != '\\' ? character : '?';
    return comment;
}

} // namespace

Result<CommandSet> CommandSet::parse(std::span<std::uint8_t const> bytes)
{
    CommandSet set;
    for (std::size_t at = 0; at < bytes.size();) {
        if (bytes.size() - at < 8)
            return fail(ErrorCode::InvalidInput, fmt::format("command set ends within an element at byte {}", at));
        auto const group = readUint16(bytes, at);
        auto const element = readUint16(bytes, at + 2);
        auto const length = readUint32(bytes, at + 4);
        at += 8;
        if (group != 0)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("command set holds ({:04x},{:04x}), not of group 0000", group, element));
        if (length > bytes.size() - at)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("command element (0000,{:04x}) announces {} bytes, {} are left", element, length,
                                    bytes.size() - at));
        set.elements_[element].assign(reinterpret_cast<char const*>(bytes.data()) + at, length);
        at += length;
    }
    if (!set.number(command::field))
        return fail(ErrorCode::InvalidInput, "command set without Command Field (0000,0100)");
    return set;
}

std::vector<std::uint8_t> CommandSet::encode() const
{
    std::vector<std::uint8_t> body;
    for (auto const& [element, value] : elements_)
        if (element != 0)
            appendElement(body, element, value);
    std::vector<std::uint8_t> bytes;
    appendNumber(bytes, 0, 4); // (0000,0000) Command Group Length
    appendNumber(bytes, 4, 4);
    appendNumber(bytes, static_cast<std::uint32_t>(body.size()), 4);
    bytes.insert(bytes.end(), body.begin(), body.end());
    return bytes;
}

CommandSet& CommandSet::set(std::uint16_t element, std::uint16_t value)
{
    elements_[element] = std::string{static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
    return *this;
}

CommandSet& CommandSet::set(std::uint16_t element, Uid const& uid)
{
    auto value = uid.value();
    if (value.size() % 2 != 0)
        value.push_back('\0');
    elements_[element] = std::move(value);
    return *this;
}

CommandSet& CommandSet::set(std::uint16_t element, std::span<Tag const> tags)
{
    std::string value;
    for (Tag const tag : tags)
        for (std::uint16_t const part : {tag.group, tag.element})
            value += {static_cast<char>(part & 0xFF), static_cast<char>(part >> 8)};
    elements_[element] = std::move(value);
    return *this;
}

CommandSet& CommandSet::setText(std::uint16_t element, std::string_view text)
{
    std::string value(text);
    if (value.size() % 2 != 0)
        value.push_back(' ');
    elements_[element] = std::move(value);
    return *this;
}

std::optional<std::uint16_t> CommandSet::number(std::uint16_t element) const
{
    auto const found = elements_.find(element);
    if (found == elements_.end() || found->second.size() != 2)
        return std::nullopt;
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(found->second[0]) |
                                      (static_cast<std::uint8_t>(found->second[1]) << 8));
}

std::string CommandSet::text(std::uint16_t element) const
{
    auto const found = elements_.find(element);
    return found == elements_.end() ? std::string() : std::string(qianli::text::trim(found->second));
}

Result<Uid> CommandSet::uid(std::uint16_t element) const
{
    auto const found = elements_.find(element);
    if (found == elements_.end())
        return fail(ErrorCode::InvalidInput, fmt::format("command without (0000,{:04x})", element));
    auto uid = Uid::fromPeer(found->second);
    if (!uid)
        return tl::unexpected(std::move(uid).error().at(fmt::format("command element (0000,{:04x})", element)));
    return uid;
}

std::vector<Tag> CommandSet::tags(std::uint16_t element) const
{
    std::vector<Tag> tags;
    auto const found = elements_.find(element);
    if (found == elements_.end())
        return tags;
    std::span const bytes(reinterpret_cast<std::uint8_t const*>(found->second.data()), found->second.size());
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4)
        tags.push_back({readUint16(bytes, at), readUint16(bytes, at + 2)});
    return tags;
}

CommandSet responseTo(CommandSet const& request, std::uint16_t status, std::string_view comment,
                      std::span<Tag const> offending)
{
    CommandSet response(static_cast<std::uint16_t>(request.field() | 0x8000));
    response.set(command::messageIdBeingRespondedTo, request.number(command::messageId).value_or(0));
    response.set(command::dataSetType, command::noDataSet);
    response.set(command::status, status);
    for (auto const element : {command::affectedSopClass, command::affectedSopInstance})
        if (auto const uid = request.uid(element); uid)
            response.set(element, *uid);
    if (!comment.empty())
        response.setText(command::errorComment, toComment(comment));
    if (!offending.empty())
        response.set(command::offendingElement, offending);
    return response;
}

} // namespace qianli::dicom
