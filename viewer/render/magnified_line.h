// One line of a magnified grey picture, eight screen pixels at once. Most frames of a CT are such lines.
#pragma once

#include "viewer/model/pixels.h"
#include "viewer/render/resampling.h"

#include <optional>
#include <span>

namespace qianli::viewer {

class MagnifiedLine {
public:
    // Nothing where the machine can't, or where a screen pixel has more than two neighbours.
    static std::optional<MagnifiedLine> along(ResampledAxis const& axis);

    // `sums`: of the source columns of this line, and one more that is read and not used. Every pixel of `line` is
    // written, black where there is no picture.
    void draw(std::span<float const> sums, GreyTable const& table, std::span<std::uint32_t> line) const;

private:
    std::vector<std::int32_t> first_; // of the two neighbours, from the screen pixel begin_ on
    std::vector<float> left_, right_; // their weights
    std::size_t begin_ = 0;
};

} // namespace qianli::viewer
