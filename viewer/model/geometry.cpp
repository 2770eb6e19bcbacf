#include "viewer/model/geometry.h"

#include <algorithm>
#include <array>

namespace qianli::viewer {

std::string orientationLetters(Vector3 direction)
{
    struct Axis {
        double weight;
        char letter;
    };
    std::array<Axis, 3> axes{{{std::abs(direction.x), direction.x > 0 ? 'L' : 'R'},
                              {std::abs(direction.y), direction.y > 0 ? 'P' : 'A'},
                              {std::abs(direction.z), direction.z > 0 ? 'H' : 'F'}}};
    std::stable_sort(axes.begin(), axes.end(), [](Axis const& a, Axis const& b) { return a.weight > b.weight; });
    double const whole = length(direction);
    std::string letters;
    for (auto const& axis : axes)
        if (whole > 0 && axis.weight / whole > 0.1) // below six degrees a letter tells nothing
            letters += axis.letter;
    return letters;
}

} // namespace qianli::viewer
