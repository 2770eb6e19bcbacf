#include "viewer/render/resampling.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

void appendTap(ResampledAxis& axis, Taps& taps, std::uint32_t source, double weight)
{
    if (taps.count == 0)
        taps.first = source;
    ++taps.count;
    axis.weights.push_back(static_cast<float>(weight));
}

void appendArea(ResampledAxis& axis, Taps& taps, double from, double to, double size)
{
    from = std::max(from, 0.0);
    to = std::min(to, size);
    double const whole = to - from;
    for (double source = std::floor(from); source < to && whole > 0; ++source) {
        double const share = std::min(to, source + 1) - std::max(from, source);
        if (share > 1e-9)
            appendTap(axis, taps, static_cast<std::uint32_t>(source), share / whole);
    }
}

} // namespace

ResampledAxis resampleAxis(int screenPixels, std::uint32_t sourcePixels, double scale, double offset,
                           Interpolation interpolation)
{
    ResampledAxis axis;
    double const size = sourcePixels;
    double const extent = std::abs(scale);
    axis.begin = sourcePixels;
    for (int i = 0; i < screenPixels; ++i) {
        Taps taps;
        taps.weights = static_cast<std::uint32_t>(axis.weights.size());
        double const center = scale * (i + 0.5) + offset;
        if (center >= 0 && center < size) {
            if (extent > 1 + 1e-6 && interpolation == Interpolation::Linear) {
                appendArea(axis, taps, center - extent / 2, center + extent / 2, size);
            } else if (interpolation == Interpolation::Nearest) {
                appendTap(axis, taps, static_cast<std::uint32_t>(center), 1);
            } else {
                double const between = std::clamp(center - 0.5, 0.0, size - 1);
                double const left = std::floor(between);
                double const share = between - left;
                appendTap(axis, taps, static_cast<std::uint32_t>(left), share > 1e-6 ? 1 - share : 1);
                if (share > 1e-6)
                    appendTap(axis, taps, static_cast<std::uint32_t>(left) + 1, share);
            }
        }
        if (taps.count > 0) {
            axis.begin = std::min(axis.begin, taps.first);
            axis.end = std::max(axis.end, taps.first + taps.count);
        }
        axis.taps.push_back(taps);
    }
    axis.begin = std::min(axis.begin, axis.end);
    return axis;
}

} // namespace qianli::viewer
