#include "viewer/ui/cine_bar.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/elided_label.h"
#include "viewer/ui/theme.h"

#include <QHBoxLayout>

#include <algorithm>
#include <array>

namespace qianli::viewer {
namespace {

constexpr std::array speeds{0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0};
constexpr int ownSpeed = 4;
constexpr int tickMilliseconds = 4; // the clock decides what is shown; this only how soon

// Where the object doesn't say: what machines of its kind take.
double usualRate(std::string const& modality)
{
    return modality == "US" || modality == "IVUS" ? 25 : modality == "NM" || modality == "PT" ? 5 : 15;
}

} // namespace

bool mayBeSubtracted(ImageAttributes const& image)
{
    return (image.series.modality == "XA" || image.series.modality == "RF") && image.format.samplesPerPixel == 1 &&
           image.format.photometric != "PALETTE COLOR";
}

bool isClip(Stack const& stack)
{
    if (stack.entries.size() < 2 || (stack.kind != StackKind::Cine && stack.kind != StackKind::Images))
        return false;
    auto const& image = stack.entries.front().image;
    return std::all_of(stack.entries.begin(), stack.entries.end(),
                       [&](StackEntry const& entry) { return entry.image == image; });
}

CineBar::CineBar(Screen screen, QWidget* parent)
    : QFrame(parent), screen_(std::move(screen)), play_(new QToolButton(this)), subtract_(new QToolButton(this)),
      frame_(new QLabel(this)), mask_(new ElidedLabel(this)), rate_(new QLabel(this))
{
    setObjectName("cine");
    setProperty("role", "bar");
    setFixedHeight(barHeight);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(6, 0, 6, 0);
    layout->setSpacing(4);
    auto button = [&](QToolButton* made, char const* name, QString const& text, QString const& tip, auto act) {
        made->setObjectName(name);
        made->setText(text);
        made->setToolTip(tip);
        made->setFocusPolicy(Qt::NoFocus);
        made->setFixedHeight(22);
        connect(made, &QToolButton::clicked, this, act);
        return made;
    };
    play_->setMinimumWidth(52);
    layout->addWidget(button(play_, "cine.play", {}, say("播放或暂停  E", "Play or pause  E"), [this] { toggle(); }));
    frame_->setObjectName("cine.frame");
    layout->addWidget(frame_);
    layout->addSpacing(8);
    layout->addWidget(
        button(subtract_, "cine.subtract", say("减影", "Subtract"),
               say("减去蒙片，只留造影剂；文件没有指定蒙片时减去这一幅  U",
                   "Subtract the mask: the contrast agent is left; this frame where the file names none  U"),
               [this] { screen_.subtract(); }));
    subtract_->setCheckable(true);
    mask_->setObjectName("cine.mask");
    setRole(mask_, "warning");
    layout->addWidget(mask_);
    layout->addStretch();
    layout->addWidget(button(new QToolButton(this), "cine.slower", QStringLiteral("−"), say("放慢  ,", "Slower  ,"),
                             [this] { changeSpeed(-1); }));
    rate_->setObjectName("cine.rate");
    rate_->setProperty("role", "quiet");
    layout->addWidget(rate_);
    layout->addWidget(button(new QToolButton(this), "cine.faster", QStringLiteral("+"), say("加快  .", "Faster  ."),
                             [this] { changeSpeed(1); }));
    timer_.setTimerType(Qt::PreciseTimer);
    timer_.setInterval(tickMilliseconds);
    connect(&timer_, &QTimer::timeout, this, &CineBar::tick);
    hide();
}

void CineBar::setClip(Stack const& stack)
{
    pause();
    auto const& image = *stack.entries.front().image;
    count_ = stack.entries.size();
    schedule_.emplace(image.cine, count_, usualRate(image.series.modality));
    isRateGiven_ = image.cine.isGiven();
    subtract_->setVisible(mayBeSubtracted(image));
    setMask({});
    speed_ = ownSpeed;
    refresh();
}

double CineBar::framesPerSecond() const
{
    return schedule_ ? schedule_->meanRate() * speeds[static_cast<std::size_t>(speed_)] : 0;
}

void CineBar::setMask(QString const& words)
{
    subtract_->setChecked(!words.isEmpty());
    mask_->setText(words);
}

void CineBar::refuseMask()
{
    subtract_->setChecked(false);
    mask_->setText(say("蒙片还没有解码，请稍后再按", "the mask is not decoded yet, press again later"));
}

void CineBar::toggle()
{
    isPlaying() ? pause() : play();
}

void CineBar::play()
{
    if (!schedule_)
        return;
    startFrom(screen_.index());
    timer_.start();
    refresh();
}

void CineBar::pause()
{
    timer_.stop();
    refresh();
}

void CineBar::startFrom(std::size_t frame)
{
    shown_ = frame;
    offset_ = schedule_->startOf(frame);
    clock_.start();
}

void CineBar::changeSpeed(int by)
{
    if (!schedule_)
        return;
    speed_ = std::clamp(speed_ + by, 0, static_cast<int>(speeds.size()) - 1);
    if (isPlaying())
        startFrom(screen_.index());
    refresh();
}

void CineBar::tick()
{
    if (!screen_.isVisible())
        return pause();
    double const elapsed = static_cast<double>(clock_.nsecsElapsed()) / 1e6;
    std::size_t const due = schedule_->frameAt(offset_ + elapsed * speeds[static_cast<std::size_t>(speed_)]);
    if (due == shown_ || !screen_.isDecoded(due))
        return;
    shown_ = due;
    screen_.show(due);
}

void CineBar::follow()
{
    if (isPlaying() && screen_.index() != shown_)
        pause();
    refresh();
}

void CineBar::refresh()
{
    play_->setText(isPlaying() ? say("❚❚ 暂停", "❚❚ Pause") : say("▶ 播放", "▶ Play"));
    if (!schedule_)
        return;
    frame_->setText(QString("%1/%2").arg(screen_.index() + 1).arg(count_));
    QString text = say("%1 帧/秒", "%1 frames/s").arg(QString::number(framesPerSecond(), 'f', 1));
    if (speed_ != ownSpeed)
        text += QString("  ×%1").arg(speeds[static_cast<std::size_t>(speed_)]);
    if (!isRateGiven_)
        text += say("（文件未给）", " (not in the file)");
    rate_->setText(text);
}

} // namespace qianli::viewer
