// What is pasted into a report arrives as words that can be printed and signed.
#include "viewer/ui/report_edit.h"

#include <catch2/catch.hpp>

#include <QMimeData>

using namespace qianli::viewer;

TEST_CASE("invisible characters of pasted text go away, its lines and words stay", "[ui]")
{
    CHECK(printableText(QString::fromUtf8("\xEF\xBB\xBF右侧\xE2\x80\x8B基底节区\xE2\x80\x8F出血")) ==
          QString::fromUtf8("右侧基底节区出血"));
    CHECK(printableText(QString::fromUtf8("4.2\xC2\xA0"
                                          "cm\xE2\x80\xAF×\xE2\x80\x89"
                                          "2.6")) == QString::fromUtf8("4.2 cm × 2.6"));
    CHECK(printableText("a\r\nb\rc\vd\fe") == "a\nb\nc\nd\ne");
    CHECK(printableText(QString("x") + QChar(0x2028) + "y" + QChar(0x07) + QChar(0xAD) + "z") == "x\nyz");
}

TEST_CASE("what can be seen stays as it is, rare characters and full-width spaces among it", "[ui]")
{
    QString const text = QString::fromUtf8("　孙䶮浩，𠮷野家；CT\t12.4 mm（≥3）①–②");
    CHECK(printableText(text) == text);
}

TEST_CASE("the field takes pasted text that way", "[ui]")
{
    struct Field : ReportEdit {
        using ReportEdit::insertFromMimeData;
    } field;
    field.setPlainText("前");
    field.moveCursor(QTextCursor::End);
    QMimeData pasted;
    pasted.setText(QString::fromUtf8("一\xE2\x80\x8B二\v三"));
    field.insertFromMimeData(&pasted);
    CHECK(field.toPlainText() == QString::fromUtf8("前一二\n三"));
    field.undo();
    CHECK(field.toPlainText() == QString::fromUtf8("前"));
}
