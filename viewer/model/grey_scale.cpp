#include "viewer/model/grey_scale.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

std::uint16_t LookupTable::at(double input) const
{
    if (entries.empty())
        return 0;
    double const last = static_cast<double>(entries.size() - 1);
    // Not std::round: 65,536 calls of it for every picture take longer than drawing it.
    return entries[static_cast<std::size_t>(std::clamp(input - first, 0.0, last) + 0.5)];
}

double GreyScale::modality(double stored) const
{
    return modalityLut.empty() ? stored * slope + intercept : modalityLut.at(stored);
}

double applyWindow(double value, Window const& window, VoiFunction function)
{
    switch (function) {
    case VoiFunction::Sigmoid: // C.11.2.1.3.1
        return 1 / (1 + std::exp(-4 * (value - window.center) / std::max(window.width, 1e-9)));
    case VoiFunction::LinearExact: { // C.11.2.1.3.2
        double const width = std::max(window.width, 1e-9);
        return std::clamp((value - window.center) / width + 0.5, 0.0, 1.0);
    }
    case VoiFunction::Linear:
        break;
    }
    // C.11.2.1.2.1: the centre lies half a value lower and the width spans one value less than one would think.
    double const center = window.center - 0.5;
    double const width = std::max(window.width, 1.0) - 1;
    if (value <= center - width / 2)
        return 0;
    if (value > center + width / 2)
        return 1;
    return (value - center) / width + 0.5;
}

WindowEnds endsOf(Window const& window)
{
    if (window.function == VoiFunction::Linear)
        return {window.center - 0.5 - (std::max(window.width, 1.0) - 1) / 2,
                window.center - 0.5 + (std::max(window.width, 1.0) - 1) / 2};
    // A sigmoid never ends; two widths away it is within 0.04 % of black or white.
    double const half = std::max(window.width, 1e-9) * (window.function == VoiFunction::Sigmoid ? 2 : 0.5);
    return {window.center - half, window.center + half};
}

Window effectiveWindow(GreyScale const& grey, VoiChoice const& choice)
{
    if (choice.kind == VoiChoice::Kind::FileWindow && choice.index < grey.windows.size())
        return grey.windows[choice.index];
    if (choice.kind == VoiChoice::Kind::FileLut && choice.index < grey.voiLuts.size()) {
        auto const& lut = grey.voiLuts[choice.index];
        // The part of the table that changes: many devices pad it with constant entries at both ends.
        auto const begin =
            std::find_if(lut.entries.begin(), lut.entries.end(), [&](auto v) { return v != lut.entries.front(); });
        auto const end = std::find_if(lut.entries.rbegin(), lut.entries.rend(), [&](auto v) {
                             return v != lut.entries.back();
                         }).base();
        double const low = lut.first + static_cast<double>(begin - lut.entries.begin());
        double const high = lut.first + static_cast<double>(end - lut.entries.begin());
        if (high > low)
            return {(low + high) / 2, high - low, lut.explanation, VoiFunction::Linear};
    }
    return choice.manual;
}

} // namespace qianli::viewer
