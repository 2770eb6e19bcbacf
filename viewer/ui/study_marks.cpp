#include "viewer/ui/study_marks.h"

#include "common/model/clock_skew.h"
#include "common/model/missing_images.h"
#include "common/names/name_query.h"
#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <QTextDocument>

namespace qianli::viewer {

namespace {
using model::ReadingTask;

constexpr std::int64_t wrongClock = 86'400; // seconds: nobody sends that late every day

bool sameStudy(ReadingTask const& one, ReadingTask const& other)
{
    return one.site == other.site && one.studyUid == other.studyUid;
}

bool mayBeOneName(ReadingTask const& one, ReadingTask const& other)
{
    QString const name = patientName(one), otherName = patientName(other);
    if (one.patientName.empty() || other.patientName.empty() || name == otherName)
        return true;
    using names::NameReach;
    names::NameQuery const query(name.toStdString(), NameReach::Whole);
    names::NameQuery const otherQuery(otherName.toStdString(), NameReach::Whole);
    names::NameReader reader;
    auto const finds = [&reader](auto const& asked, QString const& in) {
        return asked.rank(in.toStdString(), reader).has_value();
    };
    if (query.hasIdeographs() && otherQuery.hasIdeographs()) // a mark beside it is no other name: 王军(急)
        return finds(query, otherName) && finds(otherQuery, name);
    if (query.hasIdeographs())
        return finds(otherQuery, name);
    if (otherQuery.hasIdeographs())
        return finds(query, otherName);
    return QString(name).remove(' ').compare(QString(otherName).remove(' '), Qt::CaseInsensitive) == 0;
}

// What one of them does not say agrees with everything.
bool mayBeOneValue(std::string const& one, std::string const& other)
{
    return one.empty() || other.empty() || one == other;
}

QString siteWord(ReadingTask const& task)
{
    return QString::fromStdString(task.siteName.empty() ? task.site.value : task.siteName);
}

// 王芳 女 1960-03-04
QString person(ReadingTask const& task)
{
    QStringList words{patientName(task), sexWord(task.sex), dateWord(task.birthDate)};
    words.removeAll(QString());
    return words.join(' ');
}

QString differences(ReadingTask const& one, ReadingTask const& other)
{
    QStringList what;
    if (!mayBeOneName(one, other))
        what << say("姓名", "name");
    if (!mayBeOneValue(one.sex, other.sex))
        what << say("性别", "sex");
    if (!mayBeOneValue(one.birthDate, other.birthDate))
        what << say("出生日期", "birth date");
    return what.join(say("、", ", "));
}

// Those that the gateway marks, too, before any that it does not.
QStringList othersUnderId(ReadingTask const& task, std::vector<ReadingTask> const& known)
{
    QStringList marked, unmarked;
    for (ReadingTask const& other : known) {
        bool const isGone = other.state == model::TaskState::Withdrawn || other.state == model::TaskState::Rejected;
        if (isGone || other.id == task.id || other.site != task.site || other.patientId != task.patientId)
            continue;
        if (QString const what = differences(task, other); !what.isEmpty())
            (other.identityConflict ? marked : unmarked) << person(other) + say("（%1不同）", " (other %1)").arg(what);
    }
    QStringList& others = marked.isEmpty() ? unmarked : marked;
    others.removeDuplicates();
    return others;
}

QString otherUnderId(ReadingTask const& task, std::vector<ReadingTask> const& known)
{
    QString const id = shownId(task.patientId);
    QStringList const others = othersUnderId(task, known);
    if (others.size() == 1)
        return say("编号 %1 在%2还属于另一个人：%3。两人的检查没有归在一起，签发前请核对。",
                   "At %2 the ID %1 also belongs to somebody else: %3. Their studies are kept apart; check before you "
                   "sign.")
            .arg(id, siteWord(task), others.front());
    if (!others.isEmpty())
        return say("编号 %1 在%2还属于别人：%3。各人的检查没有归在一起，签发前请核对。",
                   "At %2 the ID %1 also belongs to others: %3. Their studies are kept apart; check before you sign.")
            .arg(id, siteWord(task), others.join(say("、", ", ")));
    return say("编号 %1 在%2还属于另一个人（姓名、性别或出生日期不同）。两人的检查没有归在一起，签发前请核对。",
               "At %2 the ID %1 also belongs to somebody else (other name, sex or birth date). Their studies are kept "
               "apart; check before you sign.")
        .arg(id, siteWord(task));
}

QString otherInStudy(ReadingTask const& task, std::vector<ReadingTask> const& known)
{
    QStringList people;
    for (ReadingTask const& other : known)
        if (sameStudy(task, other) && other.part != task.part)
            people << person(other);
    people.removeDuplicates();
    return people.isEmpty()
               ? say("这个检查 UID 里有两位患者的图像，已经按患者分开，这里只有本例的。",
                     "This Study Instance UID holds images of two patients; they are kept apart, and here are only "
                     "those of this one.")
               : say("这个检查 UID 里还有 %1 的图像，已经按患者分开，这里只有本例的。",
                     "This Study Instance UID also holds images of %1; they are kept apart, and here are only those of "
                     "this patient.")
                     .arg(people.join(say("、", ", ")));
}

QString otherSite(ReadingTask const& task, std::vector<ReadingTask> const& known)
{
    QStringList sites;
    for (ReadingTask const& other : known)
        if (other.studyUid == task.studyUid && other.site != task.site && !sites.contains(siteWord(other)))
            sites << siteWord(other);
    return say("%1也有相同的检查 UID，已经分开，这里只有%2的图像。",
               "%1 holds the same Study Instance UID; they are kept apart, and here are only the images of %2.")
        .arg(sites.isEmpty() ? say("另一家机构", "Another site") : sites.join(say("、", ", ")), siteWord(task));
}

QString millimetres(double value)
{
    return QString::number(value, 'f', 1).replace('-', QChar(0x2212));
}

QString seriesWords(std::vector<std::string> const& series)
{
    QStringList numbers;
    for (std::string const& number : series)
        if (!number.empty())
            numbers << QString::fromStdString(number);
    return numbers.isEmpty() ? QString() : say("（序列 %1）", " (series %1)").arg(numbers.join(say("、", ", ")));
}

StudyMark versionMark()
{
    return {MarkTone::Caution, say("2版本", "2 vers."), say("2个版本", "2 versions"),
            say("有图像来过两次而内容不同，两个版本都已保留。打开检查时取后来的；打开以后才来的，重新打开才看得到。",
                "An image came twice with different content; both are kept. Opening the study fetches the later one; "
                "one that comes after that is seen when it is opened again.")};
}

StudyMark skewMark(ReadingTask const& task)
{
    std::int64_t const skew = *task.clockSkewSeconds;
    QString const length = lengthOfTime(std::abs(skew));
    StudyMark mark;
    mark.tone = skew < 0 || skew >= wrongClock ? MarkTone::Caution : MarkTone::Quiet;
    mark.brief = say("时钟", "clock");
    mark.badge = skew < 0 ? say("设备时钟快%1", "device clock %1 fast").arg(length)
                          : say("设备时钟慢%1或补传", "device clock %1 slow, or sent late").arg(length);
    // Of all images the one that is nearest: the date of the study alone may be older.
    mark.meaning = say("设备写在图像上的时间与到达时间至少差%1。排序和等待时间都按到达时间算；检查时间照设备写的显示。",
                       "The times that the device wrote are at least %1 off the arrival. Order and waiting go by the "
                       "arrival; the time of the study is shown as the device has it.")
                       .arg(length);
    return mark;
}

} // namespace

QString identityConflictWord()
{
    return say("身份冲突", "Identity conflict");
}

bool isRelated(ReadingTask const& one, ReadingTask const& other)
{
    return one.id != other.id && (one.studyUid == other.studyUid || (one.site == other.site && !one.patientId.empty() &&
                                                                     one.patientId == other.patientId));
}

bool hasIdentityConflict(ReadingTask const& task)
{
    return task.identityConflict || task.splitStudy || task.studyConflict;
}

QString identityConflictWords(ReadingTask const& task, std::vector<ReadingTask> const& known)
{
    QStringList sentences;
    if (task.identityConflict)
        sentences << otherUnderId(task, known);
    if (task.splitStudy)
        sentences << otherInStudy(task, known);
    if (task.studyConflict)
        sentences << otherSite(task, known);
    return sentences.join('\n');
}

std::vector<StudyMark> marksOf(ReadingTask const& task)
{
    std::vector<StudyMark> marks;
    if (hasIdentityConflict(task))
        marks.push_back({MarkTone::Danger, say("身份冲突", "ID conflict"), identityConflictWord(),
                         identityConflictWords(task, {})});
    if (task.charsetUncertain)
        marks.push_back(charsetMark(false, charsetWords(task.charsetRule)));
    if (QString const doubt = ageDoubt(task); !doubt.isEmpty())
        marks.push_back({MarkTone::Caution, say("年龄", "age"), say("年龄不符", "age differs"), doubt});
    if (task.versionConflict)
        marks.push_back(versionMark());
    if (task.clockSkewSeconds && model::isClockWrong(std::chrono::seconds(*task.clockSkewSeconds)))
        marks.push_back(skewMark(task));
    if (task.charsetCorrected && !task.charsetUncertain)
        marks.push_back(charsetMark(true, charsetWords(task.charsetRule)));
    std::stable_sort(marks.begin(), marks.end(),
                     [](auto const& left, auto const& right) { return left.tone > right.tone; });
    return marks;
}

QString missingWords(ReadingTask const& task)
{
    auto const missing = model::parseMissingImages(task.missing);
    if (!missing)
        return {};
    QStringList words;
    if (missing->why == model::MissingImages::Why::BrokeOff)
        words << say("发送中途断了", "the sender broke off");
    if (missing->why == model::MissingImages::Why::LocalizerOnly)
        words << say("只到了定位像", "only planning pictures came");
    words << say("收到 %1 幅", "%1 images are here").arg(missing->received);
    if (missing->expected)
        words << say("应有 %1 幅", "%1 are expected").arg(*missing->expected);
    QStringList ranges;
    for (auto const& range : missing->ranges)
        ranges << say("%1 至 %2", "%1 to %2").arg(millimetres(range.from), millimetres(range.to));
    if (!ranges.isEmpty())
        words << say("缺 z %1 mm 之间的层面", "slices from z = %1 mm are missing").arg(ranges.join(say("、", ", ")));
    return words.join(say("，", ", ")) + seriesWords(missing->series);
}

QString receivedOfExpected(ReadingTask const& task)
{
    auto const missing = model::parseMissingImages(task.missing);
    return missing && missing->expected ? QString("%1/%2").arg(missing->received).arg(*missing->expected) : QString();
}

QString incompleteWords(ReadingTask const& task)
{
    QString const missing = missingWords(task);
    if (task.state == model::TaskState::Receiving)
        return say("图像还在接收，现在打开可能不全。",
                   "Images are still arriving; what you open now may be incomplete. ") +
               missing;
    if (task.state != model::TaskState::Incomplete && (missing.isEmpty() || isOver(task.state)))
        return {};
    return say("图像可能不全：", "Images may be missing: ") +
           (missing.isEmpty() ? say("收到 %1 幅", "%1 are here").arg(task.instances) : missing) +
           say("。请与基层核对。", ". Check with the site.");
}

QString lengthOfTime(std::int64_t seconds)
{
    std::int64_t const minutes = (seconds + 30) / 60, hours = minutes / 60, rest = minutes % 60;
    if (minutes < 60)
        return say("%1分钟", "%1 min").arg(minutes);
    if (hours >= 48)
        return say("%1天", "%1 days").arg(hours / 24);
    return rest == 0 ? say("%1小时", "%1 h").arg(hours) : say("%1小时%2分", "%1 h %2 min").arg(hours).arg(rest);
}

QString charsetWords(int rule, QString const& declared, QString const& used)
{
    QString const said = !declared.isEmpty() ? say("声明的是 %1，", "Declared as %1; ").arg(declared)
                         : rule == 5 ? say("声明的字符集与内容不符，", "The declared set does not fit; ")
                                     : QString();
    QString const known = !used.isEmpty()          ? used
                          : rule == 2              ? QString("ISO 2022")
                          : rule == 3              ? QString("UTF-8")
                          : rule == 4 || rule == 5 ? QString("GB18030")
                                                   : QString();
    QString const read = known.isEmpty() ? say("按声明的或与机构约定的字符集读（规则 %1）。",
                                               "read as declared, or as agreed for the site (rule %1).")
                                         : say("按 %2 读（规则 %1）。", "read as %2 (rule %1).");
    return said + (known.isEmpty() ? read.arg(rule) : read.arg(rule).arg(known));
}

StudyMark charsetMark(bool certain, QString const& meaning)
{
    if (certain)
        return {MarkTone::Quiet, say("字符集", "charset"), say("字符集已纠正", "character set corrected"), meaning};
    return {MarkTone::Caution, say("字符集?", "charset?"), say("字符集存疑", "character set uncertain"),
            meaning + say("姓名可能不对，请与申请单核对。", " The name may be wrong; compare it with the request.")};
}

QString plainTip(QString const& text)
{
    if (!Qt::mightBeRichText(text))
        return text;
    return "<qt>" + text.toHtmlEscaped().replace('\n', "<br>") + "</qt>";
}

QColor toneColour(MarkTone tone)
{
    return QColor(tone == MarkTone::Danger ? colour::red : tone == MarkTone::Caution ? colour::amber : colour::quiet);
}

QLabel* newBadge(StudyMark const& mark, QWidget* parent)
{
    auto* badge = new QLabel(mark.badge, parent);
    badge->setTextFormat(Qt::PlainText);
    badge->setProperty("role", mark.tone == MarkTone::Danger    ? "mark-danger"
                               : mark.tone == MarkTone::Caution ? "mark-caution"
                                                                : "mark-quiet");
    badge->setToolTip(plainTip(mark.meaning));
    return badge;
}

} // namespace qianli::viewer
