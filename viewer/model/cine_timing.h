// When each frame of a moving picture is shown: Cine and Multi-frame Modules (PS3.3 C.7.6.5, C.7.6.6).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace qianli::viewer {

class HeaderReader;

enum class Playback { Looping, Sweeping }; // Preferred Playback Sequencing (0018,1244)

struct CineTiming {
    double framesPerSecond = 0;     // 0: the object does not say
    std::vector<double> increments; // ms from the frame before, from Frame Time Vector (0018,1065); empty: even
    Playback playback = Playback::Looping;
    std::size_t first = 0; // Start Trim and Stop Trim, from 0; last 0: to the end
    std::size_t last = 0;

    bool isGiven() const { return framesPerSecond > 0; }
};

// What the object says; `frameCount` bounds what it says of frames.
CineTiming readCineTiming(HeaderReader const& reader, std::size_t frameCount);

// How the frames of a clip follow each other once it plays. Time is counted from the start, never from the frame
// before, so that nothing adds up.
class CineSchedule {
public:
    // `otherwise`: frames in a second where the object says nothing.
    CineSchedule(CineTiming const& timing, std::size_t frameCount, double otherwise);

    std::size_t first() const { return first_; }
    // Frame at a moment of play, looped or swept for ever; ms at the clip's own speed.
    std::size_t frameAt(double milliseconds) const;
    // The first moment at which a frame is shown, forward.
    double startOf(std::size_t frame) const;
    // Of one pass forward.
    double duration() const { return starts_.back(); }
    double meanRate() const; // frames in a second

private:
    std::size_t first_ = 0;
    std::vector<double> starts_; // of each frame from first_ on, and the end
    Playback playback_;
};

} // namespace qianli::viewer
