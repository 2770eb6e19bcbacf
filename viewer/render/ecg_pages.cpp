#include "viewer/render/ecg_pages.h"

#include "viewer/render/page_text.h"

#include <QPolygonF>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace qianli::viewer {

struct EcgPages::Colours {
    QColor paper, thin, thick, trace, words, quiet;
};

// Value → sheet. `middle`: the value at the middle of the box; what has no voltage fills its row.
struct EcgPages::Trace {
    double middle = 0, millimetresPerUnit = 0, baseline = 0;
    bool hasScale = false;
};

namespace {

constexpr double pulseSeconds = 0.2, nameHeight = 3.6, wordsHeight = 3.0, factsEnd = 9,
                 farOff = 2000; // millimetres: what a painter can still reckon with

double pixelsPerMillimetre(QPainter const& painter)
{
    QTransform const map = painter.deviceTransform();
    return std::max(0.01, std::sqrt(std::abs(map.m11() * map.m22() - map.m12() * map.m21())));
}

// In the cell's own unit: millivolts where it is a voltage.
double valueOf(WaveformGroup const& group, EcgCell const& cell, std::ptrdiff_t sample)
{
    if (sample < 0 || static_cast<std::size_t>(sample) >= group.samples)
        return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    for (auto const& part : cell.parts)
        sum += part.weight * group.value(part.channel, static_cast<std::size_t>(sample)) *
               group.channels[part.channel].millivoltsPerUnit.value_or(1);
    return sum;
}

double skewOf(WaveformGroup const& group, EcgCell const& cell)
{
    return cell.parts.empty() ? 0 : group.channels[cell.parts.front().channel].skew;
}

} // namespace

EcgPages::EcgPages(std::shared_ptr<Waveform const> waveform, EcgSettings const& settings, Language language)
    : waveform_(std::move(waveform)), settings_(settings), language_(language), measured_(measurementWords()),
      stated_(statementWords())
{
    std::map<double, double> known; // by width: there are few, and thousands of pages
    pages_ = layOutEcg(*waveform_, settings_, [this, &known](double width) {
        auto const [place, isNew] = known.try_emplace(width, 0);
        if (isNew)
            place->second = headerHeight(width);
        return place->second;
    });
    placeMarks();
}

QString EcgPages::say(char const* chinese, char const* english) const
{
    return QString::fromUtf8(language_ == Language::Chinese ? chinese : english);
}

EcgPages::Colours const& EcgPages::colours() const
{
    static Colours const light{{0xFF, 0xFB, 0xF8}, {0xF7, 0xD9, 0xD4}, {0xEE, 0xA8, 0xA0},
                               {0x14, 0x16, 0x1A}, {0x14, 0x16, 0x1A}, {0x5A, 0x55, 0x55}};
    static Colours const dark{{0x12, 0x14, 0x16}, {0x26, 0x2A, 0x2E}, {0x40, 0x46, 0x4C},
                              {0x7F, 0xE0, 0xB0}, {0xE8, 0xEB, 0xF0}, {0x9A, 0xA1, 0xAB}};
    return settings_.darkPaper ? dark : light;
}

bool EcgPages::inVolts(EcgPage const& page) const
{
    auto const& channels = waveform_->groups[page.group].channels;
    return std::all_of(channels.begin(), channels.end(), [](auto const& channel) { return channel.isVoltage(); });
}

EcgPages::Trace EcgPages::traceOf(EcgPage const& page, EcgCell const& cell) const
{
    WaveformGroup const& group = waveform_->groups[page.group];
    Trace trace;
    trace.baseline = cell.box.center().y();
    trace.hasScale = !cell.parts.empty() && group.channels[cell.parts.front().channel].isVoltage();
    if (trace.hasScale) {
        trace.millimetresPerUnit = settings_.gain;
        return trace;
    }
    // No scale: what the whole page of this channel spans fills four fifths of the row.
    double least = std::numeric_limits<double>::infinity(), most = -least;
    auto const first = static_cast<std::ptrdiff_t>(page.start * group.frequency);
    auto const last = static_cast<std::ptrdiff_t>((page.start + page.seconds) * group.frequency);
    for (std::ptrdiff_t sample = first; sample <= last && !cell.parts.empty(); ++sample)
        if (double const value = valueOf(group, cell, sample); std::isfinite(value)) {
            least = std::min(least, value);
            most = std::max(most, value);
        }
    if (least <= most) {
        trace.middle = (least + most) / 2;
        trace.millimetresPerUnit = cell.box.height() * 0.8 / std::max(most - least, 1e-9);
    }
    return trace;
}

std::optional<QPointF> EcgPages::traceAt(std::size_t pageIndex, std::size_t cellIndex, double seconds) const
{
    EcgPage const& page = pages_[pageIndex];
    EcgCell const& cell = page.cells[cellIndex];
    WaveformGroup const& group = waveform_->groups[page.group];
    Trace const trace = traceOf(page, cell);
    auto const sample = static_cast<std::ptrdiff_t>(std::lround((seconds - skewOf(group, cell)) * group.frequency));
    double const value = cell.parts.empty() ? std::numeric_limits<double>::quiet_NaN() : valueOf(group, cell, sample);
    if (!std::isfinite(value))
        return std::nullopt;
    return QPointF(cell.box.left() + (seconds - cell.start) * settings_.speed,
                   trace.baseline - (value - trace.middle) * trace.millimetresPerUnit);
}

// No electrocardiograph writes as many samples a page; a file may.
bool EcgPages::isSlow() const
{
    constexpr double mostSamples = 4e6;
    return std::any_of(pages_.begin(), pages_.end(), [this](EcgPage const& page) {
        double const length = page.cells.empty() ? 0 : page.cells.front().seconds;
        return static_cast<double>(page.cells.size()) * length * waveform_->groups[page.group].frequency > mostSamples;
    });
}

void EcgPages::paint(QPainter& painter, std::size_t index) const
{
    EcgPage const& page = pages_[index];
    painter.save();
    painter.fillRect(QRectF(QPointF(), page.size), colours().paper);
    paintPaper(painter, page);
    paintHeader(painter, page);
    painter.setRenderHint(QPainter::Antialiasing);
    for (EcgCell const& cell : page.cells)
        paintCell(painter, page, cell);
    paintMarks(painter, index, colours().quiet);
    painter.restore();
}

void EcgPages::paintPaper(QPainter& painter, EcgPage const& page) const
{
    QRectF const& paper = page.paper;
    painter.setRenderHint(QPainter::Antialiasing, false);
    // Below two and a half pixels a millimetre the thin lines would be a grey veil.
    for (int const step : {1, 5}) {
        if (step == 1 && pixelsPerMillimetre(painter) < 2.5)
            continue;
        QPen pen(step == 1 ? colours().thin : colours().thick);
        pen.setCosmetic(true);
        painter.setPen(pen);
        std::vector<QLineF> lines;
        for (double x = 0; x <= paper.width() + 1e-6; x += step)
            lines.emplace_back(paper.left() + x, paper.top(), paper.left() + x, paper.bottom());
        for (double y = 0; y <= paper.height() + 1e-6; y += step)
            lines.emplace_back(paper.left(), paper.top() + y, paper.right(), paper.top() + y);
        painter.drawLines(lines.data(), static_cast<int>(lines.size()));
    }
}

double EcgPages::headerHeight(double width) const
{
    double const lines = heightOfPageLines(measured_, width, pageFont(wordsHeight)) +
                         heightOfPageLines(stated_, width, pageFont(wordsHeight));
    return lines > 0 ? factsEnd + lines + 2 : factsEnd + 1;
}

void EcgPages::paintHeader(QPainter& painter, EcgPage const& page) const
{
    WaveformGroup const& group = waveform_->groups[page.group];
    QStringList facts{words(static_cast<std::size_t>(&page - pages_.data())),
                      filterWords(group),
                      say("采样 %1 Hz", "%1 Hz sampling").arg(shortNumber(group.frequency)),
                      timeWords(page),
                      page.isLastOfMore ? say("后面的没有显示", "the rest is not shown") : QString(),
                      group.originality == "DERIVED" ? say("由设备推算", "derived by the device") : QString(),
                      marksCut_ ? say("设备的标记没有全部显示", "not all marks of the device are shown") : QString(),
                      QString::fromStdString(group.label)};
    facts.removeAll(QString());
    double const width = page.size.width() - 2 * ecgMargin;
    paintPageText(painter, QRectF(ecgMargin, 3, width, 5), Qt::AlignLeft | Qt::AlignVCenter,
                  facts.join(QStringLiteral("    ")), pageFont(wordsHeight, true), colours().words);
    double y = factsEnd;
    for (auto const& [text, colour] : {std::pair(measured_, colours().words), std::pair(stated_, colours().quiet)})
        y += paintPageLines(painter, QPointF(ecgMargin, y), width, text, pageFont(wordsHeight), colour);
}

void EcgPages::paintCell(QPainter& painter, EcgPage const& page, EcgCell const& cell) const
{
    WaveformGroup const& group = waveform_->groups[page.group];
    Trace const trace = traceOf(page, cell);
    double const perMillimetre = pixelsPerMillimetre(painter);
    QPen pen(colours().trace);
    pen.setCosmetic(true);
    pen.setWidthF(std::clamp(0.3 * perMillimetre, 1.1, 6.0));
    pen.setJoinStyle(Qt::BevelJoin);
    painter.setPen(pen);
    if (cell.leadsRow && trace.hasScale)
        paintPulse(painter, cell, trace.baseline);

    double const skew = skewOf(group, cell);
    auto const first = static_cast<std::ptrdiff_t>(std::ceil((cell.start - skew) * group.frequency));
    auto const last = std::min(static_cast<std::ptrdiff_t>(group.samples) - 1,
                               static_cast<std::ptrdiff_t>((cell.start + cell.seconds - skew) * group.frequency));
    // Of the samples under one half pixel the highest and the lowest are drawn: no peak is lost, however small the
    // page.
    double const bucketWidth = 0.5 / perMillimetre;
    QPolygonF line;
    auto const flush = [&painter, &line] {
        if (line.size() == 1)
            painter.drawPoint(line.front());
        else if (!line.isEmpty())
            painter.drawPolyline(line);
        line.clear();
    };
    auto const pointOf = [&](std::ptrdiff_t sample, double value) {
        double const x =
            cell.box.left() + (static_cast<double>(sample) / group.frequency + skew - cell.start) * settings_.speed;
        double const y = trace.baseline - (value - trace.middle) * trace.millimetresPerUnit;
        return QPointF(x, std::clamp(y, cell.box.top() - farOff, cell.box.bottom() + farOff));
    };
    for (std::ptrdiff_t sample = std::max<std::ptrdiff_t>(first, 0); sample <= last && !cell.parts.empty();) {
        double const value = valueOf(group, cell, sample);
        if (!std::isfinite(value)) {
            flush();
            ++sample;
            continue;
        }
        QPointF low = pointOf(sample, value), high = low;
        double const end = low.x() + bucketWidth;
        for (++sample; sample <= last; ++sample) {
            double const next = valueOf(group, cell, sample);
            if (!std::isfinite(next))
                break;
            QPointF const point = pointOf(sample, next);
            if (point.x() >= end)
                break;
            low = point.y() > low.y() ? point : low;
            high = point.y() < high.y() ? point : high;
        }
        line << (low.x() <= high.x() ? low : high);
        if (low != high)
            line << (low.x() <= high.x() ? high : low);
    }
    flush();
    QString name = QString::fromStdString(cell.name);
    if (cell.parts.empty())
        name += say("  无此导联", "  not recorded");
    else if (cell.derived)
        name += say("（由 I、II 算出）", " (from I and II)");
    else if (!trace.hasScale)
        name += group.channels[cell.parts.front().channel].unit.empty()
                    ? say("  无灵敏度：只看形状", "  no sensitivity: shape only")
                    : QStringLiteral("  ") + QString::fromStdString(group.channels[cell.parts.front().channel].unit) +
                          say("：只看形状", ": shape only");
    paintPageText(painter, QRectF(cell.box.left() + 0.8, cell.box.top() + 0.6, cell.box.width() - 1, nameHeight * 1.4),
                  Qt::AlignLeft | Qt::AlignTop, name, pageFont(nameHeight, true), colours().words);
    if (cell.leadsRow || cell.start == page.start)
        return;
    // Where one lead ends and the next begins.
    painter.setPen(pen);
    painter.drawLine(QPointF(cell.box.left(), trace.baseline - 3), QPointF(cell.box.left(), trace.baseline + 3));
}

// One millivolt for 0.2 s, before the lead.
void EcgPages::paintPulse(QPainter& painter, EcgCell const& cell, double baseline) const
{
    double const width = std::min(pulseSeconds * settings_.speed, ecgPulseSpace - 2.0);
    double const left = cell.box.left() - width - 1;
    QPolygonF pulse;
    pulse << QPointF(left - 0.8, baseline) << QPointF(left, baseline) << QPointF(left, baseline - settings_.gain)
          << QPointF(left + width, baseline - settings_.gain) << QPointF(left + width, baseline)
          << QPointF(cell.box.left(), baseline);
    painter.drawPolyline(pulse);
}

QString EcgPages::words(std::size_t page) const
{
    QString const speed = shortNumber(settings_.speed) + QStringLiteral(" mm/s");
    auto const& channels = waveform_->groups[pages_[page].group].channels;
    bool const hasVolts =
        std::any_of(channels.begin(), channels.end(), [](auto const& channel) { return channel.isVoltage(); });
    return hasVolts ? speed + QStringLiteral("  ") + shortNumber(settings_.gain) + QStringLiteral(" mm/mV") : speed;
}

std::optional<PaperScale> EcgPages::scale(std::size_t page) const
{
    return PaperScale{settings_.speed, inVolts(pages_[page]) ? settings_.gain : 0};
}

PageChoice EcgPages::choice(char const* name, QString const& label, bool current, EcgSettings const& settings) const
{
    return {QString::fromLatin1(name),
            label,
            {},
            current,
            [waveform = waveform_, settings, language = language_]() -> std::shared_ptr<PageSource const> {
                return std::make_shared<EcgPages>(waveform, settings, language);
            }};
}

std::vector<PageChoices> EcgPages::choices() const
{
    auto const with = [this](auto change) {
        EcgSettings settings = settings_;
        change(settings);
        return settings;
    };
    PageChoices speeds, gains, rows, papers;
    for (auto const& [name, value] : {std::pair{"ecg.speed.25", 25.0}, std::pair{"ecg.speed.50", 50.0}})
        speeds.push_back(choice(name, shortNumber(value) + QStringLiteral(" mm/s"), settings_.speed == value,
                                with([v = value](EcgSettings& settings) { settings.speed = v; })));
    for (auto const& [name, value] :
         {std::pair{"ecg.gain.5", 5.0}, std::pair{"ecg.gain.10", 10.0}, std::pair{"ecg.gain.20", 20.0}})
        gains.push_back(choice(name, shortNumber(value) + QStringLiteral(" mm/mV"), settings_.gain == value,
                               with([v = value](EcgSettings& settings) { settings.gain = v; })));
    for (auto const& [name, label, value] : {std::tuple{"ecg.rows.4", "3×4+II", EcgRows::FourColumns},
                                             std::tuple{"ecg.rows.1", "12×1", EcgRows::OneColumn}})
        rows.push_back(choice(name, QString::fromUtf8(label), settings_.rows == value,
                              with([v = value](EcgSettings& settings) { settings.rows = v; })));
    papers.push_back(choice("ecg.paper.light", say("白纸", "Light"), !settings_.darkPaper,
                            with([](EcgSettings& settings) { settings.darkPaper = false; })));
    papers.push_back(choice("ecg.paper.dark", say("暗纸", "Dark"), settings_.darkPaper,
                            with([](EcgSettings& settings) { settings.darkPaper = true; })));
    std::vector<PageChoices> all{std::move(speeds), std::move(gains)};
    if (std::any_of(pages_.begin(), pages_.end(), [](EcgPage const& page) { return page.twelveLeads; }))
        all.push_back(std::move(rows));
    all.push_back(std::move(papers));
    return all;
}

} // namespace qianli::viewer
