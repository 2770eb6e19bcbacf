#include "viewer/ui/study_order.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/words.h"

#include <algorithm>

namespace qianli::viewer {

namespace {
// HHMMSS of a TM with any of its parts missing at the end (PS3.5 6.2), and of "09:15:00" as old devices write it.
std::string secondsOf(std::string const& time)
{
    std::string digits;
    for (char const one : time.substr(0, time.find('.')))
        if (one >= '0' && one <= '9')
            digits += one;
    return digits.size() < 4 ? std::string() : digits + std::string(6 - std::min<std::size_t>(6, digits.size()), '0');
}

QString hourOf(StudyMoment const& moment)
{
    return timeWord(secondsOf(moment.time));
}

bool isOfSameDay(StudyMoment const& other, StudyMoment const& ofCase)
{
    return !other.date.empty() && other.date == ofCase.date;
}
} // namespace

StudyOrder orderOf(StudyMoment const& other, StudyMoment const& ofCase)
{
    if (other.date.empty() || ofCase.date.empty())
        return StudyOrder::Unknown;
    if (other.date != ofCase.date)
        return other.date < ofCase.date ? StudyOrder::Earlier : StudyOrder::Later;
    std::string const time = secondsOf(other.time), caseTime = secondsOf(ofCase.time);
    if (time.empty() || caseTime.empty() || time == caseTime)
        return StudyOrder::SameDay;
    return time < caseTime ? StudyOrder::Earlier : StudyOrder::Later;
}

QString briefOrderWords(StudyMoment const& other, StudyMoment const& ofCase)
{
    StudyOrder const order = orderOf(other, ofCase);
    if (order == StudyOrder::SameDay)
        return say("同日另一检查", "Of the same day");
    QString const when = isOfSameDay(other, ofCase) ? say("同日 ", "") + hourOf(other) : dateWord(other.date);
    return (order == StudyOrder::Earlier ? say("既往 ", "Earlier ")
            : order == StudyOrder::Later ? say("之后 ", "Later ")
                                         : say("其他 ", "Study ")) +
           when;
}

QString orderWords(StudyMoment const& other, StudyMoment const& ofCase)
{
    QString const hour =
        isOfSameDay(other, ofCase) ? say("（同日 %1）", " (same day, %1)").arg(hourOf(other)) : QString();
    switch (orderOf(other, ofCase)) {
    case StudyOrder::Earlier:
        return say("既往", "Earlier") + hour;
    case StudyOrder::SameDay:
        return say("同日另一检查", "Of the same day");
    case StudyOrder::Later:
        return say("之后的检查", "Later") + hour;
    case StudyOrder::Unknown:
        break;
    }
    return say("另一检查", "Another study");
}

} // namespace qianli::viewer
