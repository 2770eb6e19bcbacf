#include "viewer/report/report_checks.h"

#include "common/base/text.h"
#include "common/model/national_id.h"
#include "viewer/report/report_fonts.h"

#include <QFontDatabase>
#include <QRawFont>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace qianli::viewer {

namespace {

using Field = std::pair<std::string_view, std::string_view>; // what, value

bool needsNoGlyph(char32_t character)
{
    return character == '\n' || character == '\r' || character == '\t';
}

Result<void> checkFonts(std::string_view text, std::string_view what)
{
    auto const missing = charactersWithoutFont(text);
    if (missing.empty())
        return {};
    return fail(ErrorCode::Refused, fmt::format("the character U+{:04X} of the {} is in none of the report's fonts",
                                                static_cast<std::uint32_t>(missing.front()), what));
}

Result<void> compare(std::string_view what, std::array<Field, 3> const& sides)
{
    for (Field const& side : sides) {
        if (text::trim(side.second).empty())
            return fail(ErrorCode::Refused, fmt::format("{} is empty in the {}", what, side.first));
    }
    for (std::size_t i = 1; i < sides.size(); ++i) {
        if (text::trim(sides[i].second) != text::trim(sides[0].second))
            return fail(ErrorCode::Refused,
                        fmt::format("{} differs: '{}' in the {}, '{}' in the {}", what, sides[0].second, sides[0].first,
                                    sides[i].second, sides[i].first));
    }
    return {};
}

// What a passer-by may see of an ID; two that look alike so differ where they are masked.
Result<void> comparePatientIds(std::array<Field, 3> const& sides)
{
    std::array<std::string, 3> shown;
    std::array<Field, 3> masked;
    for (std::size_t i = 0; i < sides.size(); ++i) {
        shown[i] = model::maskedId(text::trim(sides[i].second));
        masked[i] = {sides[i].first, shown[i]};
    }
    QIANLI_TRY(compare("patient ID", masked));
    for (std::size_t i = 1; i < sides.size(); ++i)
        if (text::trim(sides[i].second) != text::trim(sides[0].second))
            return fail(ErrorCode::Refused, fmt::format("patient ID differs where it is masked: the {} and the {}",
                                                        sides[0].first, sides[i].first));
    return {};
}

} // namespace

std::vector<char32_t> charactersWithoutFont(std::string_view utf8)
{
    std::vector<QRawFont> fonts;
    for (QString const& family : reportFontFamilies()) {
        // Without the family QRawFont would silently be some other font.
        if (QFontDatabase::hasFamily(family))
            fonts.push_back(QRawFont::fromFont(QFont(family)));
    }
    std::vector<char32_t> missing;
    for (char32_t const character : text::toCodePoints(utf8)) {
        bool const found =
            needsNoGlyph(character) || std::any_of(fonts.begin(), fonts.end(), [&](QRawFont const& font) {
                return font.supportsCharacter(static_cast<uint>(character));
            });
        if (!found && std::find(missing.begin(), missing.end(), character) == missing.end())
            missing.push_back(character);
    }
    return missing;
}

Result<void> checkIdentity(model::ReportSubject const& images, model::ReportSubject const& task,
                           model::ReportSubject const& report)
{
    auto const sides = [&](auto const& value) {
        return std::array<Field, 3>{{{"images", value(images)}, {"task", value(task)}, {"report", value(report)}}};
    };
    using Subject = model::ReportSubject;
    QIANLI_TRY(compare("Study Instance UID", sides([](Subject const& s) -> std::string_view { return s.studyUid; })));
    QIANLI_TRY(compare("patient name", sides([](Subject const& s) -> std::string_view { return s.patientName; })));
    QIANLI_TRY(comparePatientIds(sides([](Subject const& s) -> std::string_view { return s.patientId; })));
    return compare("site", sides([](Subject const& s) -> std::string_view { return s.site.value; }));
}

Result<void> checkBeforeSigning(model::Report const& report)
{
    std::array<Field, 4> const required{{{"findings", report.text.findings},
                                         {"diagnosis", report.text.impression},
                                         {"author", report.author},
                                         {"issuing hospital", report.hospital}}};
    for (auto const& [what, value] : required) {
        if (text::trim(value).find_first_not_of(" \t\r\n") == std::string_view::npos)
            return fail(ErrorCode::Refused, fmt::format("the report has no {}", what));
    }
    for (std::string const* uid :
         {&report.srUid, &report.pdfUid, &report.srSeriesUid, &report.pdfSeriesUid, &report.subject.studyUid}) {
        if (uid->empty())
            return fail(ErrorCode::InvalidInput, "the report's UIDs are not fixed yet");
    }
    std::array<Field, 10> const printed{{{"patient's name", report.subject.patientName},
                                         {"patient ID", report.subject.patientId},
                                         {"findings", report.text.findings},
                                         {"diagnosis", report.text.impression},
                                         {"recommendation", report.text.recommendation},
                                         {"method", report.method},
                                         {"author's name", report.author},
                                         {"hospital's name", report.hospital},
                                         {"site's name", report.subject.siteName},
                                         {"study description", report.subject.studyDescription}}};
    for (auto const& [what, value] : printed) {
        if (!text::isUtf8(value))
            return fail(ErrorCode::InvalidInput, fmt::format("the {} is not UTF-8", what));
        QIANLI_TRY(checkFonts(value, what));
    }
    return {};
}

} // namespace qianli::viewer
