#include "viewer/report/pdf_text_map.h"

#include <QFont>
#include <QFontDatabase>
#include <QList>
#include <QRawFont>

#include <algorithm>
#include <bit>
#include <vector>

namespace qianli::viewer {

namespace {

struct FallbackFont {
    QString family;
    QRawFont raw;
    std::vector<quint32> glyphs;      // in the order of first use
    std::vector<char32_t> characters; // one for each glyph
};

// Which font Qt takes for each character: the first of the families that has it.
std::vector<FallbackFont> fontsOf(QString const& painted, QStringList const& families)
{
    std::vector<FallbackFont> fonts;
    for (QString const& family : families) {
        if (QFontDatabase::hasFamily(family))
            fonts.push_back({family, QRawFont::fromFont(QFont(family)), {}, {}});
    }
    for (uint const character : painted.toUcs4()) {
        auto const font = std::find_if(fonts.begin(), fonts.end(),
                                       [&](FallbackFont const& f) { return f.raw.supportsCharacter(character); });
        if (font == fonts.end() || font == fonts.begin())
            continue; // the main font's characters are all in the map that Qt writes
        auto const code = static_cast<char32_t>(character);
        auto const found = font->raw.glyphIndexesForString(QString::fromUcs4(&code, 1));
        if (found.isEmpty() || std::find(font->glyphs.begin(), font->glyphs.end(), found.front()) != font->glyphs.end())
            continue;
        font->glyphs.push_back(found.front());
        font->characters.push_back(code);
    }
    return fonts;
}

QByteArray utf16Hex(char32_t character)
{
    QString const text = QString::fromUcs4(&character, 1);
    QByteArray hex;
    for (QChar const unit : text)
        hex += QByteArray::number(unit.unicode(), 16).rightJustified(4, '0').toUpper();
    return hex;
}

QByteArray textMap(std::vector<char32_t> const& characters)
{
    QByteArray map = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                     "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                     "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                     "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n";
    // A range must not cross a multiple of 256 (Adobe Technical Note 5014).
    for (std::size_t i = 0; i < characters.size(); ++i) {
        QByteArray const glyph =
            QByteArray::number(static_cast<qulonglong>(i + 1), 16).rightJustified(4, '0').toUpper();
        map += "1 beginbfrange\n<" + glyph + "> <" + glyph + "> <" + utf16Hex(characters[i]) + ">\nendbfrange\n";
    }
    return map + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n";
}

// "/Key 12" behind `from`: 12; 0 when it is not there.
int numberAfter(QByteArray const& pdf, QByteArray const& key, qsizetype from)
{
    qsizetype const at = pdf.indexOf(key, from);
    if (at < 0)
        return 0;
    int value = 0;
    for (qsizetype i = at + key.size(); i < pdf.size() && pdf[i] >= '0' && pdf[i] <= '9' && value < 10'000'000; ++i)
        value = value * 10 + (pdf[i] - '0');
    return value;
}

// How many glyphs a font's descendant has, the empty one (0) not counted: the bits of its descriptor's CIDSet. -1 when
// there is none.
int glyphCount(QByteArray const& pdf, int descendant)
{
    auto const objectAt = [&](int object) { return pdf.indexOf("\n" + QByteArray::number(object) + " 0 obj\n"); };
    qsizetype const font = objectAt(descendant);
    qsizetype const descriptor = font < 0 ? -1 : objectAt(numberAfter(pdf, "/FontDescriptor ", font));
    qsizetype const set = descriptor < 0 ? -1 : objectAt(numberAfter(pdf, "/CIDSet ", descriptor));
    int const length = set < 0 ? 0 : numberAfter(pdf, "/Length ", set);
    qsizetype const begin = set < 0 ? -1 : pdf.indexOf("stream\n", set);
    if (begin < 0)
        return -1;
    int count = -1;
    for (char const byte : pdf.mid(begin + 7, length))
        count += std::popcount(static_cast<unsigned char>(byte));
    return count;
}

struct Update {
    int object = 0;
    QByteArray content;
};

std::vector<Update> updatesFor(QByteArray const& pdf, std::vector<FallbackFont> const& fonts)
{
    std::vector<Update> updates;
    for (FallbackFont const& font : fonts) {
        qsizetype const at = pdf.indexOf("/Subtype /Type0\n/BaseFont /" + font.family.toLatin1() + "\n");
        if (font.characters.empty() || at < 0)
            continue;
        int const map = numberAfter(pdf, "/ToUnicode ", at);
        int const descendant = numberAfter(pdf, "/DescendantFonts [", at);
        if (map > 0 && glyphCount(pdf, descendant) == static_cast<int>(font.characters.size()))
            updates.push_back({map, textMap(font.characters)});
    }
    return updates;
}

} // namespace

QByteArray withCompleteTextMaps(QByteArray const& pdf, QString const& painted, QStringList const& families)
{
    auto const updates = updatesFor(pdf, fontsOf(painted, families));
    qsizetype const trailer = pdf.lastIndexOf("trailer");
    qsizetype const start = pdf.lastIndexOf("startxref");
    if (updates.empty() || trailer < 0 || start < trailer)
        return pdf;
    QByteArray const previous = pdf.mid(start + 9, 20).trimmed().split('\n').front();
    QByteArray dictionary = pdf.mid(trailer, start - trailer).trimmed();
    dictionary.insert(dictionary.lastIndexOf(">>"), "/Prev " + previous + "\n");
    QByteArray made = pdf;
    if (!made.endsWith('\n'))
        made += '\n';
    QByteArray table = "xref\n";
    for (Update const& update : updates) {
        table += QByteArray::number(update.object) + " 1\n" + QByteArray::number(made.size()).rightJustified(10, '0') +
                 " 00000 n \n";
        made += QByteArray::number(update.object) + " 0 obj\n<< /Length " + QByteArray::number(update.content.size()) +
                " >>\nstream\n" + update.content + "\nendstream\nendobj\n";
    }
    qsizetype const tableOffset = made.size();
    return made + table + dictionary + "\nstartxref\n" + QByteArray::number(tableOffset) + "\n%%EOF\n";
}

} // namespace qianli::viewer
