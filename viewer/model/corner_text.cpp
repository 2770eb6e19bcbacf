#include "viewer/model/corner_text.h"

#include "common/model/national_id.h"
#include "viewer/model/geometry_text.h"
#include "viewer/model/window_text.h"

#include <fmt/format.h>

#include <utility>

namespace qianli::viewer {
namespace {

// Takes a formatted line in UTF-8.
QString toText(std::string const& utf8)
{
    return QString::fromStdString(utf8);
}

void append(QStringList& lines, QString const& line)
{
    if (!line.trimmed().isEmpty())
        lines.append(line.trimmed());
}

QString dateText(std::string const& date)
{
    return date.size() == 8 ? toText(date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 2))
                            : toText(date);
}

// Old devices write "12:31:05" where the standard now has "123105".
QString timeText(std::string time)
{
    std::erase(time, ':');
    return time.size() >= 4 ? toText(time.substr(0, 2) + ":" + time.substr(2, 2)) : QString();
}

QString sexText(std::string const& sex, Language language)
{
    if (language == Language::English)
        return toText(sex);
    return sex == "M"   ? QStringLiteral("男")
           : sex == "F" ? QStringLiteral("女")
           : sex == "O" ? QStringLiteral("其他")
                        : QString();
}

// At most one decimal, and none where it would be a zero.
std::string number(double value)
{
    auto text = fmt::format("{:.1f}", value);
    if (text.ends_with(".0"))
        text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

QString ageText(ImageAttributes const& image, QString const& known, Language language)
{
    return known.isEmpty() ? toText(displayAge(image.patient, image.study.date, language)) : known;
}

QStringList patientLines(ImageAttributes const& image, KnownOfCase const& known, Language language)
{
    QStringList lines;
    // What the object doesn't say is said: an empty place could be anybody.
    QString const name = toText(displayName(image.patient.name)).trimmed();
    QString const id = toText(model::maskedId(image.patient.id)).trimmed();
    bool const chinese = language == Language::Chinese;
    append(lines, !name.isEmpty() ? name : chinese ? QStringLiteral("（无姓名）") : QStringLiteral("(no name)"));
    append(lines, !id.isEmpty() ? id : chinese ? QStringLiteral("（无编号）") : QStringLiteral("(no ID)"));
    append(lines, sexText(image.patient.sex, language) + QStringLiteral(" ") + ageText(image, known.age, language));
    if (auto const other = otherAge(image.patient, image.study.date, language);
        !other.empty() && toText(other) != known.age)
        append(lines, (language == Language::Chinese ? QStringLiteral("设备写 ") : QStringLiteral("device says ")) +
                          toText(other));
    append(lines, known.site.isEmpty() ? toText(image.study.institution) : known.site);
    return lines;
}

QString studyTime(ImageAttributes const& image)
{
    return (dateText(image.study.date) + QStringLiteral(" ") + timeText(image.study.time)).trimmed();
}

// "R AP": which of two it is, by the image's Image Laterality (0020,0062) or the series' Laterality (0020,0060), and
// the projection. U, unpaired, says nothing. Where the two contradict each other both are said.
QString sideLine(ImageAttributes const& image, Language language)
{
    auto const sideOf = [](std::string const& value) { return value == "U" ? std::string() : value; };
    std::string const own = sideOf(image.imageLaterality), series = sideOf(image.series.laterality);
    QString line = toText(own.empty() ? series : own);
    if (!own.empty() && !series.empty() && own != series)
        line += (language == Language::Chinese ? QStringLiteral("（序列写 %1）") : QStringLiteral(" (series says %1)"))
                    .arg(toText(series));
    return line + QStringLiteral(" ") + toText(image.viewPosition);
}

QStringList seriesLines(ImageAttributes const& image, Language language)
{
    QStringList lines;
    append(lines, studyTime(image));
    append(lines, toText(fmt::format("{} {}", image.series.modality, image.series.bodyPart)));
    append(lines, toText(fmt::format("#{} {}", image.series.number, image.series.description)));
    append(lines, sideLine(image, language));
    return lines;
}

// Where a slice cuts the patient axis it is most nearly square to: of a tilted one what the scanner prints.
double placeAlongPatient(ImagePlane const& plane)
{
    Vector3 const n = plane.normal();
    double const x = std::abs(n.x), y = std::abs(n.y), z = std::abs(n.z);
    return dot(plane.position, n) / (x > y && x > z ? n.x : y > z ? n.y : n.z);
}

// "TR 500  TE 14  b 800"
std::string sequenceText(SliceDescription const& description)
{
    std::string text;
    auto const add = [&text](char const* name, std::optional<double> const& value) {
        if (value)
            text += fmt::format("{}{} {}", text.empty() ? "" : "  ", name, number(*value));
    };
    add("TR", description.repetitionTime);
    add("TE", description.echoTime);
    add("TI", description.inversionTime);
    add("b", description.bValue);
    return text;
}

QStringList sliceLines(Stack const& stack, std::size_t index, Language language)
{
    QStringList lines;
    auto const& entry = stack.entries[index];
    auto const& frame = entry.attributes();
    auto const& exposure = entry.image->exposure;
    append(lines, toText(fmt::format("{}/{}", index + 1, stack.entries.size())));
    if (auto const missing = entry.image->missingFrames; missing > 0)
        append(lines, language == Language::Chinese ? QStringLiteral("缺 %1 帧").arg(missing)
                                                    : QStringLiteral("%1 frames missing").arg(missing));
    std::string place;
    if (frame.sliceThickness > 0)
        place = fmt::format("{} {} mm", language == Language::Chinese ? "层厚" : "T", number(frame.sliceThickness));
    // Slices as far apart as they are thick need no second number.
    if (stack.geometry && stack.geometry->spacing > 0 && !stack.geometry->uneven &&
        std::abs(stack.geometry->spacing - frame.sliceThickness) > 0.02 * stack.geometry->spacing)
        place += fmt::format("  {} {} mm", language == Language::Chinese ? "层距" : "every",
                             number(stack.geometry->spacing));
    if (frame.plane && frame.inPatient && stack.kind == StackKind::Slices)
        place += fmt::format("  {} {}", language == Language::Chinese ? "位置" : "P",
                             number(placeAlongPatient(*frame.plane)));
    append(lines, toText(place));
    if (stack.geometry)
        for (auto const& line : geometryLines(*stack.geometry, language))
            append(lines, toText(line));
    append(lines, toText(sequenceText(frame.description)));
    std::string beam;
    if (exposure.kvp > 0)
        beam = number(exposure.kvp) + " kV";
    if (exposure.mas > 0)
        beam += fmt::format("  {} mAs", number(exposure.mas));
    else if (exposure.tubeCurrent > 0)
        beam += fmt::format("  {} mA", number(exposure.tubeCurrent));
    append(lines, toText(beam));
    return lines;
}

// Without the zoom.
QStringList viewLines(ImageAttributes const& image, FrameAttributes const& frame, ViewState const& state,
                      Pixels const* pixels, Language language)
{
    QStringList lines;
    if (image.lossy)
        append(lines, language == Language::Chinese ? QStringLiteral("有损压缩") : QStringLiteral("LOSSY"));
    if (pixels) {
        QString line = pixels->isColour ? QString() : windowText(frame.grey, state.voi, language);
        // Of colours most of all: inverted, flow towards the probe looks like flow away from it.
        if (state.inversion == Inversion::Inverted)
            line += language == Language::Chinese ? QStringLiteral(" 反相") : QStringLiteral(" inverted");
        append(lines, line);
    }
    append(lines, turnedText(state.orientation, language));
    return lines;
}

std::string opposite(std::string const& letters)
{
    std::string mirrored;
    for (char const letter : letters) {
        static constexpr std::string_view here = "LRAPHF";
        static constexpr std::string_view there = "RLPAFH";
        auto const at = here.find(letter);
        mirrored += at == std::string_view::npos ? letter : there[at];
    }
    return mirrored;
}

struct EdgeLetters { // towards the picture's own right and bottom
    std::string right, bottom;
};

// From the plane; a projection says it in Patient Orientation (0020,0020): "row\column".
EdgeLetters edgeLetters(ImageAttributes const& image, FrameAttributes const& frame)
{
    if (frame.plane && !frame.inPatient)
        return {};
    if (frame.plane)
        return {orientationLetters(frame.plane->row), orientationLetters(frame.plane->column)};
    auto const separator = image.patientOrientation.find('\\');
    if (separator == std::string::npos)
        return {};
    return {image.patientOrientation.substr(0, separator), image.patientOrientation.substr(separator + 1)};
}

void placeLetters(EdgeLetters const& letters, ScreenOrientation const& orientation, CornerText& text)
{
    // The four edges of the picture, clockwise from the top.
    QString edges[4] = {toText(opposite(letters.bottom)), toText(letters.right), toText(letters.bottom),
                        toText(opposite(letters.right))};
    if (orientation.mirrored())
        std::swap(edges[1], edges[3]);
    auto const at = [&](int edge) { return edges[(edge + 4 - orientation.quarterTurns()) % 4]; };
    text.top = at(0);
    text.right = at(1);
    text.bottom = at(2);
    text.left = at(3);
}

} // namespace

CornerText cornerText(Stack const& stack, ViewState const& state, Pixels const* pixels, QSizeF viewport,
                      KnownOfCase const& known, Language language)
{
    CornerText text;
    if (stack.empty())
        return text;
    std::size_t const index = std::min(state.index, stack.entries.size() - 1);
    auto const& entry = stack.entries[index];
    auto const& image = *entry.image;
    auto const& frame = entry.attributes();
    auto const rows = pixels ? pixels->rows : image.format.rows;
    auto const columns = pixels ? pixels->columns : image.format.columns;
    ViewMapping const mapping(std::max(rows, 1u), std::max(columns, 1u), frame.pixelAspect, state, viewport);
    text.topLeft = patientLines(image, known, language);
    text.date = studyTime(image);
    text.topRight = seriesLines(image, language);
    append(text.topRight, toText(stack.label.in(language)));
    append(text.bottomLeft, known.link);
    text.bottomLeft += sliceLines(stack, index, language);
    text.bottomRight = viewLines(image, frame, state, pixels, language);
    append(text.bottomRight, toText(fmt::format("{}%", static_cast<int>(mapping.zoom() * 100 + 0.5))));
    placeLetters(edgeLetters(image, frame), state.orientation, text);
    return text;
}

CornerText keyPictureText(StackEntry const& entry, ViewState const& state, Pixels const& pixels, Language language)
{
    CornerText text;
    append(text.topRight, sideLine(*entry.image, language));
    text.bottomRight = viewLines(*entry.image, entry.attributes(), state, &pixels, language);
    placeLetters(edgeLetters(*entry.image, entry.attributes()), state.orientation, text);
    return text;
}

QString turnedText(ScreenOrientation const& orientation, Language language)
{
    bool const chinese = language == Language::Chinese;
    int const turns = orientation.quarterTurns();
    if (orientation.mirrored() && turns == 0)
        return chinese ? QStringLiteral("左右翻转") : QStringLiteral("flipped left-right");
    if (orientation.mirrored() && turns == 2)
        return chinese ? QStringLiteral("上下翻转") : QStringLiteral("flipped up-down");
    if (turns == 0)
        return {};
    QString const turned = (chinese ? QStringLiteral("顺时针转 %1°") : QStringLiteral("turned %1° clockwise")).arg(turns * 90);
    return !orientation.mirrored() ? turned
                                   : (chinese ? QStringLiteral("左右翻转后") : QStringLiteral("flipped left-right, ")) + turned;
}

} // namespace qianli::viewer
