#include "common/dicom/iso2022.h"

#include "common/base/text.h"
#include "common/dicom/character_set_terms.h"
#include "common/dicom/chinese_text.h"
#include "common/dicom/code_page.h"
#include "common/dicom/text_readings.h"

#include <algorithm>
#include <array>
#include <vector>

namespace qianli::dicom {
namespace {

using namespace std::string_view_literals;

constexpr char escape = '\x1b';

enum class Half { Low, High }; // G0: bytes below 0x80; G1: above

// One registered set, how an escape announces it, and the page that its bytes, put into the high half, belong to.
struct CodeElement {
    std::string_view announcement; // behind ESC
    Half half;
    std::size_t width; // bytes of a character
    char const* page;
    char prefix; // byte before each character in that page, or 0
};

constexpr std::array elements{
    CodeElement{"(B"sv, Half::Low, 1, "US-ASCII", 0},
    CodeElement{"(J"sv, Half::Low, 1, "US-ASCII", 0}, // JIS X 0201 Romaji; its yen sign is DICOM's delimiter
    CodeElement{")I"sv, Half::High, 1, "JIS_X0201", 0},
    CodeElement{"-A"sv, Half::High, 1, "ISO-8859-1", 0},
    CodeElement{"-B"sv, Half::High, 1, "ISO-8859-2", 0},
    CodeElement{"-C"sv, Half::High, 1, "ISO-8859-3", 0},
    CodeElement{"-D"sv, Half::High, 1, "ISO-8859-4", 0},
    CodeElement{"-L"sv, Half::High, 1, "ISO-8859-5", 0},
    CodeElement{"-G"sv, Half::High, 1, "ISO-8859-6", 0},
    CodeElement{"-F"sv, Half::High, 1, "ISO-8859-7", 0},
    CodeElement{"-H"sv, Half::High, 1, "ISO-8859-8", 0},
    CodeElement{"-M"sv, Half::High, 1, "ISO-8859-9", 0},
    CodeElement{"-b"sv, Half::High, 1, "ISO-8859-15", 0},
    CodeElement{"-T"sv, Half::High, 1, "TIS-620", 0},
    CodeElement{"$)A"sv, Half::High, 2, "gb18030", 0}, // what old consoles put there goes beyond GB 2312
    CodeElement{"$)C"sv, Half::High, 2, "EUC-KR", 0},
    CodeElement{"$B"sv, Half::Low, 2, "EUC-JP", 0},
    CodeElement{"$@"sv, Half::Low, 2, "EUC-JP", 0},
    CodeElement{"$(B"sv, Half::Low, 2, "EUC-JP", 0},
    CodeElement{"$(D"sv, Half::Low, 2, "EUC-JP", '\x8f'}, // JIS X 0212 is EUC's third set
    CodeElement{"$(C"sv, Half::Low, 2, "EUC-KR", 0},
    CodeElement{"$A"sv, Half::Low, 2, "gb18030", 0},
    CodeElement{"$(A"sv, Half::Low, 2, "gb18030", 0},
};

CodeElement const* elementAt(std::string_view behindEscape)
{
    for (CodeElement const& element : elements)
        if (behindEscape.starts_with(element.announcement))
            return &element;
    return nullptr;
}

CodeElement const* announcedBy(std::string_view announcement)
{
    return announcement.empty() ? nullptr : elementAt(announcement);
}

bool isDelimiter(char c)
{
    return c == '\\' || c == '^' || c == '=';
}

bool isPadding(std::string_view rest)
{
    return rest.find_first_not_of(std::string_view(" \0", 2)) == std::string_view::npos;
}

// The value ends before it is known what the escape would have been.
bool isStartOfEscape(std::string_view behindEscape)
{
    return std::ranges::any_of(elements,
                               [&](CodeElement const& one) { return one.announcement.starts_with(behindEscape); });
}

// The lead byte of a row that GB 2312 has characters in.
bool isInGb2312(char lead)
{
    auto const byte = static_cast<unsigned char>(lead);
    return (byte >= 0xA1 && byte <= 0xA9) || (byte >= 0xB0 && byte <= 0xF7);
}

// So it is behind a delimiter.
bool beginsAnew(std::string_view rest)
{
    return isPadding(rest) || rest.front() == escape;
}

class Decoder {
public:
    explicit Decoder(std::string_view declared)
    {
        std::vector<std::string> const terms = text::split(declared, '\\');
        initialHigh_ = announcedBy(highHalfAnnouncement(terms.front()));
        fallbackHigh_ = initialHigh_;
        for (std::string const& term : terms)
            if (!fallbackHigh_)
                fallbackHigh_ = announcedBy(highHalfAnnouncement(term));
        high_ = initialHigh_;
    }

    Iso2022Text decode(std::string_view bytes)
    {
        std::size_t i = 0;
        while (i < bytes.size() && !cut_) {
            auto const byte = static_cast<unsigned char>(bytes[i]);
            if (bytes[i] == escape)
                i += takeEscape(bytes.substr(i + 1)) + 1;
            else if (byte < 0x80)
                i += takeLow(bytes.substr(i));
            else
                i += takeHigh(bytes.substr(i));
        }
        flush();
        return {std::move(decoded_), cut_, doubt_};
    }

private:
    std::size_t takeEscape(std::string_view behind)
    {
        CodeElement const* const element = elementAt(behind);
        if (!element) {
            cut_ = isStartOfEscape(behind);
            return 0; // unknown: the escape itself is dropped, the rest shows
        }
        if (element->half == Half::Low)
            low_ = element->width > 1 ? element : nullptr;
        else
            fallbackHigh_ = high_ = element;
        return element->announcement.size();
    }

    std::size_t takeLow(std::string_view bytes)
    {
        auto const byte = static_cast<unsigned char>(bytes[0]);
        if (low_ && byte > 0x20 && byte < 0x7F && bytes.size() >= 2 && static_cast<unsigned char>(bytes[1]) > 0x20) {
            std::string raised;
            if (low_->prefix)
                raised += low_->prefix;
            raised += static_cast<char>(byte | 0x80);
            raised += static_cast<char>(static_cast<unsigned char>(bytes[1]) | 0x80);
            append(raised, low_->page);
            return 2;
        }
        cut_ = low_ && byte > 0x20 && byte < 0x7F && isPadding(bytes.substr(1));
        if (cut_)
            return 1;
        bool const isHalf = low_ && byte > 0x20 && bytes.size() >= 2 && bytes[1] == escape && !isDelimiter(bytes[0]);
        append(isHalf ? "\xff"sv : bytes.substr(0, 1), "US-ASCII");
        if (isDelimiter(bytes[0]) || byte == '\r' || byte == '\n' || byte == '\t' || byte == '\f') {
            low_ = nullptr;
            high_ = initialHigh_;
            atStart_ = true;
        }
        return 1;
    }

    // High bytes of one byte each are declared, but an escape to Chinese came before: was it meant to last?
    static bool readsChinese(std::string_view bytes)
    {
        std::size_t end = 0;
        while (end < bytes.size() && bytes[end] != escape && !isDelimiter(bytes[end]))
            end += std::max<std::size_t>(gb18030Length(bytes, end), 1);
        TextReadings const readings = readingsOf(bytes.substr(0, end));
        return readings.gb18030.bits < readings.latin1.bits;
    }

    std::size_t takeHigh(std::string_view bytes)
    {
        CodeElement const* element = high_ ? high_ : fallbackHigh_;
        if (atStart_ && element && element->width == 1 && fallbackHigh_->width == 2 && readsChinese(bytes))
            element = high_ = fallbackHigh_;
        atStart_ = false;
        if (!element) {
            append("\xff", "US-ASCII"); // comes out as U+FFFD
            return 1;
        }
        cut_ = element->width == 2 && isPadding(bytes.substr(1));
        if (cut_)
            return 1;
        std::size_t const width = element->width == 2 ? widthOf(bytes, element->page) : 1;
        append(bytes.substr(0, width), element->page);
        return width;
    }

    // Of the character of several bytes that begins here; 1 where it is only a part of one, which comes out as U+FFFD.
    std::size_t widthOf(std::string_view bytes, std::string_view page)
    {
        bool const isChinese = page == "gb18030";
        unsigned const second = bytes.size() < 2 ? 0 : static_cast<unsigned char>(bytes[1]);
        std::size_t const width = isChinese ? gb18030Length(bytes, 0) : second >= 0x80 ? 2 : 1;
        if (!isChinese || width < 2 || second >= 0xA1)
            return std::max<std::size_t>(width, 1);
        doubt_ = true; // beyond GB 2312
        return isDelimiter(bytes[1]) && isInGb2312(bytes[0]) && beginsAnew(bytes.substr(2)) ? 1 : width;
    }

    void append(std::string_view bytes, char const* page)
    {
        if (page != page_)
            flush();
        page_ = page;
        run_ += bytes;
    }

    void flush()
    {
        if (!run_.empty())
            decoded_ += fromCodePage(run_, page_);
        run_.clear();
    }

    CodeElement const* low_ = nullptr; // null: ASCII
    CodeElement const* initialHigh_ = nullptr;
    CodeElement const* high_ = nullptr;
    CodeElement const* fallbackHigh_ = nullptr;
    char const* page_ = "US-ASCII";
    bool atStart_ = true; // of a component
    bool cut_ = false;
    bool doubt_ = false;
    std::string run_;
    std::string decoded_;
};

} // namespace

bool hasIso2022Escape(std::string_view bytes)
{
    for (std::size_t at = bytes.find(escape); at != std::string_view::npos; at = bytes.find(escape, at + 1))
        if (elementAt(bytes.substr(at + 1)))
            return true;
    return false;
}

Iso2022Text readIso2022(std::string_view bytes, std::string_view declared)
{
    return Decoder(declared).decode(bytes);
}

} // namespace qianli::dicom
