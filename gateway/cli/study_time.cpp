#include "gateway/cli/study_time.h"

#include "common/base/text.h"
#include "common/model/clock_skew.h"
#include "common/model/missing_images.h"

#include <fmt/format.h>

namespace qianli::gateway::cli {
namespace {

std::string withSeparators(std::int64_t number)
{
    return number < 1000 ? fmt::format("{}", number)
                         : fmt::format("{},{:03}", withSeparators(number / 1000), number % 1000);
}

} // namespace

std::string spanForPeople(Duration span)
{
    std::int64_t const seconds = std::chrono::abs(std::chrono::duration_cast<std::chrono::seconds>(span)).count();
    struct Unit {
        std::int64_t seconds;
        char const* name;
    };
    for (auto const& [length, name] : {Unit{86400, "d"}, Unit{3600, "h"}, Unit{60, "min"}})
        if (seconds >= 2 * length - length / 60) // 1 h 59 min is two hours
            return fmt::format("{} {}", withSeparators((seconds + length / 2) / length), name);
    return fmt::format("{} s", seconds);
}

std::string clockWords(std::optional<Duration> skew)
{
    if (!skew || !model::isClockWrong(*skew))
        return {};
    return skew->count() < 0 ? fmt::format("device clock {} ahead", spanForPeople(*skew))
                             : fmt::format("device clock {} behind, or sent late", spanForPeople(*skew));
}

model::AgeJudgement ageOf(StudyRecord const& study)
{
    return model::judgeAge({study.header.patientBirthDate, study.header.patientAge, study.header.studyDate,
                            study.firstReceivedAt, study.clockSkew});
}

std::string ageWords(StudyRecord const& study)
{
    auto const judged = ageOf(study);
    std::string words;
    if (!study.header.patientAge.empty())
        words = fmt::format("given {}", text::escapeControl(study.header.patientAge));
    if (judged.derived)
        words +=
            fmt::format("{}{} by birth date on the {}{}", words.empty() ? "" : "; ", model::ageText(*judged.derived),
                        judged.atReceipt ? "day of receipt" : "study's date", judged.disagree ? ": they disagree" : "");
    return words;
}

std::string missingWords(std::string_view missing)
{
    auto const parsed = model::parseMissingImages(missing);
    return parsed ? model::inWords(*parsed) : std::string(missing);
}

} // namespace qianli::gateway::cli
