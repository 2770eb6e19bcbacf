#include "viewer/ui/words.h"

#include "common/base/text.h"
#include "common/model/age.h"
#include "common/model/national_id.h"
#include "viewer/i18n/language.h"
#include "viewer/model/image.h"
#include "viewer/ui/study_marks.h"

#include <QDateTime>

#include <array>
#include <fmt/format.h>

namespace qianli::viewer {

using model::TaskState;

namespace {
QDateTime local(TimePoint time)
{
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count());
}

struct BodyPart {
    std::string_view code;
    char const* chinese;
    char const* english;
};

// CIDs of PS3.16 Annex L that township devices send.
constexpr std::array bodyParts{BodyPart{"HEAD", "头部", "Head"},           BodyPart{"BRAIN", "颅脑", "Brain"},
                               BodyPart{"SKULL", "颅骨", "Skull"},         BodyPart{"NECK", "颈部", "Neck"},
                               BodyPart{"CHEST", "胸部", "Chest"},         BodyPart{"LUNG", "肺", "Lung"},
                               BodyPart{"ABDOMEN", "腹部", "Abdomen"},     BodyPart{"PELVIS", "骨盆", "Pelvis"},
                               BodyPart{"CSPINE", "颈椎", "C-spine"},      BodyPart{"TSPINE", "胸椎", "T-spine"},
                               BodyPart{"LSPINE", "腰椎", "L-spine"},      BodyPart{"SPINE", "脊柱", "Spine"},
                               BodyPart{"SHOULDER", "肩关节", "Shoulder"}, BodyPart{"ELBOW", "肘关节", "Elbow"},
                               BodyPart{"WRIST", "腕关节", "Wrist"},       BodyPart{"HAND", "手", "Hand"},
                               BodyPart{"HIP", "髋关节", "Hip"},           BodyPart{"KNEE", "膝关节", "Knee"},
                               BodyPart{"ANKLE", "踝关节", "Ankle"},       BodyPart{"FOOT", "足", "Foot"},
                               BodyPart{"BREAST", "乳腺", "Breast"},       BodyPart{"HEART", "心脏", "Heart"},
                               BodyPart{"LIVER", "肝", "Liver"},           BodyPart{"KIDNEY", "肾", "Kidney"},
                               BodyPart{"EXTREMITY", "四肢", "Extremity"}};

constexpr char const* english[] = {"Receiving",   "Incomplete?", "To report", "Claimed", "Being written",
                                   "Preliminary", "To review",   "Returned",  "Final",   "Issued",
                                   "Delivered",   "Amended",     "Withdrawn", "Rejected"};
} // namespace

QString stateWord(TaskState state)
{
    if (displayLanguage() == DisplayLanguage::English)
        return QString::fromLatin1(english[static_cast<std::size_t>(state)]);
    auto const word = model::chinese(state);
    return QString::fromUtf8(word.data(), static_cast<qsizetype>(word.size()));
}

QString sexWord(std::string const& sex)
{
    if (sex == "M")
        return say("男", "M");
    if (sex == "F")
        return say("女", "F");
    return sex.empty() ? QString() : say("其他", "O");
}

QString patientName(model::ReadingTask const& task)
{
    QString const name = QString::fromStdString(displayName(task.patientName));
    return name.isEmpty() ? say("（无姓名）", "(no name)") : name;
}

namespace {
model::AgeJudgement judgeAge(model::ReadingTask const& task)
{
    model::AgeFacts facts{task.birthDate, task.age, task.studyDate, task.receivedAt, {}};
    if (task.clockSkewSeconds)
        facts.clockSkew = std::chrono::seconds(*task.clockSkewSeconds);
    return model::judgeAge(facts);
}

QString ageWord(std::optional<model::Age> const& age)
{
    if (!age)
        return {};
    return QString::fromStdString(displayLanguage() == DisplayLanguage::Chinese ? model::ageTextChinese(*age)
                                                                                : model::ageText(*age));
}
} // namespace

QString patientAge(model::ReadingTask const& task)
{
    auto const age = judgeAge(task);
    return ageWord(age.derived ? age.derived : age.given);
}

std::string ageForReport(model::ReadingTask const& task)
{
    auto const judged = judgeAge(task);
    auto const& age = judged.derived ? judged.derived : judged.given;
    return age ? fmt::format("{:03}{}", age->count, "DWMY"[static_cast<std::size_t>(age->unit)]) : std::string();
}

QString ageDoubt(model::ReadingTask const& task)
{
    auto const age = judgeAge(task);
    if (age.disagree)
        return say("按出生日期算是%1，设备写的是%2。", "By the birth date it is %1; the device says %2.")
            .arg(ageWord(age.derived), ageWord(age.given));
    auto const then = age.atReceipt ? model::ageAt(task.birthDate, task.studyDate) : std::nullopt;
    if (!then || !age.derived || (then->unit == age.derived->unit && std::abs(then->count - age.derived->count) <= 1))
        return {};
    return say("设备的时钟可能不对：按到达日期算是%1，按检查日期算是%2。",
               "The device's clock may be wrong: %1 on the day of arrival, %2 on the day of the study.")
        .arg(ageWord(age.derived), ageWord(then));
}

QString shownId(std::string const& patientId)
{
    return QString::fromStdString(model::maskedId(text::trim(patientId)));
}

QString dateWord(std::string const& date)
{
    QString const text = QString::fromStdString(date);
    return text.size() == 8 ? text.left(4) + "-" + text.mid(4, 2) + "-" + text.mid(6, 2) : text;
}

QString timeWord(std::string const& time)
{
    QString const text = QString::fromStdString(time);
    return text.size() >= 4 ? text.left(2) + ":" + text.mid(2, 2) : text;
}

QString clockWord(TimePoint time, TimePoint now)
{
    QDateTime const then = local(time);
    if (then.date() == local(now).date())
        return then.toString("HH:mm");
    return then.date().year() == local(now).date().year() ? then.toString("MM-dd HH:mm") : then.toString("yyyy-MM-dd");
}

QString waitingWord(TimePoint since, TimePoint now)
{
    auto const minutes =
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::minutes>(now - since).count());
    if (minutes < 60)
        return say("%1 分", "%1 min").arg(minutes);
    if (minutes < 48 * 60)
        return say("%1 时 %2 分", "%1 h %2").arg(minutes / 60).arg(minutes % 60, 2, 10, QLatin1Char('0'));
    return say("%1 天", "%1 d").arg(minutes / 1440);
}

QString bodyPartWord(std::string const& bodyPart)
{
    std::string const code = text::toUpperAscii(text::trim(bodyPart));
    for (BodyPart const& part : bodyParts)
        if (part.code == code)
            return say(part.chinese, part.english);
    return QString::fromStdString(bodyPart);
}

QString examinedPart(model::ReadingTask const& task)
{
    QString const part = bodyPartWord(task.bodyPart), description = QString::fromStdString(task.description);
    if (description.isEmpty())
        return part;
    return part.isEmpty() || description.contains(part) ? description : part + " " + description;
}

QString examination(model::ReadingTask const& task)
{
    QString const modality = QString::fromStdString(task.modalities).replace('\\', '/'), part = examinedPart(task);
    return part.startsWith(modality) ? part : (modality + " " + part).trimmed();
}

QString identityLine(model::ReadingTask const& task)
{
    QStringList words{patientName(task), sexWord(task.sex), patientAge(task)};
    words.removeAll(QString());
    return words.join(' ');
}

bool isOver(TaskState state)
{
    return state == TaskState::Issued || state == TaskState::Delivered || state == TaskState::Amended ||
           state == TaskState::Withdrawn;
}

bool isUnderway(TaskState state)
{
    return state == TaskState::Claimed || state == TaskState::Drafting || state == TaskState::Returned;
}

bool isPressing(model::ReadingTask const& task)
{
    return task.stat && !isOver(task.state) && task.state != TaskState::Rejected;
}

QString urgencyMark()
{
    return say("急", "STAT");
}

QString urgencyWord()
{
    return say("急诊优先", "STAT");
}

QString taskStateLine(model::ReadingTask const& task, std::string const& me)
{
    QString const word = stateWord(task.state);
    if (task.state == TaskState::Receiving || task.state == TaskState::Incomplete)
        return (word + " " + receivedOfExpected(task)).trimmed();
    if (isUnderway(task.state) && !task.claimedBy.empty())
        return (task.claimedBy == me ? say("我 ", "Me: ") : QString::fromStdString(task.claimedByName) + " ") + word;
    return word;
}

} // namespace qianli::viewer
