#include "common/crypto/pdf_objects.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <zlib.h>

namespace qianli::crypto::pdf {

namespace {

constexpr std::size_t largestStream = 64 << 20;
constexpr std::size_t mostObjects = 100'000;
constexpr int mostUpdates = 8;

// Reads white space and then a number; moves on past it.
std::optional<std::size_t> readNumber(std::string_view text, std::size_t& position)
{
    while (position < text.size() && isSpace(text[position]))
        ++position;
    std::size_t value = 0;
    auto const [end, error] = std::from_chars(text.data() + position, text.data() + text.size(), value);
    if (error != std::errc())
        return std::nullopt;
    position = static_cast<std::size_t>(end - text.data());
    return value;
}

Result<std::string> inflated(std::string_view bytes)
{
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
        return fail(ErrorCode::Internal, "zlib doesn't start");
    std::string out;
    std::string block(64 << 10, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); // zlib does not write there
    stream.avail_in = static_cast<uInt>(bytes.size());
    int state = Z_OK;
    while (state == Z_OK && out.size() <= largestStream) {
        stream.next_out = reinterpret_cast<Bytef*>(block.data());
        stream.avail_out = static_cast<uInt>(block.size());
        state = inflate(&stream, Z_NO_FLUSH);
        out.append(block, 0, block.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (state != Z_STREAM_END)
        return unknown("a compressed stream that can't be inflated");
    return out;
}

} // namespace

tl::unexpected<Error> unknown(std::string what)
{
    return fail(ErrorCode::InvalidInput, "the PDF is not built as our reports are: " + std::move(what));
}

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

bool endsName(std::string_view text, std::size_t position)
{
    return position >= text.size() || isSpace(text[position]) ||
           std::string_view("/<>[]()").find(text[position]) != std::string_view::npos;
}

std::optional<std::size_t> valueOf(std::string_view dictionary, std::string_view key)
{
    for (std::size_t at = dictionary.find(key); at != std::string_view::npos; at = dictionary.find(key, at + 1)) {
        if (endsName(dictionary, at + key.size()))
            return at + key.size();
    }
    return std::nullopt;
}

std::optional<std::size_t> numberOf(std::string_view dictionary, std::string_view key)
{
    auto at = valueOf(dictionary, key);
    return at ? readNumber(dictionary, *at) : std::nullopt;
}

std::optional<std::size_t> readReference(std::string_view text, std::size_t& position)
{
    std::size_t here = position;
    auto const object = readNumber(text, here);
    auto const generation = object ? readNumber(text, here) : std::nullopt;
    while (here < text.size() && isSpace(text[here]))
        ++here;
    if (!generation || here >= text.size() || text[here] != 'R')
        return std::nullopt;
    position = here + 1;
    return object;
}

Result<std::size_t> referenceOf(std::string_view dictionary, std::string_view key)
{
    auto at = valueOf(dictionary, key);
    auto const object = at ? readReference(dictionary, *at) : std::nullopt;
    if (!object)
        return unknown(fmt::format("no {}", key));
    return *object;
}

Result<Objects> Objects::open(std::string_view file)
{
    std::size_t const start = file.rfind("startxref");
    if (start == std::string_view::npos)
        return unknown("no startxref");
    std::size_t at = start + 9;
    auto const table = readNumber(file, at);
    if (!table)
        return unknown("no startxref");
    Objects objects;
    objects.file_ = file;
    std::size_t next = *table;
    for (int i = 0; next != 0; ++i) {
        if (i == mostUpdates)
            return unknown("too many updates");
        QIANLI_ASSIGN(next, objects.readTable(next));
    }
    return objects;
}

Result<std::size_t> Objects::readTable(std::size_t offset)
{
    if (offset >= file_.size() || !file_.substr(offset).starts_with("xref"))
        return unknown("no cross-reference table");
    std::size_t at = offset + 4;
    for (;;) {
        auto const first = readNumber(file_, at);
        auto const count = first ? readNumber(file_, at) : std::nullopt;
        if (!first)
            break;
        if (!count || *first > mostObjects || *count > mostObjects)
            return unknown("a bad cross-reference table");
        for (std::size_t i = 0; i < *count; ++i) {
            auto const position = readNumber(file_, at);
            auto const generation = position ? readNumber(file_, at) : std::nullopt;
            while (at < file_.size() && isSpace(file_[at]))
                ++at;
            if (!generation || at >= file_.size())
                return unknown("a bad cross-reference table");
            if (file_[at] == 'n')
                offsets_.emplace(*first + i, *position); // the newest table comes first
            ++at;
        }
    }
    while (at < file_.size() && isSpace(file_[at]))
        ++at;
    std::string_view const rest = file_.substr(at);
    std::size_t const end = rest.find("startxref");
    if (!rest.starts_with("trailer") || end == std::string_view::npos)
        return unknown("no trailer");
    std::string_view const trailer = rest.substr(0, end);
    if (root_ == 0) {
        QIANLI_ASSIGN(root_, referenceOf(trailer, "/Root"));
    }
    return numberOf(trailer, "/Prev").value_or(0);
}

Result<std::size_t> Objects::contentOf(std::size_t object) const
{
    auto const found = offsets_.find(object);
    std::size_t at = found == offsets_.end() ? file_.size() : found->second;
    auto const number = at < file_.size() ? readNumber(file_, at) : std::nullopt;
    auto const generation = number ? readNumber(file_, at) : std::nullopt;
    if (!generation || *number != object || !file_.substr(at).starts_with(" obj"))
        return unknown(fmt::format("object {} is not where the table says", object));
    return at + 4;
}

Result<std::string_view> Objects::dictionary(std::size_t object) const
{
    QIANLI_ASSIGN(std::size_t const begin, contentOf(object));
    std::string_view const rest = file_.substr(begin);
    std::size_t const end = rest.find("endobj");
    if (end == std::string_view::npos)
        return unknown(fmt::format("object {} has no end", object));
    std::size_t const stream = rest.find("stream");
    return rest.substr(0, std::min(end, stream));
}

Result<std::string> Objects::stream(std::size_t object) const
{
    QIANLI_ASSIGN(std::string_view const dictionaryText, dictionary(object));
    std::optional<std::size_t> length = numberOf(dictionaryText, "/Length");
    if (auto const reference = referenceOf(dictionaryText, "/Length")) {
        QIANLI_ASSIGN(std::string_view const number, dictionary(*reference));
        std::size_t at = 0;
        length = readNumber(number, at);
    }
    auto begin = static_cast<std::size_t>(dictionaryText.data() + dictionaryText.size() - file_.data());
    if (!length || *length > largestStream || !file_.substr(begin).starts_with("stream"))
        return unknown(fmt::format("object {} is no stream", object));
    begin += 6;
    if (file_.substr(begin).starts_with("\r\n"))
        ++begin;
    ++begin;
    if (begin > file_.size() || *length > file_.size() - begin)
        return unknown(fmt::format("the stream of object {} is longer than the file", object));
    std::string_view const bytes = file_.substr(begin, *length);
    if (!valueOf(dictionaryText, "/Filter"))
        return std::string(bytes);
    if (!valueOf(dictionaryText, "/FlateDecode"))
        return unknown("a filter that is not Flate");
    return inflated(bytes);
}

} // namespace qianli::crypto::pdf
