#include "common/crypto/pdf_page_text.h"

#include "common/base/text.h"

#include <cctype>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>
#include <zlib.h>

namespace qianli::crypto {

namespace {

constexpr std::size_t largestStream = 64 << 20;
constexpr std::size_t mostObjects = 100'000;
constexpr std::size_t mostPages = 1'000;
constexpr int mostUpdates = 8;

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

// Where the value of a dictionary's key begins.
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

// "12 0 R" → 12
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

// The objects of a file, found through its cross-reference tables; of an object written again by an update the newest.
class Objects {
public:
    static Result<Objects> open(std::string_view file);

    // From behind "obj" to the object's stream or end.
    Result<std::string_view> dictionary(std::size_t object) const;
    Result<std::string> stream(std::size_t object) const;
    std::size_t root() const { return root_; }

private:
    Result<std::size_t> readTable(std::size_t offset); // gives /Prev, 0 when there is none
    Result<std::size_t> contentOf(std::size_t object) const;

    std::string_view file_;
    std::map<std::size_t, std::size_t> offsets_;
    std::size_t root_ = 0;
};

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

using GlyphTexts = std::map<std::uint32_t, std::string>; // glyph → UTF-8

std::optional<std::uint32_t> hexadecimal(std::string_view digits)
{
    std::uint32_t value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

// UTF-16BE in hexadecimal.
std::string fromUtf16Hex(std::string_view hex)
{
    std::u32string text;
    for (std::size_t i = 0; i + 4 <= hex.size(); i += 4) {
        std::uint32_t const unit = hexadecimal(hex.substr(i, 4)).value_or(0xfffd);
        bool const follows = unit >= 0xd800 && unit < 0xdc00 && i + 8 <= hex.size();
        if (follows) {
            std::uint32_t const low = hexadecimal(hex.substr(i + 4, 4)).value_or(0xdc00);
            text += static_cast<char32_t>(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
            i += 4;
        } else {
            text += static_cast<char32_t>(unit);
        }
    }
    return text::fromCodePoints(text);
}

// The words of a CMap or content stream that matter: <hex>, [ ], names and operators.
std::vector<std::string_view> words(std::string_view stream)
{
    std::vector<std::string_view> list;
    std::size_t at = 0;
    while (at < stream.size()) {
        char const c = stream[at];
        std::size_t end = at + 1;
        if (c == '<' && at + 1 < stream.size() && stream[at + 1] != '<')
            end = std::min(stream.find('>', at), stream.size() - 1) + 1;
        else if (!isSpace(c) && c != '[' && c != ']' && c != '<' && c != '>')
            while (end < stream.size() && !endsName(stream, end))
                ++end;
        if (!isSpace(c))
            list.push_back(stream.substr(at, end - at));
        at = end;
    }
    return list;
}

std::string_view insideHex(std::string_view word)
{
    return word.size() >= 2 && word.front() == '<' && word.back() == '>' ? word.substr(1, word.size() - 2)
                                                                         : std::string_view();
}

// beginbfrange … endbfrange with [list] or a first value.
GlyphTexts readToUnicode(std::string_view cmap)
{
    GlyphTexts texts;
    auto const list = words(cmap);
    bool inside = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i] == "beginbfrange" || list[i] == "endbfrange") {
            inside = list[i].starts_with("begin");
            continue;
        }
        if (!inside || i + 2 >= list.size())
            continue;
        auto const first = hexadecimal(insideHex(list[i]));
        auto const last = hexadecimal(insideHex(list[i + 1]));
        if (!first || !last || *last > 0xffff || *last < *first)
            continue;
        i += 2;
        if (list[i] == "[") {
            std::uint32_t glyph = *first;
            for (++i; i < list.size() && list[i] != "]"; ++i)
                texts[glyph++] = fromUtf16Hex(insideHex(list[i]));
        } else if (*first == *last) {
            texts[*first] = fromUtf16Hex(insideHex(list[i]));
        }
    }
    return texts;
}

// "/F7" → its glyphs.
using Fonts = std::map<std::string, GlyphTexts, std::less<>>;

Result<Fonts> readFonts(Objects const& objects, std::string_view resources)
{
    Fonts fonts;
    auto const begin = valueOf(resources, "/Font");
    if (!begin)
        return fonts;
    std::string_view const list = resources.substr(*begin, resources.find(">>", *begin) - *begin);
    for (std::size_t at = list.find('/'); at != std::string_view::npos; at = list.find('/', at)) {
        std::size_t end = at + 1;
        while (!endsName(list, end))
            ++end;
        std::string const name(list.substr(at, end - at));
        at = end;
        auto const object = readReference(list, at);
        if (!object)
            return unknown("a font that is no reference");
        QIANLI_ASSIGN(std::string_view const font, objects.dictionary(*object));
        auto const map = referenceOf(font, "/ToUnicode");
        if (!map)
            continue; // its text can't be read, so it can't show the UID either
        QIANLI_ASSIGN(std::string const cmap, objects.stream(*map));
        fonts[name] = readToUnicode(cmap);
    }
    return fonts;
}

std::string readContent(std::string_view content, Fonts const& fonts)
{
    std::string text;
    GlyphTexts const* font = nullptr;
    std::string_view lastName;
    for (std::string_view const word : words(content)) {
        if (word.front() == '/') {
            lastName = word;
        } else if (word == "Tf") {
            auto const found = fonts.find(lastName);
            font = found == fonts.end() ? nullptr : &found->second;
        } else if (word == "ET") {
            text += '\n';
        } else if (std::string_view const hex = insideHex(word); font != nullptr) {
            for (std::size_t i = 0; i + 4 <= hex.size(); i += 4) {
                auto const found = font->find(hexadecimal(hex.substr(i, 4)).value_or(0));
                if (found != font->end())
                    text += found->second;
            }
        }
    }
    return text;
}

Result<std::string> readPage(Objects const& objects, std::size_t page)
{
    QIANLI_ASSIGN(std::string_view const dictionary, objects.dictionary(page));
    QIANLI_ASSIGN(std::size_t const contents, referenceOf(dictionary, "/Contents"));
    QIANLI_ASSIGN(std::size_t const resourcesObject, referenceOf(dictionary, "/Resources"));
    QIANLI_ASSIGN(std::string_view const resources, objects.dictionary(resourcesObject));
    QIANLI_ASSIGN(Fonts const fonts, readFonts(objects, resources));
    QIANLI_ASSIGN(std::string const content, objects.stream(contents));
    return readContent(content, fonts);
}

} // namespace

Result<std::vector<std::string>> pdfPageTexts(std::string_view pdf)
{
    QIANLI_ASSIGN(Objects const objects, Objects::open(pdf));
    QIANLI_ASSIGN(std::string_view const catalog, objects.dictionary(objects.root()));
    QIANLI_ASSIGN(std::size_t const pagesObject, referenceOf(catalog, "/Pages"));
    QIANLI_ASSIGN(std::string_view const pages, objects.dictionary(pagesObject));
    auto const kids = valueOf(pages, "/Kids");
    std::size_t at = kids ? pages.find('[', *kids) : std::string_view::npos;
    if (at == std::string_view::npos)
        return unknown("no /Kids");
    ++at;
    std::vector<std::string> texts;
    while (auto const page = readReference(pages, at)) {
        if (texts.size() == mostPages)
            return unknown("too many pages");
        QIANLI_ASSIGN(std::string text, readPage(objects, *page));
        texts.push_back(std::move(text));
    }
    if (texts.empty() || numberOf(pages, "/Count") != texts.size())
        return unknown("its pages can't be counted");
    return texts;
}

bool holdsUid(std::string_view text, std::string_view uid)
{
    auto const partOfUid = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
    for (std::size_t at = text.find(uid); !uid.empty() && at != std::string_view::npos; at = text.find(uid, at + 1)) {
        std::size_t const end = at + uid.size();
        if ((at == 0 || !partOfUid(text[at - 1])) && (end == text.size() || !partOfUid(text[end])))
            return true;
    }
    return false;
}

} // namespace qianli::crypto
