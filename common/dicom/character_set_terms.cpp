#include "common/dicom/character_set_terms.h"

#include <algorithm>
#include <array>
#include <string>

namespace qianli::dicom {
namespace {

using namespace std::string_view_literals;

struct Row {
    std::string_view
        spelling; // without spaces, '_' and '-', in capitals; an "ISO 2022 IR n" is looked up as "ISO_IR n"
    Repertoire repertoire;
    char const* page;
    std::string_view name;
    std::string_view announcement;
};

constexpr std::array rows{
    Row{""sv, Repertoire::Ascii, nullptr, "ASCII"sv, ""sv},
    Row{"ISOIR6"sv, Repertoire::Ascii, nullptr, "ASCII"sv, ""sv},
    Row{"ASCII"sv, Repertoire::Ascii, nullptr, "ASCII"sv, ""sv},
    Row{"USASCII"sv, Repertoire::Ascii, nullptr, "ASCII"sv, ""sv},
    Row{"ISOIR192"sv, Repertoire::Utf8, nullptr, "UTF-8"sv, ""sv},
    Row{"UTF8"sv, Repertoire::Utf8, nullptr, "UTF-8"sv, ""sv},
    Row{"ISO10646"sv, Repertoire::Utf8, nullptr, "UTF-8"sv, ""sv},
    Row{"GB18030"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"GB180302000"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"GB180302005"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"GB180302022"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"GBK"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"GB2312"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"GB231280"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"EUCCN"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"936"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"CP936"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"ISOIR58"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"ISO202258"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"ISO2022GBK"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"ISO2022GB18030"sv, Repertoire::Chinese, nullptr, "GB18030"sv, "$)A"sv},
    Row{"ISOIR100"sv, Repertoire::SingleByte, "ISO-8859-1", "ISO_IR 100"sv, "-A"sv},
    Row{"ISO88591"sv, Repertoire::SingleByte, "ISO-8859-1", "ISO_IR 100"sv, "-A"sv},
    Row{"LATIN1"sv, Repertoire::SingleByte, "ISO-8859-1", "ISO_IR 100"sv, "-A"sv},
    Row{"ISOIR101"sv, Repertoire::SingleByte, "ISO-8859-2", "ISO_IR 101"sv, "-B"sv},
    Row{"ISOIR109"sv, Repertoire::SingleByte, "ISO-8859-3", "ISO_IR 109"sv, "-C"sv},
    Row{"ISOIR110"sv, Repertoire::SingleByte, "ISO-8859-4", "ISO_IR 110"sv, "-D"sv},
    Row{"ISOIR144"sv, Repertoire::SingleByte, "ISO-8859-5", "ISO_IR 144"sv, "-L"sv},
    Row{"ISOIR127"sv, Repertoire::SingleByte, "ISO-8859-6", "ISO_IR 127"sv, "-G"sv},
    Row{"ISOIR126"sv, Repertoire::SingleByte, "ISO-8859-7", "ISO_IR 126"sv, "-F"sv},
    Row{"ISOIR138"sv, Repertoire::SingleByte, "ISO-8859-8", "ISO_IR 138"sv, "-H"sv},
    Row{"ISOIR148"sv, Repertoire::SingleByte, "ISO-8859-9", "ISO_IR 148"sv, "-M"sv},
    Row{"ISOIR203"sv, Repertoire::SingleByte, "ISO-8859-15", "ISO_IR 203"sv, "-b"sv},
    Row{"ISOIR13"sv, Repertoire::SingleByte, "JIS_X0201", "ISO_IR 13"sv, ")I"sv},
    Row{"ISOIR166"sv, Repertoire::SingleByte, "TIS-620", "ISO_IR 166"sv, "-T"sv},
    Row{"ISOIR149"sv, Repertoire::CodeExtension, nullptr, "ISO 2022"sv, "$)C"sv},
    Row{"ISOIR87"sv, Repertoire::CodeExtension, nullptr, "ISO 2022"sv, ""sv},
    Row{"ISOIR159"sv, Repertoire::CodeExtension, nullptr, "ISO 2022"sv, ""sv},
};

std::string normalised(std::string_view term)
{
    std::string spelling;
    for (char const c : term)
        if (c > ' ' && c != '_' && c != '-' && c != '\x7f')
            spelling += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (spelling.starts_with("ISO2022IR"))
        spelling.erase(3, 4);
    return spelling;
}

Row const* findRow(std::string_view term)
{
    std::string const spelling = normalised(term);
    auto const found = std::find_if(rows.begin(), rows.end(), [&](Row const& row) { return row.spelling == spelling; });
    return found == rows.end() ? nullptr : &*found;
}

} // namespace

CharacterSetTerm findCharacterSet(std::string_view term)
{
    Row const* const row = findRow(term);
    return row ? CharacterSetTerm{row->repertoire, row->page, row->name} : CharacterSetTerm{};
}

std::string_view highHalfAnnouncement(std::string_view term)
{
    Row const* const row = findRow(term);
    return row ? row->announcement : std::string_view();
}

} // namespace qianli::dicom
