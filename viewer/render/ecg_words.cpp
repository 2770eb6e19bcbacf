// EcgPages' words above the paper: how the recording was made, what the device measured and said.
#include "viewer/render/ecg_pages.h"
#include "viewer/render/page_text.h"

#include <algorithm>
#include <array>

namespace qianli::viewer {
namespace {

constexpr qsizetype mostWords = 1200; // characters of what the device says: they stand above every page

// Joined as far as there is room for them.
class Sentence {
public:
    explicit Sentence(QString between) : between_(std::move(between)) {}
    void add(QString const& words)
    {
        if (all_.size() + words.size() > mostWords)
            isCut_ = true;
        else if (!isCut_)
            all_ += (all_.isEmpty() ? QString() : between_) + words;
    }
    void cut() { isCut_ = true; }
    QString words(QString const& before, QString const& whereCut) const
    {
        if (all_.isEmpty() && !isCut_)
            return {};
        return before + all_ + (isCut_ ? between_ + whereCut : QString());
    }

private:
    QString between_, all_;
    bool isCut_ = false;
};

// Of the whole recording first, then of single leads.
std::vector<WaveformAnnotation const*> ofNoMoment(Waveform const& waveform)
{
    std::vector<WaveformAnnotation const*> said;
    for (auto const& annotation : waveform.annotations)
        if (!annotation.isOfMoment)
            said.push_back(&annotation);
    std::stable_partition(said.begin(), said.end(), [](auto const* annotation) { return annotation->isGlobal(); });
    return said;
}

} // namespace

// " [V2]" after what is said of one lead.
QString EcgPages::leadsOf(WaveformAnnotation const& annotation) const
{
    QStringList leads;
    for (auto const& [group, channel] : annotation.channels) {
        if (channel < 1 || group < 1 || static_cast<std::size_t>(group) > waveform_->groups.size())
            continue;
        if (leads.size() == ecgLeads) {
            leads << QStringLiteral("…");
            break;
        }
        auto const& channels = waveform_->groups[static_cast<std::size_t>(group) - 1].channels;
        leads << (static_cast<std::size_t>(channel) <= channels.size()
                      ? QString::fromStdString(channels[static_cast<std::size_t>(channel) - 1].name)
                      : QStringLiteral("#%1").arg(channel));
    }
    return leads.isEmpty() ? QString() : QStringLiteral(" [%1]").arg(leads.join(QStringLiteral(" ")));
}

QString EcgPages::filterWords(WaveformGroup const& group) const
{
    auto const& first = group.channels.front();
    bool const same = std::all_of(group.channels.begin(), group.channels.end(), [&first](auto const& channel) {
        return channel.lowCut == first.lowCut && channel.highCut == first.highCut && channel.notch == first.notch;
    });
    if (!same)
        return say("各导联滤波不同", "filters differ by lead");
    QStringList words;
    if (first.lowCut && first.highCut)
        words << shortNumber(*first.lowCut) + QStringLiteral("–") + shortNumber(*first.highCut) + QStringLiteral(" Hz");
    else if (first.lowCut)
        words << say("高通 %1 Hz", "high pass %1 Hz").arg(shortNumber(*first.lowCut));
    else if (first.highCut)
        words << say("低通 %1 Hz", "low pass %1 Hz").arg(shortNumber(*first.highCut));
    if (first.notch)
        words << say("陷波 %1 Hz", "notch %1 Hz").arg(shortNumber(*first.notch));
    return words.isEmpty() ? say("滤波未说明", "filters not stated") : words.join(QStringLiteral("  "));
}

QString EcgPages::timeWords(EcgPage const& page) const
{
    auto const clock = [](double seconds) {
        int const whole = static_cast<int>(std::max(0.0, seconds));
        return whole >= 3600 ? QStringLiteral("%1:%2:%3")
                                   .arg(whole / 3600)
                                   .arg(whole / 60 % 60, 2, 10, QLatin1Char('0'))
                                   .arg(whole % 60, 2, 10, QLatin1Char('0'))
                             : QStringLiteral("%1:%2").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
    };
    WaveformGroup const& group = waveform_->groups[page.group];
    if (group.seconds() < 3)
        return say("时长 %1 s", "%1 s").arg(shortNumber(group.seconds()));
    double const begin = group.timeOffset > 0 ? group.timeOffset : 0;
    return clock(begin + page.start) + QStringLiteral("–") +
           clock(begin + std::min(page.start + page.seconds, group.seconds()));
}

QString EcgPages::measurementWords() const
{
    // SCP-ECG codes of the global measurements as Chinese electrocardiograms name them.
    static constexpr std::array<std::array<char const*, 2>, 9> names{{{"5.10.2.1-3", "RR 间期"},
                                                                      {"5.10.2.1-5", "PP 间期"},
                                                                      {"5.13.5-7", "PR 间期"},
                                                                      {"5.13.5-9", "QRS 时限"},
                                                                      {"5.13.5-11", "QT 间期"},
                                                                      {"5.10.2.5-5", "QTc"},
                                                                      {"5.10.3-11", "P 电轴"},
                                                                      {"5.10.3-13", "QRS 电轴"},
                                                                      {"5.10.3-15", "T 电轴"}}};
    Sentence sentence(QStringLiteral("   "));
    for (WaveformAnnotation const* const said : ofNoMoment(*waveform_)) {
        auto const& annotation = *said;
        if (annotation.value.empty())
            continue;
        QString name = QString::fromStdString(annotation.name);
        for (auto const& known : names)
            if (language_ == Language::Chinese && annotation.code == known[0])
                name = QString::fromUtf8(known[1]);
        name += leadsOf(annotation);
        QString const unit = annotation.unit == "deg" ? QStringLiteral("°")
                             : annotation.unit == "{H.B.}/min"
                                 ? say(" 次/分", " bpm")
                                 : QStringLiteral(" ") + QString::fromStdString(annotation.unit);
        sentence.add(name + QStringLiteral(" ") + QString::fromStdString(annotation.value) + unit);
    }
    return sentence.words(say("设备测量  ", "Device: "), say("其余的没有显示", "the rest is not shown"));
}

QString EcgPages::statementWords() const
{
    Sentence sentence(say("；", "; "));
    for (WaveformAnnotation const* const said : ofNoMoment(*waveform_))
        if (said->value.empty() && !said->text.empty())
            sentence.add(QString::fromStdString(said->text).simplified() + leadsOf(*said));
    for (auto const& annotation : waveform_->annotations)
        if (QString const words = annotation.isOfMoment ? unplacedWords(annotation) : QString(); !words.isEmpty())
            sentence.add(words);
    if (waveform_->annotationsCut)
        sentence.cut();
    return sentence.words(say("设备判读（不是诊断）  ", "Device's reading (no diagnosis): "),
                          say("其余的没有显示", "the rest is not shown"));
}

} // namespace qianli::viewer
