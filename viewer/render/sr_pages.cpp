#include "viewer/render/sr_pages.h"

#include "common/dicom/sop_class.h"
#include "viewer/render/page_text.h"

#include <QAbstractTextDocumentLayout>
#include <QCoreApplication>
#include <QTextCursor>
#include <QTextFrame>
#include <QTextOption>
#include <QThread>

#include <algorithm>

namespace qianli::viewer {
namespace {

// A sheet shaped like a screen: the whole of it can be read without scrolling.
constexpr double sheetWidth = 230, sheetHeight = 170, margin = 11;
constexpr double textHeight = 3.9, smallHeight = 3.2, titleHeight = 6.2, indent = 5.5;
constexpr std::size_t deepestIndent = 7, mostFrames = 12, mostNamed = 3;

QColor const ink(0x1B, 0x1E, 0x22), quietInk(0x6A, 0x70, 0x78), headingInk(0x14, 0x6B, 0x66),
    warningInk(0x9A, 0x4A, 0x00);

double units(double millimetres)
{
    return millimetres * textUnits;
}

QString wide(std::string const& utf8)
{
    return QString::fromStdString(utf8);
}

// A word without an end is set in pieces: to lay it out takes as long as the square of its length. Hanzi may be broken
// anywhere, they are no such word.
QString inPieces(QString const& words)
{
    constexpr int longestWord = 1000;
    QString pieces;
    int run = 0;
    for (QChar const c : words) {
        run = c.isSpace() || c.unicode() >= 0x2E80 ? 0 : run + 1;
        if (run > longestWord) {
            pieces += QChar::LineSeparator;
            run = 1;
        }
        pieces += c;
    }
    return pieces;
}

class Setter {
public:
    Setter(QTextDocument& text, SrDocument const& document, Language language)
        : cursor_(&text), document_(document), language_(language)
    {
    }

    void setAll()
    {
        setTitle();
        setItems(document_.root.items, 0);
        if (document_.cut)
            line(0, say("这份报告太长，后面的内容没有显示。", "This report is too long: the rest is not shown."),
                 warningInk, true);
    }

private:
    QString say(char const* chinese, char const* english) const
    {
        return QString::fromUtf8(language_ == Language::Chinese ? chinese : english);
    }

    static QTextCharFormat look(double height, QColor const& colour, bool bold)
    {
        QTextCharFormat format;
        format.setFont(pageFont(height, bold));
        format.setForeground(colour);
        return format;
    }

    void block(std::size_t depth, double above)
    {
        QTextBlockFormat format;
        format.setLeftMargin(units(indent) * static_cast<double>(std::min(depth, deepestIndent)));
        format.setTopMargin(units(above));
        format.setLineHeight(122, QTextBlockFormat::ProportionalHeight);
        if (started_)
            cursor_.insertBlock(format);
        else
            cursor_.setBlockFormat(format);
        started_ = true;
    }

    void put(QString const& words, double height, QColor const& colour, bool bold = false)
    {
        // A line feed in a text value is a line in the same paragraph.
        QString shown = words;
        shown.replace("\r\n", "\n").replace('\r', '\n').replace('\n', QChar::LineSeparator);
        cursor_.insertText(inPieces(shown), look(height, colour, bold));
    }

    void line(std::size_t depth, QString const& words, QColor const& colour, bool bold = false)
    {
        block(depth, 0.6);
        put(words, textHeight, colour, bold);
    }

    void fact(QString const& name, QString const& words)
    {
        if (words.isEmpty())
            return;
        block(0, 0.2);
        put(name + QStringLiteral("  "), smallHeight, quietInk);
        put(words, smallHeight, ink);
    }

    QString stateWords() const
    {
        QStringList words;
        if (document_.completion == "PARTIAL")
            words << say("未完成", "partial");
        else if (document_.completion == "COMPLETE")
            words << say("已完成", "complete");
        if (document_.verification == "VERIFIED")
            words << say("已审核", "verified");
        else if (document_.verification == "UNVERIFIED")
            words << say("未审核", "not verified");
        if (document_.preliminary == "PRELIMINARY")
            words << say("初步报告", "preliminary");
        else if (document_.preliminary == "FINAL")
            words << say("最终报告", "final");
        if (!document_.completionWords.empty())
            words << wide(document_.completionWords);
        return words.join(say("，", ", "));
    }

    void setTitle()
    {
        block(0, 0);
        put(document_.root.topic.empty() ? say("结构化报告", "Structured report") : wide(document_.root.topic),
            titleHeight, ink, true);
        bool const isFinal = document_.verification == "VERIFIED" && document_.completion != "PARTIAL" &&
                             document_.preliminary != "PRELIMINARY";
        if (QString const state = stateWords(); !state.isEmpty()) {
            block(0, 0.5);
            put(state, textHeight, isFinal ? headingInk : warningInk, true);
        }
        fact(say("报告日期", "Written"),
             (shownDateTime(document_.contentDate) + QStringLiteral(" ") + shownTime(document_.contentTime)).trimmed());
        for (SrVerifier const& verifier : document_.verifiers) {
            QStringList words{wide(displayName(verifier.name)), wide(verifier.organization),
                              shownDateTime(verifier.time)};
            words.removeAll(QString());
            fact(say("审核", "Verified by"), words.join(QStringLiteral("  ")));
        }
        QStringList authors;
        for (std::string const& author : document_.authors)
            authors << wide(displayName(author));
        fact(say("作者", "Author"), authors.join(say("、", ", ")));
        QStringList origin{wide(document_.institution), wide(document_.manufacturer)};
        origin.removeAll(QString());
        fact(say("来自", "From"), origin.join(QStringLiteral("  ")));
        block(0, 0);
        QTextBlockFormat rule;
        rule.setProperty(QTextFormat::BlockTrailingHorizontalRulerWidth,
                         QTextLength(QTextLength::PercentageLength, 100));
        cursor_.mergeBlockFormat(rule);
    }

    QString referenceWords(SrItem const& item) const
    {
        QString words = objectWord(item.value);
        if (!item.frames.empty()) {
            QStringList frames;
            for (std::size_t i = 0; i < std::min(item.frames.size(), mostFrames); ++i)
                frames << QString::number(item.frames[i]);
            if (item.frames.size() > mostFrames)
                frames << QStringLiteral("…");
            words += say(" 第 %1 帧", " frame %1").arg(frames.join(say("、", ", ")));
        }
        return words;
    }

    QString objectWord(std::string const& classUid) const
    {
        std::string const modality(dicom::usualModality(dicom::Uid::fromPeer(classUid).value_or(dicom::Uid())));
        return modality.empty() ? say("对象", "object") : wide(modality) + say(" 对象", " object");
    }

    // By its place in the tree: "1.2.3" is the third below the second below the root (PS3.3 C.17.3.2.5).
    QString referredWords(std::string const& path) const
    {
        SrItem const* item = &document_.root;
        QStringList const steps = wide(path).split('.');
        for (qsizetype step = 1; step < steps.size() && item != nullptr; ++step) {
            auto const index = static_cast<std::size_t>(steps[step].toUInt()) - 1;
            item = index < item->items.size() ? &item->items[index] : nullptr;
        }
        if (item == nullptr || item->kind == SrValue::Reference)
            return say("见本报告另一项（找不到）", "another item of this report (not found)");
        QString const what = item->kind == SrValue::Container ? QString() : valueWords(*item);
        return say("见：", "see: ") + QStringList{wide(item->topic), what}.join(QStringLiteral(" ")).trimmed();
    }

    QString graphicWord(std::string const& type) const
    {
        struct Known {
            char const *word, *chinese, *english;
        };
        for (Known const& known :
             {Known{"POINT", "点", "point"}, Known{"MULTIPOINT", "多个点", "points"},
              Known{"POLYLINE", "折线", "polyline"}, Known{"POLYGON", "多边形", "polygon"},
              Known{"CIRCLE", "圆", "circle"}, Known{"ELLIPSE", "椭圆", "ellipse"},
              Known{"ELLIPSOID", "椭球", "ellipsoid"}, Known{"SEGMENT", "时段", "segment of time"}})
            if (type == known.word)
                return say(known.chinese, known.english);
        return wide(type);
    }

    QString valueWords(SrItem const& item) const
    {
        switch (item.kind) {
        case SrValue::Number:
            return wide(item.value) + (item.unit.empty() ? QString() : QStringLiteral(" ") + wide(item.unit)) +
                   (item.qualifier.empty() ? QString() : say("（%1）", " (%1)").arg(wide(item.qualifier)));
        case SrValue::Time:
            return shownTime(item.value);
        case SrValue::Date:
        case SrValue::DateTime:
            return shownDateTime(item.value);
        case SrValue::Person:
            return wide(displayName(item.value));
        case SrValue::Image:
            return referenceWords(item);
        case SrValue::Graphic:
            return graphicWord(item.value);
        case SrValue::Reference:
            return referredWords(item.value);
        case SrValue::Other:
            return say("（这个版本不能显示的内容：%1）", "(content that this version can't show: %1)")
                .arg(wide(item.value));
        default:
            return wide(item.value);
        }
    }

    void setContainer(SrItem const& item, std::size_t depth)
    {
        if (!item.topic.empty()) {
            block(depth, depth == 0 ? 2.4 : 1.4);
            put(wide(item.topic), depth == 0 ? textHeight * 1.12 : textHeight, headingInk, true);
        }
        setItems(item.items, item.topic.empty() ? depth : depth + 1);
    }

    // A library of images may have hundreds: where nothing is said of them, they are counted.
    void setItems(std::vector<SrItem> const& items, std::size_t depth)
    {
        for (std::size_t first = 0; first < items.size();) {
            std::size_t end = first;
            while (end < items.size() && isBareReference(items[end]) && items[end].value == items[first].value)
                ++end;
            if (end - first > mostNamed) {
                line(depth, objectWord(items[first].value) + QStringLiteral(" × %1").arg(end - first), ink);
                first = end;
            } else {
                setItem(items[first++], depth);
            }
        }
    }

    static bool isBareReference(SrItem const& item)
    {
        return item.kind == SrValue::Image && item.topic.empty() && item.items.empty();
    }

    void setItem(SrItem const& item, std::size_t depth)
    {
        if (item.kind == SrValue::Container)
            return setContainer(item, depth);
        block(depth, 0.6);
        bool const isContext = item.relationship == "HAS OBS CONTEXT" || item.relationship == "HAS ACQ CONTEXT";
        double const height = isContext || item.kind == SrValue::Uid ? smallHeight : textHeight;
        if (!item.topic.empty())
            put(wide(item.topic) + say("：", ": "), height, quietInk);
        if (item.relationship == "INFERRED FROM" || item.relationship == "R-INFERRED FROM")
            put(say("依据 ", "from "), smallHeight, quietInk);
        put(valueWords(item), height, item.kind == SrValue::Uid || isContext ? quietInk : ink,
            item.kind == SrValue::Number);
        if (!item.instanceUid.empty())
            put(QStringLiteral("  ") + wide(item.instanceUid), smallHeight * 0.8, quietInk);
        if (!item.observed.empty())
            put(QStringLiteral("  ") + shownDateTime(item.observed), smallHeight, quietInk);
        setItems(item.items, depth + 1);
    }

    QTextCursor cursor_;
    SrDocument const& document_;
    Language language_;
    bool started_ = false;
};

} // namespace

namespace {

bool areDigits(QStringView text, qsizetype from, qsizetype count)
{
    return text.size() >= from + count && std::all_of(text.begin() + from, text.begin() + from + count,
                                                      [](QChar c) { return c >= u'0' && c <= u'9'; });
}

// "1847", "184746.5"; without seconds where there are none.
QString clockOf(QString const& digits)
{
    QString const seconds = areDigits(digits, 4, 2) ? QStringLiteral(":") + digits.mid(4, 2) : QString();
    return digits.mid(0, 2) + QStringLiteral(":") + digits.mid(2, 2) + seconds;
}

} // namespace

QString shownDateTime(std::string const& value)
{
    // PS3.5 6.2: a date and time may end after any of its parts, and name its difference from UTC.
    QString text = wide(value), zone;
    if (qsizetype const at = text.size() - 5;
        at >= 4 && areDigits(text, at + 1, 4) && (text[at] == '+' || text[at] == '-')) {
        zone = QStringLiteral(" ") + text.mid(at, 3) + QStringLiteral(":") + text.mid(at + 3);
        text.truncate(at);
    }
    bool const isYear = text.size() == 4 && areDigits(text, 0, 4), isMonth = text.size() == 6 && areDigits(text, 0, 6);
    if (isYear || isMonth)
        return isYear ? text : text.mid(0, 4) + QStringLiteral("-") + text.mid(4);
    if (!areDigits(text, 0, 8))
        return wide(value);
    QString const date = text.mid(0, 4) + QStringLiteral("-") + text.mid(4, 2) + QStringLiteral("-") + text.mid(6, 2);
    return (areDigits(text, 8, 4) ? date + QStringLiteral(" ") + clockOf(text.mid(8)) : date) + zone;
}

QString shownTime(std::string const& value)
{
    QString const text = wide(value);
    return areDigits(text, 0, 4) && (text.size() == 4 || areDigits(text, 0, 6)) ? clockOf(text) : text;
}

SrPages::SrPages(std::shared_ptr<SrDocument const> document, Language language)
    : document_(std::move(document)), text_(std::make_unique<QTextDocument>())
{
    text_->setUndoRedoEnabled(false);
    text_->setDefaultFont(pageFont(textHeight));
    QTextOption breaks;
    breaks.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere); // a word longer than a line is cut off otherwise
    text_->setDefaultTextOption(breaks);
    Setter(*text_, *document_, language).setAll();
    QTextFrameFormat frame = text_->rootFrame()->frameFormat();
    frame.setMargin(units(margin));
    text_->rootFrame()->setFrameFormat(frame);
    text_->documentLayout()->setPaintDevice(nullptr);
    text_->setPageSize(QSizeF(units(sheetWidth), units(sheetHeight)));
    text_->pageCount(); // lays it out
    // Made beside the window and painted in it: the timers of its layout end in the thread that began them.
    if (auto const* const application = QCoreApplication::instance();
        QThread::currentThread() != application->thread()) {
        QCoreApplication::processEvents();
        text_->moveToThread(application->thread());
    }
}

QSizeF SrPages::size(std::size_t) const
{
    return {sheetWidth, sheetHeight};
}

void SrPages::paint(QPainter& painter, std::size_t page) const
{
    QRectF const sheet(0, 0, sheetWidth, sheetHeight);
    painter.save();
    painter.fillRect(sheet, QColor(0xFC, 0xFC, 0xFA));
    painter.setClipRect(sheet, Qt::IntersectClip);
    painter.scale(1 / textUnits, 1 / textUnits);
    double const top = units(sheetHeight) * static_cast<double>(page);
    painter.translate(0, -top);
    QRectF const part(0, top, units(sheetWidth), units(sheetHeight));
    QAbstractTextDocumentLayout::PaintContext context;
    context.clip = part;
    context.palette.setColor(QPalette::Text, ink);
    text_->documentLayout()->draw(&painter, context);
    painter.restore();
    if (count() > 1)
        paintPageText(painter, QRectF(0, sheetHeight - 8, sheetWidth, 5), Qt::AlignCenter,
                      QStringLiteral("%1 / %2").arg(page + 1).arg(count()), pageFont(smallHeight), quietInk);
}

} // namespace qianli::viewer
