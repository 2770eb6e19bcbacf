// CineBar: plays the clip of one viewport: play and pause, the frame, the speed. Nothing moves before it is asked to.
//
// Promise: the frame on the screen is that of the moment, counted from the start of play by the clock: a slow machine
// leaves frames out, it never falls behind. A frame that is not decoded yet is waited for, the one before stays.
#pragma once

#include "viewer/model/cine_timing.h"
#include "viewer/model/series.h"

#include <QElapsedTimer>
#include <QFrame>
#include <QLabel>
#include <QTimer>
#include <QToolButton>

#include <functional>
#include <optional>

namespace qianli::viewer {

// Frames of one object in time.
bool isClip(Stack const& stack);
// An X-ray clip, from which a mask may be subtracted.
bool mayBeSubtracted(ImageAttributes const& image);

class CineBar : public QFrame {
    Q_OBJECT

public:
    static constexpr int barHeight = 28;

    // What the bar needs of its viewport.
    struct Screen {
        std::function<std::size_t()> index;
        std::function<void(std::size_t)> show;
        std::function<bool(std::size_t)> isDecoded;
        std::function<bool()> isVisible;
        std::function<void()> subtract; // the mask, or no longer
    };
    CineBar(Screen screen, QWidget* parent);

    // Stops; another clip begins at its own speed.
    void setClip(Stack const& stack);
    void toggle();
    void play();
    void pause();
    bool isPlaying() const { return timer_.isActive(); }
    // One step slower or faster than now.
    void changeSpeed(int by);
    double framesPerSecond() const;
    // What is subtracted, in words; empty: nothing.
    void setMask(QString const& words);
    void refuseMask();
    // The viewport shows another frame: that of play, or one the reader went to, who then has the clip stand still.
    void follow();

private:
    void tick();
    void startFrom(std::size_t frame);
    void refresh();

    Screen screen_;
    std::optional<CineSchedule> schedule_;
    std::size_t count_ = 0;
    bool isRateGiven_ = false;
    int speed_ = 0;     // of `speeds`
    double offset_ = 0; // ms of the clip at which the clock began
    std::size_t shown_ = 0;
    QElapsedTimer clock_;
    QTimer timer_;
    QToolButton *play_, *subtract_;
    QLabel *frame_, *mask_, *rate_;
};

} // namespace qianli::viewer
