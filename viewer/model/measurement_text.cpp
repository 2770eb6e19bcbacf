#include "viewer/model/measurement_text.h"

#include <array>
#include <cmath>

namespace qianli::viewer {
namespace {

QString pick(Language language, char const* chinese, char const* english)
{
    return QString::fromUtf8(language == Language::Chinese ? chinese : english);
}

QString number(double value, int decimals = 1)
{
    auto const text = QString::number(value, 'f', decimals);
    return text.startsWith('-') && text.toDouble() == 0 ? text.mid(1) : text;
}

// A nodule of half a millimetre is not "0.5" and a thorax not "283.41".
QString lengthNumber(double value)
{
    return number(value, std::abs(value) < 1 ? 2 : 1);
}

// At most one decimal, and none where it would be a zero.
QString valueNumber(double value)
{
    if (std::abs(value) > 0 && std::abs(value) < 1)
        return QString::number(value, 'g', 3);
    auto text = number(value);
    if (text.endsWith(".0"))
        text.chop(2);
    return text;
}

QString lackWords(Scale::Lack lack, Language language)
{
    switch (lack) {
    case Scale::Lack::BetweenRegions:
        return pick(language, "跨两个超声区域，无毫米", "across two ultrasound regions");
    case Scale::Lack::OutsideRegions:
        return pick(language, "不在超声区域内，无毫米", "outside the ultrasound regions");
    case Scale::Lack::NotALength:
        return pick(language, "此超声区域的坐标不是长度", "the axes of this ultrasound region are no lengths");
    case Scale::Lack::NoSpacing:
    case Scale::Lack::None:
        break;
    }
    return pick(language, "图像没有毫米标定", "no millimetres in the image");
}

QString originOf(Scale const& scale, Language language)
{
    return scale.origin ? originWords(*scale.origin, scale.magnification, language) : lackWords(scale.lack, language);
}

QString unitOf(UltrasoundUnit unit)
{
    static constexpr std::array<char const*, 13> names{"",     "%",   "dB",    "cm",  "s",     "Hz", "dB/s",
                                                       "cm/s", "cm²", "cm²/s", "cm³", "cm³/s", "°"};
    return QString::fromUtf8(names.at(static_cast<std::size_t>(unit)));
}

// 12.4 mm (患者平面)
QString lengthWords(double value, Scale const& scale, Language language)
{
    return scale.isMillimetres() ? QStringLiteral("%1 mm (%2)").arg(lengthNumber(value), originOf(scale, language))
                                 : QStringLiteral("%1 px (%2)").arg(number(value), originOf(scale, language));
}

QStringList axisWords(MeasuredValues const& values, Language language)
{
    auto const axis = [](double value, UltrasoundUnit unit) {
        return unit == UltrasoundUnit::None ? QString() : QStringLiteral("%1 %2").arg(number(value, 2), unitOf(unit));
    };
    QStringList parts{axis(*values.alongX, values.scale.region->unitX),
                      axis(*values.alongY, values.scale.region->unitY)};
    parts.removeAll(QString());
    if (parts.isEmpty())
        return {pick(language, "此超声区域没有单位", "this ultrasound region has no units")};
    return {QStringLiteral("Δ %1 (%2)").arg(parts.join(" · Δ "), pick(language, "超声区域", "ultrasound region"))};
}

QStringList ratioWords(MeasuredValues const& values, Language language)
{
    if (!values.ratio)
        return {pick(language, "心胸比 —", "CTR —")};
    auto const digits = [&](double value) {
        return values.scale.isMillimetres() ? lengthNumber(value) : number(value, 0);
    };
    // Both borders on one side of the midline: the heart is as wide as they lie apart, not their sum.
    double const heart = *values.ratio * *values.thorax;
    QString const unit = values.scale.isMillimetres() ? "mm" : "px";
    if (std::abs(*values.right + *values.left - heart) > 1e-6 * *values.thorax)
        return {pick(language, "心胸比 %1", "CTR %1").arg(number(*values.ratio, 2)),
                pick(language, "心影 %1（在中线一侧）/ 胸廓 %2 %3 (%4)", "heart %1 (on one side) / thorax %2 %3 (%4)")
                    .arg(digits(heart), digits(*values.thorax), unit, originOf(values.scale, language))};
    return {pick(language, "心胸比 %1", "CTR %1").arg(number(*values.ratio, 2)),
            pick(language, "右 %1 + 左 %2 / 胸廓 %3 %4 (%5)", "right %1 + left %2 / thorax %3 %4 (%5)")
                .arg(digits(*values.right), digits(*values.left), digits(*values.thorax), unit,
                     originOf(values.scale, language))};
}

QStringList statisticsWords(RoiStatistics const& statistics, QString const& unit, Language language)
{
    QString const padding = statistics.padding == 0
                                ? QString()
                                : pick(language, "  填充 %1 点不计", "  without %1 of padding").arg(statistics.padding);
    if (statistics.count == 0)
        return {pick(language, "区域内没有测量值", "no values inside") + padding};
    QString const space = unit.isEmpty() ? QString() : " " + unit;
    return {QStringLiteral("%1%2 ± %3").arg(valueNumber(statistics.mean), space, valueNumber(statistics.deviation)),
            pick(language, "最小 %1 最大 %2  %3 点", "min %1 max %2  n %3")
                    .arg(valueNumber(statistics.minimum), valueNumber(statistics.maximum))
                    .arg(statistics.count) +
                padding};
}

QStringList ellipseWords(MeasuredValues const& values, QString const& unit, Language language)
{
    QStringList lines;
    if (values.statistics)
        lines << statisticsWords(*values.statistics, unit, language);
    else if (values.isColour)
        lines << pick(language, "彩色图像，没有灰度统计", "a colour picture has no grey statistics");
    if (values.area)
        lines << QStringLiteral("%1 %2 (%3)")
                     .arg(number(*values.area, values.scale.isMillimetres() ? 1 : 0),
                          values.scale.isMillimetres() ? "mm²" : "px²", originOf(values.scale, language));
    return lines;
}

} // namespace

QString measurementName(MeasurementKind kind, Language language)
{
    switch (kind) {
    case MeasurementKind::Length:
        return pick(language, "长度", "Length");
    case MeasurementKind::Angle:
        return pick(language, "角度", "Angle");
    case MeasurementKind::Cobb:
        return pick(language, "Cobb 角", "Cobb");
    case MeasurementKind::CardiothoracicRatio:
        return pick(language, "心胸比", "Cardiothoracic ratio");
    case MeasurementKind::Ellipse:
        return pick(language, "椭圆", "Ellipse");
    case MeasurementKind::Calibration:
        break;
    }
    return pick(language, "标定", "Calibration");
}

QString originWords(SpacingOrigin origin, double magnification, Language language)
{
    switch (origin) {
    case SpacingOrigin::Patient:
        return pick(language, "患者平面", "patient plane");
    case SpacingOrigin::Localizer:
        return pick(language, "定位像，仅供参考", "localizer, approximate");
    case SpacingOrigin::Detector:
        return pick(language, "探测器平面", "detector plane");
    case SpacingOrigin::DetectorMagnified:
        return pick(language, "已按放大率 %1 校正", "corrected for magnification %1").arg(number(magnification, 2));
    case SpacingOrigin::Geometry:
        return pick(language, "已按几何放大校正", "corrected for geometry");
    case SpacingOrigin::Fiducial:
        return pick(language, "按标记物标定", "calibrated by a fiducial");
    case SpacingOrigin::Corrected:
        return pick(language, "设备已校正，方法未说明", "corrected by the device, not said how");
    case SpacingOrigin::Unstated:
        return pick(language, "所在平面未说明", "plane not stated");
    case SpacingOrigin::NominalScanned:
        return pick(language, "扫描胶片平面", "film as scanned");
    case SpacingOrigin::UltrasoundRegion:
        return pick(language, "超声区域", "ultrasound region");
    case SpacingOrigin::User:
        break;
    }
    return pick(language, "自定标", "own calibration");
}

QString nextPointWords(MeasurementKind kind, std::size_t placed, Language language)
{
    struct Words {
        char const *chinese, *english;
    };
    static constexpr std::array<Words, 6> ratio{{{"中线上端", "upper end of the midline"},
                                                 {"中线下端", "lower end of the midline"},
                                                 {"心影右缘", "right border of the heart"},
                                                 {"心影左缘", "left border of the heart"},
                                                 {"胸廓右内缘", "right inner edge of the thorax"},
                                                 {"胸廓左内缘", "left inner edge of the thorax"}}};
    static constexpr std::array<Words, 4> cobb{{{"上端椎线一端", "one end of the upper line"},
                                                {"上端椎线另一端", "other end of the upper line"},
                                                {"下端椎线一端", "one end of the lower line"},
                                                {"下端椎线另一端", "other end of the lower line"}}};
    static constexpr std::array<Words, 3> angle{
        {{"一边的端点", "end of one side"}, {"顶点", "vertex"}, {"另一边的端点", "end of the other side"}}};
    auto const from = [&](auto const& words) {
        return placed < words.size() ? pick(language, words[placed].chinese, words[placed].english) : QString();
    };
    return kind == MeasurementKind::CardiothoracicRatio ? from(ratio)
           : kind == MeasurementKind::Cobb              ? from(cobb)
           : kind == MeasurementKind::Angle             ? from(angle)
                                                        : QString();
}

QStringList measurementText(Measurement const& measurement, MeasuredValues const& values, QString const& unit,
                            Language language)
{
    if (measurement.points.size() != pointCount(measurement.kind))
        return {}; // not all of them are placed yet
    if (values.alongX)
        return axisWords(values, language);
    bool const isAngle = measurement.kind == MeasurementKind::Angle || measurement.kind == MeasurementKind::Cobb;
    if (values.scale.lack == Scale::Lack::NotALength && measurement.kind != MeasurementKind::Ellipse)
        return {lackWords(values.scale.lack, language)};
    if (isAngle) {
        QString const name = measurement.kind == MeasurementKind::Cobb ? QStringLiteral("Cobb ") : QString();
        QString text = values.degrees ? name + number(*values.degrees) + "°" : name + "—";
        if (values.wideDegrees)
            text += pick(language, " (补角 %1°)", " (or %1°)").arg(number(*values.wideDegrees));
        return {text};
    }
    switch (measurement.kind) {
    case MeasurementKind::CardiothoracicRatio:
        return ratioWords(values, language);
    case MeasurementKind::Ellipse:
        return ellipseWords(values, unit, language);
    case MeasurementKind::Calibration:
        if (measurement.knownMillimetres > 0)
            return {pick(language, "标定 %1 mm (自定标)", "calibrated %1 mm (own calibration)")
                        .arg(valueNumber(measurement.knownMillimetres))};
        return {};
    default:
        return values.length ? QStringList{lengthWords(*values.length, values.scale, language)} : QStringList();
    }
}

QString pointValueText(PointValue const& point, QString const& unit, Language language)
{
    QString const place = QStringLiteral("x %1  y %2").arg(point.column).arg(point.row);
    if (point.rgb)
        return place + QStringLiteral("  R %1 G %2 B %3")
                           .arg(*point.rgb >> 16)
                           .arg(*point.rgb >> 8 & 0xFF)
                           .arg(*point.rgb & 0xFF);
    if (point.isPadding)
        return place + "  " + pick(language, "填充", "padding");
    return place + "  " + valueNumber(point.value) + (unit.isEmpty() ? QString() : " " + unit);
}

} // namespace qianli::viewer
