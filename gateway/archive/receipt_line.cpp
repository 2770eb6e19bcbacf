#include "gateway/archive/receipt_line.h"

#include "common/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <xxhash.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t checksumDigits = 16;
constexpr std::string_view highPriority = "high";

std::string_view word(Origin origin)
{
    switch (origin) {
    case Origin::Site:
        return "site";
    case Origin::Station:
        return "station";
    case Origin::Import:
        break;
    }
    return "import";
}

Result<Origin> parseOrigin(std::string_view text)
{
    for (Origin const origin : {Origin::Site, Origin::Station, Origin::Import})
        if (text == word(origin))
            return origin;
    return fail(ErrorCode::Corrupt, fmt::format("'{}' is no origin", text));
}

// Takes the first character over; a byte that is no UTF-8 as a backslash in JSON, "x" and its digits: no reader takes
// such a byte, and one line that can't be read would hold up all that come after it. Says how many bytes it took.
std::size_t appendCharacter(std::string& json, std::string_view text)
{
    constexpr std::size_t longest = 4;
    for (std::size_t length = 1; length <= std::min(longest, text.size()); ++length)
        if (text::isUtf8(text.substr(0, length))) {
            json += text.substr(0, length);
            return length;
        }
    fmt::format_to(std::back_inserter(json), "\\\\x{:02x}", static_cast<unsigned char>(text.front()));
    return 1;
}

// Written by hand: a JSON library would cost more than all else that is done for a small object.
void appendText(std::string& out, std::string_view name, std::string_view value)
{
    out += ",\"";
    out += name;
    out += "\":\"";
    for (std::size_t i = 0; i < value.size();) {
        auto const byte = static_cast<unsigned char>(value[i]);
        if (byte >= 0x80) {
            i += appendCharacter(out, value.substr(i));
            continue;
        }
        if (byte == '"' || byte == '\\')
            out += '\\';
        if (byte < 0x20)
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(byte));
        else
            out += value[i];
        ++i;
    }
    out += '"';
}

std::string asUtf8(std::string_view json)
{
    std::string readable;
    for (std::size_t i = 0; i < json.size();)
        i += appendCharacter(readable, json.substr(i));
    return readable;
}

void appendNumber(std::string& out, std::string_view name, std::uint64_t value)
{
    fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, value);
}

std::string checksumOf(std::string_view text)
{
    return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

Result<Digest> parseDigest(std::string_view hex)
{
    Digest digest{};
    if (hex.size() != 2 * digest.size())
        return fail(ErrorCode::Corrupt, "the digest has not 32 digits");
    auto const value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    for (std::size_t i = 0; i < digest.size(); ++i) {
        int const high = value(hex[2 * i]);
        int const low = value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return fail(ErrorCode::Corrupt, "the digest is not hexadecimal");
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

Result<ReceiptLine> fromJson(nlohmann::json const& json)
{
    auto const text = [&](char const* name) { return json.at(name).get<std::string>(); };
    auto const uid = [&](char const* name) { return dicom::Uid::ofKnown(json.at(name).get<std::string>()); };
    ReceiptLine line;
    Receipt& receipt = line.receipt;
    receipt.sequence = json.at("sequence").get<std::uint64_t>();
    line.group = json.at("group").get<std::uint64_t>();
    QIANLI_ASSIGN(receipt.receivedAt, parseIso8601(text("receivedAt")));
    QIANLI_ASSIGN(receipt.origin, parseOrigin(text("origin")));
    receipt.site.value = text("site");
    receipt.person = text("person");
    receipt.callingAe = text("callingAe");
    receipt.calledAe = text("calledAe");
    receipt.address = text("address");
    receipt.charset = text("charset");
    receipt.stat = json.value("priority", "") == highPriority;
    receipt.study = uid("study");
    receipt.series = uid("series");
    receipt.sopInstance = uid("sopInstance");
    receipt.sopClass = uid("sopClass");
    receipt.transferSyntax = uid("transferSyntax");
    receipt.version = json.at("version").get<int>();
    QIANLI_ASSIGN(receipt.digest, parseDigest(text("digest")));
    receipt.location.dataSetOffset = json.at("offset").get<std::uint32_t>();
    receipt.location.dataSetLength = json.at("length").get<std::uint64_t>();
    receipt.location.path = text("path");
    receipt.incoming = text("incoming");
    return line;
}

} // namespace

std::string frameLine(std::string_view json)
{
    return checksumOf(json) + ' ' + std::string(json) + '\n';
}

Result<std::string_view> unframeLine(std::string_view line)
{
    if (line.size() < checksumDigits + 2 || line[checksumDigits] != ' ')
        return fail(ErrorCode::Corrupt, "the record is too short");
    std::string_view const json = line.substr(checksumDigits + 1);
    if (line.substr(0, checksumDigits) != checksumOf(json))
        return fail(ErrorCode::Corrupt, "the checksum does not fit");
    return json;
}

bool isSoundLine(std::string_view line)
{
    return unframeLine(line).has_value();
}

void appendReceiptLine(std::string& lines, Receipt const& receipt, std::uint64_t group)
{
    std::string json;
    json.reserve(800);
    fmt::format_to(std::back_inserter(json), "{{\"sequence\":{},\"group\":{}", receipt.sequence, group);
    appendText(json, "receivedAt", toIso8601(receipt.receivedAt));
    appendText(json, "origin", word(receipt.origin));
    appendText(json, "site", receipt.site.value);
    appendText(json, "person", receipt.person);
    appendText(json, "callingAe", receipt.callingAe);
    appendText(json, "calledAe", receipt.calledAe);
    appendText(json, "address", receipt.address);
    appendText(json, "charset", receipt.charset);
    if (receipt.stat)
        appendText(json, "priority", highPriority);
    appendText(json, "study", receipt.study.value());
    appendText(json, "series", receipt.series.value());
    appendText(json, "sopInstance", receipt.sopInstance.value());
    appendText(json, "sopClass", receipt.sopClass.value());
    appendText(json, "transferSyntax", receipt.transferSyntax.value());
    appendNumber(json, "version", static_cast<std::uint64_t>(receipt.version));
    appendText(json, "digest", text::toHex(receipt.digest));
    appendNumber(json, "offset", receipt.location.dataSetOffset);
    appendNumber(json, "length", receipt.location.dataSetLength);
    appendText(json, "path", receipt.location.path);
    appendText(json, "incoming", receipt.incoming);
    json += '}';
    lines += frameLine(json);
}

Result<ReceiptLine> parseReceiptLine(std::string_view line)
{
    QIANLI_ASSIGN(std::string_view const json, unframeLine(line));
    try {
        // Lines were written once with bytes as a peer had sent them.
        return fromJson(nlohmann::json::parse(text::isUtf8(json) ? std::string(json) : asUtf8(json)));
    } catch (nlohmann::json::exception const& error) {
        return fail(ErrorCode::Corrupt, error.what());
    }
}

} // namespace qianli::gateway
