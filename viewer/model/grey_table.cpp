#include "viewer/model/pixels.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

// One picture's way from modality value to screen grey.
class Shading {
public:
    Shading(GreyScale const& grey, VoiChoice const& choice, Inversion inversion)
        : presentation_(grey.presentationLut), window_(effectiveWindow(grey, choice)),
          inverted_(grey.inverse != (inversion == Inversion::Inverted))
    {
        if (choice.kind == VoiChoice::Kind::FileLut && choice.index < grey.voiLuts.size()) {
            lut_ = &grey.voiLuts[choice.index];
            highest_ = std::pow(2.0, lut_->bits) - 1;
        }
    }

    std::uint8_t operator()(double value) const
    {
        double shown = lut_ != nullptr ? lut_->at(value) / highest_ : applyWindow(value, window_, window_.function);
        if (!presentation_.empty()) // C.11.4: its entries span whatever the VOI transformation gives
            shown =
                presentation_.at(presentation_.first + shown * static_cast<double>(presentation_.entries.size() - 1)) /
                (std::pow(2.0, presentation_.bits) - 1);
        return static_cast<std::uint8_t>((inverted_ ? 1 - shown : shown) * 255 + 0.5);
    }

    // Values beyond are as black or white as its ends; nothing where a table decides.
    std::optional<WindowEnds> ends() const
    {
        return lut_ != nullptr || !presentation_.empty() ? std::nullopt : std::optional(endsOf(window_));
    }

private:
    LookupTable const& presentation_;
    Window window_;
    bool inverted_;
    LookupTable const* lut_ = nullptr;
    double highest_ = 1;
};

struct Levels { // from one to before the other
    std::size_t from = 0;
    std::size_t to = 0;
};

// The levels between which the grey changes: of 65,536, a usual window holds a few hundred.
Levels changingLevels(Pixels const& pixels, GreyScale const& grey, Shading const& shading)
{
    Levels const all{0, pixels.levelCount};
    auto const ends = shading.ends();
    double const rise = grey.slope * pixels.step;
    if (!ends || !grey.modalityLut.empty() || rise == 0)
        return all;
    double const first = grey.modality(pixels.base);
    double const a = (ends->low - first) / rise;
    double const b = (ends->high - first) / rise;
    double const count = pixels.levelCount;
    return {static_cast<std::size_t>(std::clamp(std::floor(std::min(a, b)) - 1, 0.0, count)),
            static_cast<std::size_t>(std::clamp(std::ceil(std::max(a, b)) + 2, 0.0, count))};
}

} // namespace

void fillGreyTable(GreyTable& table, Pixels const& pixels, GreyScale const& grey, VoiChoice const& choice,
                   Inversion inversion)
{
    Shading const shading(grey, choice, inversion);
    auto const shade = [&](std::size_t level) {
        return shading(grey.modality(pixels.base + static_cast<double>(level) * pixels.step));
    };
    Levels const changing = changingLevels(pixels, grey, shading);
    auto const at = [&table](std::size_t level) { return table.begin() + static_cast<std::ptrdiff_t>(level); };
    std::fill(table.begin(), at(changing.from), shade(0));
    for (std::size_t level = changing.from; level < changing.to; ++level)
        table[level] = shade(level);
    std::fill(at(changing.to), table.end(), shade(pixels.levelCount - 1));
    if (auto const padding = paddingLevels(pixels, grey))
        std::fill(at(padding->first), at(padding->second + 1), std::uint8_t{0});
}

} // namespace qianli::viewer
