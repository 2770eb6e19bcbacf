// Studies, series and stacks: the order in which a reader scrolls through pictures.
#pragma once

#include "viewer/model/image.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

struct StackEntry { // one picture
    std::shared_ptr<ImageAttributes const> image;
    std::uint32_t frame = 0;

    FrameAttributes const& attributes() const { return image->frame(frame); }
};

enum class StackKind {
    Slices,    // parallel planes, by position along the normal, running the way the instance numbers run
    Images,    // no common geometry, or one place again and again: in order of instance number
    Cine,      // the frames of one object in time
    Localizer, // planning pictures, apart from what they plan
    Document,  // one object without pixels that is shown as pages: electrocardiogram, report, PDF
};

// What tells a stack from the others of its series, in few words: "期相 2/3", "TE 90". Empty: it stands alone.
struct StackLabel {
    std::string chinese, english;
    bool empty() const { return chinese.empty(); }
    std::string const& in(Language language) const { return language == Language::Chinese ? chinese : english; }
};

struct StackGeometry;

struct Stack {
    StackKind kind = StackKind::Images;
    std::vector<StackEntry> entries;
    StackLabel label = {};
    // Where slices lie, and where some are missing: measureStacks(). Null while more may come.
    std::shared_ptr<StackGeometry const> geometry = {};
    // The same stack, also after it has grown or was told from another: it holds the picture.
    bool holds(StackEntry const& picture) const;
    // The picture that stands for the stack in the series bar.
    std::size_t representative() const { return kind == StackKind::Cine ? 0 : entries.size() / 2; }
    bool empty() const { return entries.empty(); }
    // Others of its kind may stand in the same series: it is known by its object.
    bool isOneObject() const { return kind == StackKind::Cine || kind == StackKind::Document; }
};

struct Series {
    SeriesIdentity identity;
    std::vector<Stack> stacks;                                     // of pictures, localizers after them; documents last
    std::vector<std::shared_ptr<ImageAttributes const>> documents; // SR, PDF, presentation states: no pixels
    std::size_t pictureCount() const;
};

struct Study {
    PatientIdentity
        patient; // of the first object; two patients in one Study UID are an alarm of the caller's: see patientsDiffer
    StudyIdentity identity;
    std::vector<Series> series; // by series number, then UID
    bool patientsDiffer = false;
};

// Sorts objects, in whatever order they came, into studies. Cheap enough to be called again as objects arrive. An
// object that came twice counts once. Newest study first.
//
// Promise: a stack of Slices never mixes frames of reference, orientations, matrices or pixel spacings, and holds each
// place once; phases, echoes, reconstructions and doubles that share their places are stacks of their own, each with a
// label.
std::vector<Study> arrange(std::vector<std::shared_ptr<ImageAttributes const>> const& objects);

} // namespace qianli::viewer
