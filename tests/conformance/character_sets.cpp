#include "tests/conformance/statement.h"

#include "common/dicom/character_set_terms.h"

#include <fmt/format.h>

namespace qianli::test {
namespace {

// PS3.3 C.12.1.1.2: the defined terms. What becomes of each, the code says.
constexpr std::string_view definedTerms[] = {"",
                                             "ISO_IR 100",
                                             "ISO_IR 101",
                                             "ISO_IR 109",
                                             "ISO_IR 110",
                                             "ISO_IR 144",
                                             "ISO_IR 127",
                                             "ISO_IR 126",
                                             "ISO_IR 138",
                                             "ISO_IR 148",
                                             "ISO_IR 203",
                                             "ISO_IR 13",
                                             "ISO_IR 166",
                                             "ISO_IR 192",
                                             "GB18030",
                                             "GBK",
                                             "ISO 2022 IR 6",
                                             "ISO 2022 IR 100",
                                             "ISO 2022 IR 58",
                                             "ISO 2022 IR 87",
                                             "ISO 2022 IR 159",
                                             "ISO 2022 IR 149"};

std::string_view words(dicom::CharacterSetTerm const& term)
{
    switch (term.repertoire) {
    case dicom::Repertoire::Ascii:
        return "ASCII";
    case dicom::Repertoire::Utf8:
        return "UTF-8";
    case dicom::Repertoire::Chinese:
        return "GB18030, of which GBK and GB2312 are parts";
    case dicom::Repertoire::SingleByte:
        return term.page;
    case dicom::Repertoire::CodeExtension:
        return "by its escapes (ISO 2022)";
    case dicom::Repertoire::Unknown:
        break;
    }
    return "not read";
}

} // namespace

std::string characterSetPart()
{
    MarkdownTable table({"Specific Character Set (0008,0005)", "Read as"});
    for (auto const term : definedTerms)
        table.row({term.empty() ? "absent" : std::string(term), std::string(words(dicom::findCharacterSet(term)))});
    return fmt::format(R"(
## 6 Character sets
Stored objects keep their bytes and their declared set. For the index, names and texts are read by

{}
Several values (code extensions) are taken. Where the bytes of an object contradict what it declares, all text of the object is weighed together
([decisions/0012](decisions/0012-character-sets.md)). A query may be in any of these sets; it is answered in the one that it declares, or that its site's `charset` names, or in ISO_IR 192. Objects that we make (reports)
are in ISO_IR 192.
)",
                       table.text());
}

} // namespace qianli::test
