#include "viewer/ui/report_edit.h"

#include <QMimeData>

namespace qianli::viewer {

namespace {
bool endsLine(char16_t c)
{
    return c == u'\n' || c == u'\r' || c == 0x000B || c == 0x000C || c == 0x0085 || c == 0x2028 || c == 0x2029;
}

bool isOtherSpace(char16_t c)
{
    return c == 0x00A0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F;
}

bool isInvisible(char16_t c)
{
    return (c < 0x20 && c != u'\t') || (c >= 0x7F && c <= 0x9F) || c == 0x00AD || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0xFEFF || c == 0xFFFC;
}
} // namespace

QString printableText(QString const& pasted)
{
    QString text;
    text.reserve(pasted.size());
    for (qsizetype index = 0; index < pasted.size(); ++index) {
        char16_t const c = pasted[index].unicode();
        bool const endsPair = c == u'\n' && index > 0 && pasted[index - 1] == u'\r';
        if (endsPair)
            continue;
        if (endsLine(c))
            text += u'\n';
        else if (isOtherSpace(c))
            text += u' ';
        else if (!isInvisible(c))
            text += QChar(c);
    }
    return text;
}

void ReportEdit::insertFromMimeData(QMimeData const* source)
{
    if (source->hasText())
        textCursor().insertText(printableText(source->text()));
}

} // namespace qianli::viewer
