#include "viewer/report/report_pdf.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "viewer/report/page_composer.h"
#include "viewer/report/pdf_text_map.h"
#include "viewer/report/report_checks.h"
#include "viewer/report/report_fonts.h"
#include "viewer/report/report_format.h"

#include <QBuffer>
#include <QPageLayout>
#include <QPainter>
#include <QPdfWriter>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <qrencode.h>
#include <utility>

namespace qianli::viewer {

namespace {

using model::Report;

constexpr int resolution = 600;
constexpr double pageWidth = 210;
constexpr double pageHeight = 297;
constexpr double margin = 17;
constexpr double firstHeaderBottom = 45;
constexpr double nextHeaderBottom = 27;
constexpr double footerTop = 279;
constexpr double qrSize = 20;
constexpr double signatureHeight = 21;
constexpr double bodyPoints = 11;
constexpr double bodySpacing = 1.5;
constexpr double cellPoints = 9.5;

QColor const ink(0, 0, 0);
QColor const labelInk(70, 70, 70); // still dark when printed in grey
QColor const ruleInk(120, 120, 120);

QString qt(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

std::string subjectLine(Report const& report)
{
    model::ReportSubject const& subject = report.subject;
    bool const isAccession = !subject.accessionNumber.empty();
    return fmt::format("姓名：{}　性别：{}　年龄：{}　病人ID：{}　{}：{}", printedName(subject.patientName),
                       printedSex(subject.sex), printedAge(subject), subject.patientId,
                       isAccession ? "检查号" : "检查 ID", isAccession ? subject.accessionNumber : subject.studyId);
}

// A long name of a hospital stays on its line, clear of the verification code.
double hospitalPoints(std::string_view hospital)
{
    constexpr double largest = 20;
    constexpr double room = 128; // millimetres
    auto const characters = static_cast<double>(std::max<std::size_t>(text::toCodePoints(hospital).size(), 1));
    return std::min(largest, room / characters / 25.4 * 72);
}

// Paints one report; all positions in millimetres of the page.
class ReportPainter {
public:
    ReportPainter(Report const& report, std::vector<KeyImage> const& keyImages, QPdfWriter& writer)
        : report_(report), keyImages_(keyImages), writer_(writer), unit_(resolution / 25.4),
          composer_(writer,
                    {margin * unit_, (pageWidth - 2 * margin) * unit_, firstHeaderBottom * unit_,
                     nextHeaderBottom * unit_, (footerTop - 3) * unit_},
                    painted_)
    {
    }

    int paint();
    // All text, in the order in which it was painted.
    QString const& painted() const { return painted_; }

private:
    struct Cell {
        QString label;
        QString value;
        double width; // share of the row
    };

    void compose();
    void addGrid();
    void addGridRow(std::vector<Cell> const& cells);
    void addSection(char const* heading, std::string const& content);
    void addKeyImages();
    void addKeyImageRow(std::size_t first, std::size_t count, double rowHeight);
    void addSignatures();
    void drawLetterhead(QPainter& painter) const;
    void drawNextHeader(QPainter& painter) const;
    void drawFooter(QPainter& painter, std::size_t page) const;
    void drawQr(QPainter& painter, double left, double top, double size) const;
    void rule(QPainter& painter, double x1, double y, double x2, double thickness, QColor const& colour) const;
    void write(QPainter& painter, QRectF const& millimetres, int flags, double points, QColor const& colour,
               QString const& text) const;

    Report const& report_;
    std::vector<KeyImage> const& keyImages_;
    QPdfWriter& writer_;
    double unit_; // device units in a millimetre
    mutable QString painted_;
    PageComposer composer_;
};

void ReportPainter::rule(QPainter& painter, double x1, double y, double x2, double thickness,
                         QColor const& colour) const
{
    painter.fillRect(QRectF(x1 * unit_, y * unit_, (x2 - x1) * unit_, thickness * unit_), colour);
}

void ReportPainter::write(QPainter& painter, QRectF const& millimetres, int flags, double points, QColor const& colour,
                          QString const& text) const
{
    painter.setFont(reportFont(points));
    painter.setPen(colour);
    QRectF const area(millimetres.x() * unit_, millimetres.y() * unit_, millimetres.width() * unit_,
                      millimetres.height() * unit_);
    painter.drawText(area, flags | Qt::TextDontClip, text);
    painted_ += text;
}

void ReportPainter::drawQr(QPainter& painter, double left, double top, double size) const
{
    std::unique_ptr<QRcode, decltype(&QRcode_free)> const code(
        QRcode_encodeString8bit(report_.srUid.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
    if (!code)
        return;
    double const module = size / code->width * unit_;
    for (int y = 0; y < code->width; ++y) {
        for (int x = 0; x < code->width;) {
            int run = 0;
            while (x + run < code->width && (code->data[y * code->width + x + run] & 1) != 0)
                ++run;
            if (run > 0)
                painter.fillRect(
                    QRectF(left * unit_ + x * module, top * unit_ + y * module, run * module, module * 1.02), ink);
            x += std::max(run, 1);
        }
    }
}

void ReportPainter::drawLetterhead(QPainter& painter) const
{
    double const right = pageWidth - margin;
    double const centre = pageWidth - 2 * margin;
    write(painter, {margin, 12, centre, 10}, Qt::AlignCenter, hospitalPoints(report_.hospital), ink,
          qt(report_.hospital));
    write(painter, {margin, 23, centre, 9}, Qt::AlignCenter, 15, ink, QStringLiteral("影像诊断报告单"));
    write(painter, {margin, 34.5, centre - qrSize - 4, 5}, Qt::AlignLeft | Qt::AlignVCenter, 9.5, labelInk,
          QStringLiteral("检查机构：%1").arg(qt(report_.subject.siteName)));
    drawQr(painter, right - qrSize, 12, qrSize);
    write(painter, {right - qrSize - 4, 33, qrSize + 8, 4}, Qt::AlignCenter, 7, labelInk, QStringLiteral("报告核验码"));
    rule(painter, margin, 40.5, right, 0.6, ink);
    rule(painter, margin, 41.6, right, 0.2, ink);
}

void ReportPainter::drawNextHeader(QPainter& painter) const
{
    double const width = pageWidth - 2 * margin;
    write(painter, {margin, 11, width, 6}, Qt::AlignLeft | Qt::AlignVCenter, 11, ink,
          QStringLiteral("%1　影像诊断报告单（续页）").arg(qt(report_.hospital)));
    write(painter, {margin, 17, width, 5}, Qt::AlignLeft | Qt::AlignVCenter, 9.5, ink, qt(subjectLine(report_)));
    rule(painter, margin, 23, pageWidth - margin, 0.4, ink);
}

void ReportPainter::drawFooter(QPainter& painter, std::size_t page) const
{
    double const width = pageWidth - 2 * margin;
    rule(painter, margin, footerTop, pageWidth - margin, 0.2, ruleInk);
    write(painter, {margin, footerTop + 1, width, 5}, Qt::AlignLeft | Qt::AlignVCenter, 9, ink,
          QStringLiteral("本报告供临床医师参考"));
    write(painter, {margin, footerTop + 1, width, 5}, Qt::AlignRight | Qt::AlignVCenter, 9, ink,
          QStringLiteral("第 %1 页 共 %2 页").arg(page + 1).arg(composer_.pageCount()));
    write(painter, {margin, footerTop + 6, width, 4}, Qt::AlignLeft | Qt::AlignVCenter, 7, labelInk,
          QStringLiteral("报告标识（SR UID）： %1").arg(qt(report_.srUid)));
}

void ReportPainter::addGridRow(std::vector<Cell> const& cells)
{
    constexpr double labelWidth = 17;
    constexpr double padding = 1.4;
    struct Placed {
        double left, width;
        QString label;
        std::shared_ptr<QTextLayout> value;
    };
    std::vector<Placed> placed;
    double x = margin;
    double height = 0;
    for (Cell const& cell : cells) {
        double const width = cell.width * (pageWidth - 2 * margin);
        auto layout =
            layOutText(cell.value, reportFont(cellPoints), writer_, (width - labelWidth - padding) * unit_, 1.0);
        height = std::max(height, heightOf(*layout, 1.0) / unit_ + 2 * padding);
        placed.push_back({x, width, cell.label, std::move(layout)});
        x += width;
    }
    height = std::max(height, 7.0);
    composer_.addBlock(height * unit_, 0, [this, placed, height](QPainter& painter, double top) {
        double const y = top / unit_;
        for (Placed const& cell : placed) {
            write(painter, {cell.left, y, 16, height}, Qt::AlignLeft | Qt::AlignVCenter, cellPoints, labelInk,
                  cell.label);
            painter.setPen(ink);
            double const textTop = top + (height * unit_ - heightOf(*cell.value, 1.0)) / 2;
            painted_ += cell.value->text();
            cell.value->draw(&painter, QPointF((cell.left + 17) * unit_, textTop));
        }
        rule(painter, margin, y + height, pageWidth - margin, 0.15, ruleInk);
    });
}

void ReportPainter::addGrid()
{
    model::ReportSubject const& subject = report_.subject;
    std::string item = subject.studyDescription;
    std::string const part = printedBodyPart(subject.bodyPart);
    if (!part.empty() && item.find(part) == std::string::npos)
        item += item.empty() ? part : "（" + part + "）";
    addGridRow({{QStringLiteral("姓名"), qt(printedName(subject.patientName)), 0.28},
                {QStringLiteral("性别"), qt(printedSex(subject.sex)), 0.20},
                {QStringLiteral("年龄"), qt(printedAge(subject)), 0.20},
                {QStringLiteral("出生日期"), qt(printedDateTime(subject.birthDate, {})), 0.32}});
    addGridRow({{QStringLiteral("病人 ID"), qt(subject.patientId), 0.48},
                {QStringLiteral("检查 ID"), qt(subject.studyId), 0.20},
                {QStringLiteral("检查号"), qt(subject.accessionNumber), 0.32}});
    addGridRow({{QStringLiteral("检查项目"), qt(item), 0.48},
                {QStringLiteral("检查设备"), qt(printedModality(subject.modality)), 0.52}});
    addGridRow({{QStringLiteral("送检机构"), qt(subject.siteName), 0.48},
                {QStringLiteral("送检医师"), qt(printedName(subject.referringPhysician)), 0.20},
                {QStringLiteral("检查时间"), qt(printedDateTime(subject.studyDate, subject.studyTime)), 0.32}});
    composer_.addSpace(3 * unit_);
}

void ReportPainter::addSection(char const* heading, std::string const& content)
{
    std::string_view const trimmed = text::trim(content);
    if (trimmed.empty())
        return;
    QString const title = QString::fromUtf8(heading);
    // A heading never stands alone at the foot of a page.
    composer_.addBlock(8.5 * unit_, 14 * unit_, [this, title](QPainter& painter, double top) {
        painter.fillRect(QRectF(margin * unit_, top + 1.6 * unit_, 1.3 * unit_, 5 * unit_), ink);
        write(painter, {margin + 3, top / unit_ + 1, 80, 6.2}, Qt::AlignLeft | Qt::AlignVCenter, 12, ink, title);
    });
    QString body = qt(trimmed);
    body.remove(QLatin1Char('\r'));
    while (body.endsWith(QLatin1Char('\n')))
        body.chop(1);
    composer_.addText(body, reportFont(bodyPoints), 3 * unit_, bodySpacing);
    composer_.addSpace(3.5 * unit_);
}

void ReportPainter::addKeyImageRow(std::size_t first, std::size_t count, double rowHeight)
{
    constexpr double gap = 6;
    constexpr double captionHeight = 6;
    double const cellWidth = (pageWidth - 2 * margin - gap) / 2;
    composer_.addBlock(rowHeight * unit_, 0, [this, first, count, rowHeight, cellWidth](QPainter& painter, double top) {
        double const rowWidth = static_cast<double>(count) * cellWidth + static_cast<double>(count - 1) * gap;
        double x = margin + (pageWidth - 2 * margin - rowWidth) / 2;
        for (std::size_t i = first; i < first + count; ++i, x += cellWidth + gap) {
            QImage const& picture = keyImages_[i].picture;
            QRectF const space(x * unit_, top, cellWidth * unit_, (rowHeight - captionHeight - 2) * unit_);
            QSizeF const size = QSizeF(picture.size()).scaled(space.size(), Qt::KeepAspectRatio);
            QRectF const area(space.center() - QPointF(size.width() / 2, size.height() / 2), size);
            painter.drawImage(area, picture);
            write(painter, {x, space.bottom() / unit_ + 0.8, cellWidth, captionHeight - 1},
                  Qt::AlignHCenter | Qt::AlignTop, 8.5, labelInk, qt(keyImages_[i].caption));
        }
    });
}

void ReportPainter::addKeyImages()
{
    if (keyImages_.empty())
        return;
    constexpr double headingHeight = 9;
    constexpr double largestRow = 72;
    constexpr double smallestRow = 48;
    std::size_t const rows = (keyImages_.size() + 1) / 2;
    double const room = composer_.remaining() / unit_ - signatureHeight - headingHeight - 2;
    // As large as the page still allows; on a page of their own when that would be too small to show anything.
    double const fitting = room / static_cast<double>(rows);
    double const rowHeight = fitting >= smallestRow ? std::min(fitting, largestRow) : largestRow;
    composer_.addBlock(headingHeight * unit_, rowHeight * unit_, [this](QPainter& painter, double top) {
        painter.fillRect(QRectF(margin * unit_, top + 1.6 * unit_, 1.3 * unit_, 5 * unit_), ink);
        write(painter, {margin + 3, top / unit_ + 1, 80, 6.2}, Qt::AlignLeft | Qt::AlignVCenter, 12, ink,
              QStringLiteral("关键图像"));
    });
    for (std::size_t first = 0; first < keyImages_.size(); first += 2)
        addKeyImageRow(first, std::min<std::size_t>(2, keyImages_.size() - first), rowHeight);
}

void ReportPainter::addSignatures()
{
    composer_.moveToBottom(signatureHeight * unit_);
    composer_.addBlock(signatureHeight * unit_, 0, [this](QPainter& painter, double top) {
        double const y = top / unit_;
        double const half = (pageWidth - 2 * margin) / 2;
        rule(painter, margin, y, pageWidth - margin, 0.4, ink);
        write(painter, {margin, y + 3, half, 6}, Qt::AlignLeft | Qt::AlignVCenter, 11, ink,
              QStringLiteral("报告医师：%1").arg(qt(report_.author)));
        write(painter, {margin, y + 9, half, 5}, Qt::AlignLeft | Qt::AlignVCenter, 9.5, ink,
              QStringLiteral("报告时间：%1").arg(qt(toLocalText(report_.signedAt))));
        write(painter, {margin + half, y + 3, half, 6}, Qt::AlignLeft | Qt::AlignVCenter, 11, ink,
              QStringLiteral("审核医师：未经审核"));
        write(painter, {margin + half, y + 9, half, 5}, Qt::AlignLeft | Qt::AlignVCenter, 9.5, ink,
              QStringLiteral("审核时间：—"));
        write(painter, {margin, y + 15, 2 * half, 4.5}, Qt::AlignLeft | Qt::AlignVCenter, 8, labelInk,
              QStringLiteral("本报告由报告医师数字签名，签名可用标准 DICOM 工具核验。"));
    });
}

void ReportPainter::compose()
{
    addGrid();
    addSection("检查方法", report_.method);
    addSection("检查所见", report_.text.findings);
    addSection("影像诊断", report_.text.impression);
    addSection("建议", report_.text.recommendation);
    addKeyImages();
    addSignatures();
}

int ReportPainter::paint()
{
    compose();
    QPainter painter(&writer_);
    if (!painter.isActive())
        return 0;
    painter.setRenderHint(QPainter::LosslessImageRendering);
    for (std::size_t page = 0; page < composer_.pageCount(); ++page) {
        if (page > 0)
            writer_.newPage();
        page == 0 ? drawLetterhead(painter) : drawNextHeader(painter);
        composer_.drawPage(page, painter);
        drawFooter(painter, page);
    }
    return static_cast<int>(composer_.pageCount());
}

Result<void> checkPrintable(Report const& report, std::vector<KeyImage> const& keyImages)
{
    if (keyImages.size() > static_cast<std::size_t>(maximumKeyImages))
        return fail(ErrorCode::LimitExceeded, fmt::format("a report has at most {} key images", maximumKeyImages));
    QIANLI_TRY(checkReportFonts());
    QIANLI_TRY(checkBeforeSigning(report));
    for (KeyImage const& image : keyImages) {
        if (image.picture.isNull())
            return fail(ErrorCode::InvalidInput, "a key image is empty");
        if (!charactersWithoutFont(image.caption).empty())
            return fail(ErrorCode::Refused, "a character of a key image's caption is in none of the report's fonts");
    }
    return {};
}

} // namespace

Result<PdfPages> writeReportPdf(Report const& report, std::vector<KeyImage> const& keyImages,
                                std::filesystem::path const& path)
{
    QIANLI_TRY(checkPrintable(report, keyImages));
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    PdfPages pages;
    QString painted;
    {
        QPdfWriter writer(&buffer);
        writer.setResolution(resolution);
        writer.setPageLayout(QPageLayout(QPageSize(QPageSize::A4), QPageLayout::Portrait, QMarginsF(0, 0, 0, 0)));
        writer.setTitle(QStringLiteral("影像诊断报告单 %1").arg(qt(report.srUid)));
        writer.setCreator(QStringLiteral("Qianli"));
        ReportPainter painter(report, keyImages, writer);
        pages.count = painter.paint();
        painted = painter.painted();
    }
    if (pages.count == 0)
        return fail(ErrorCode::Internal, "the PDF can't be painted");
    bytes = withCompleteTextMaps(bytes, painted, reportFontFamilies());
    QIANLI_TRY(writeFileDurably(path, {bytes.constData(), static_cast<std::size_t>(bytes.size())}));
    return pages;
}

} // namespace qianli::viewer
