#include "viewer/model/pixels.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostSamples = 1'000'000;

// How often each level occurs, padding apart; in a large picture, of every so manieth pixel.
std::vector<std::uint32_t> countLevels(Pixels const& pixels, GreyScale const& grey)
{
    std::vector<std::uint32_t> counts(pixels.levelCount);
    std::size_t step = std::max<std::size_t>(1, pixels.levels.size() / mostSamples);
    while (step > 1 && pixels.columns % step == 0) // else whole columns would never be looked at
        ++step;
    for (std::size_t i = 0; i < pixels.levels.size(); i += step)
        ++counts[std::min<std::size_t>(pixels.levels[i], counts.size() - 1)];
    if (auto const padding = paddingLevels(pixels, grey))
        std::fill(counts.begin() + static_cast<std::ptrdiff_t>(padding->first),
                  counts.begin() + static_cast<std::ptrdiff_t>(padding->second) + 1, 0u);
    return counts;
}

struct Spread { // of modality values
    double low = 0;
    double high = 0;
};

Spread spreadOf(Pixels const& pixels, GreyScale const& grey, double lowShare, double highShare)
{
    auto const counts = countLevels(pixels, grey);
    std::size_t total = 0;
    for (auto const count : counts)
        total += count;
    auto const percentile = [&](double share) {
        std::size_t below = 0;
        std::size_t last = 0;
        for (std::size_t level = 0; level < counts.size(); ++level) {
            if (counts[level] == 0)
                continue;
            below += counts[level];
            last = level;
            if (static_cast<double>(below) >= share * static_cast<double>(total))
                break;
        }
        return grey.modality(pixels.base + static_cast<double>(last) * pixels.step);
    };
    double const a = percentile(lowShare);
    double const b = percentile(highShare);
    return {std::min(a, b), std::max(a, b)};
}

// Where uptake is what matters, the hottest few pixels are.
bool isEmission(std::string const& modality)
{
    return modality == "NM" || modality == "PT";
}

Spread spreadShown(Pixels const& pixels, GreyScale const& grey, std::string const& modality)
{
    return isEmission(modality) ? spreadOf(pixels, grey, 0.0, 0.9999) : spreadOf(pixels, grey, 0.005, 0.995);
}

// A CT of Hounsfield units: air is there, or rescale brings it there.
bool isHounsfield(GreyScale const& grey, Spread const& spread, std::string const& modality)
{
    return modality == "CT" && grey.modalityLut.empty() && (grey.rescaleType.empty() || grey.rescaleType == "HU") &&
           (grey.intercept <= -900 || spread.low <= -500);
}

Window windowBetween(Spread const& spread, double unit)
{
    // Where values are no whole numbers, the halves of the linear function would be worth more than the values.
    if (unit < 1)
        return {(spread.low + spread.high) / 2, std::max(spread.high - spread.low, unit), {}, VoiFunction::LinearExact};
    return {(spread.low + spread.high + 1) / 2, spread.high - spread.low + 1, {}, VoiFunction::Linear};
}

double unitOf(Pixels const& pixels, GreyScale const& grey)
{
    return grey.modalityLut.empty() ? std::abs(grey.slope * pixels.step) : 1;
}

constexpr double leastContrast = 0.08; // of black to white, between the darkest and the brightest parts
constexpr double lowestHounsfield = -1024, highestHounsfield = 3071;

bool isPlausible(Window const& window, Spread const& spread, GreyScale const& grey, std::string const& modality)
{
    if (spread.low == spread.high)
        return true;
    auto const ends = endsOf(window);
    if (isHounsfield(grey, spread, modality) && ends.high > lowestHounsfield && ends.low < highestHounsfield)
        return true;
    return applyWindow(spread.high, window, window.function) - applyWindow(spread.low, window, window.function) >=
           leastContrast;
}

bool isPlausible(LookupTable const& lut, Spread const& spread)
{
    double const rise = std::abs(static_cast<double>(lut.at(spread.high)) - lut.at(spread.low));
    return spread.low == spread.high || rise / (std::pow(2.0, lut.bits) - 1) >= leastContrast;
}

} // namespace

Window automaticWindow(Pixels const& pixels, GreyScale const& grey, std::string const& modality)
{
    bool const isScreenPicture = pixels.bitsStored <= 8 && modality != "CT" && modality != "MR";
    if (pixels.levels.empty())
        return {};
    if (isScreenPicture) {
        double const a = grey.modality(pixels.base);
        double const b = grey.modality(pixels.base + pixels.levelCount - 1);
        return windowBetween({std::min(a, b), std::max(a, b)}, unitOf(pixels, grey));
    }
    Spread spread = spreadShown(pixels, grey, modality);
    if (isHounsfield(grey, spread, modality))
        return {40, 400, {}, VoiFunction::Linear};
    if (isEmission(modality))
        spread.low = std::min(spread.low, 0.0);
    return windowBetween(spread, unitOf(pixels, grey));
}

bool isPlausible(Window const& window, Pixels const& pixels, GreyScale const& grey, std::string const& modality)
{
    return pixels.levels.empty() || isPlausible(window, spreadShown(pixels, grey, modality), grey, modality);
}

VoiChoice initialVoi(Pixels const& pixels, GreyScale const& grey, std::string const& modality)
{
    if (!grey.voiLuts.empty() || !grey.windows.empty()) {
        Spread const spread = pixels.levels.empty() ? Spread() : spreadShown(pixels, grey, modality);
        for (std::size_t i = 0; i < grey.voiLuts.size(); ++i)
            if (VoiChoice choice{VoiChoice::Kind::FileLut, i, {}}; isPlausible(grey.voiLuts[i], spread)) {
                choice.manual = effectiveWindow(grey, choice);
                return choice;
            }
        for (std::size_t i = 0; i < grey.windows.size(); ++i)
            if (isPlausible(grey.windows[i], spread, grey, modality))
                return {VoiChoice::Kind::FileWindow, i, grey.windows[i]};
    }
    return {VoiChoice::Kind::Automatic, 0, automaticWindow(pixels, grey, modality)};
}

bool needsItsOwnVoi(VoiChoice const& choice, GreyScale const& grey)
{
    return choice.kind == VoiChoice::Kind::Automatic ||
           (choice.kind == VoiChoice::Kind::FileWindow && choice.index >= grey.windows.size()) ||
           (choice.kind == VoiChoice::Kind::FileLut && choice.index >= grey.voiLuts.size());
}

} // namespace qianli::viewer
