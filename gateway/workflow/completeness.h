// Completeness: whether a study is all there, by what the index knows of its images. Pure: no clock, no database
// (docs/decisions/0016).
#pragma once

#include "common/model/missing_images.h"
#include "gateway/index/study_index.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace qianli::gateway {

// How whoever sent the study's last object left.
enum class Parting {
    Unknown,  // still there, or no association was seen
    Released, // in order (PS3.8 9.3.6)
    CutOff,   // without a release: the line broke, or the sender gave up
    InObject, // in the middle of an object
};

struct Completeness {
    enum class Verdict {
        Proven,     // as many images as the device said
        NoDoubt,    // nothing says that anything is missing
        Incomplete, // something does
    } verdict = Verdict::NoDoubt;
    model::MissingImages missing; // of an incomplete one
};

// `images`: the newest version of each, what stations made not among them.
Completeness judge(std::span<InstanceRecord const> images, std::span<ExpectedImages const> expected, Parting parting);

} // namespace qianli::gateway
