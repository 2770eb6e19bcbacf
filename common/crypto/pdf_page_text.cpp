#include "common/crypto/pdf_page_text.h"

#include "common/base/text.h"
#include "common/crypto/pdf_objects.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>

namespace qianli::crypto {

namespace {

using namespace pdf;

constexpr std::size_t mostPages = 1'000;

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
