#include "viewer/model/mask_subtraction.h"

#include "viewer/decoding/image_file.h"
#include "viewer/model/header_reader.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

constexpr int unchanged = 32768; // the level of no difference
// Averages of a mask, and a mask that was moved by less than a pixel, are no whole numbers.
constexpr double finestStep = 0.5;
constexpr float logarithmScale = 4000; // levels to a factor e: fine enough for 16 bits of intensity

// Intensity falls by a factor in what absorbs it: only its logarithm can be subtracted.
float logarithm(double stored)
{
    return logarithmScale * static_cast<float>(std::log(std::max(stored, 0.0) + 1));
}

bool holds(FrameRanges const& ranges, std::uint32_t frame)
{
    return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [frame](auto const& range) {
               return frame >= range.first && frame <= range.second;
           });
}

// Pairs of first and last, from 1.
FrameRanges readRanges(HeaderReader const& item)
{
    auto const from0 = [](double number) { return static_cast<std::uint32_t>(std::clamp(number, 1.0, 4e9)) - 1; };
    FrameRanges ranges;
    auto const numbers = item.numbers(DCM_ApplicableFrameRange);
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2)
        ranges.emplace_back(from0(numbers[i]), from0(numbers[i + 1]));
    return ranges;
}

MaskShift readShift(HeaderReader const& item)
{
    auto const numbers = item.numbers(DCM_MaskSubPixelShift);
    return numbers.size() == 2 && std::isfinite(numbers[0]) && std::isfinite(numbers[1])
               ? MaskShift{numbers[0], numbers[1]}
               : MaskShift{};
}

// As a code string has it; what a file writes there beside that is no word to show.
std::string methodOf(std::string const& operation)
{
    bool const isCode =
        operation.size() <= 16 && std::all_of(operation.begin(), operation.end(), [](char letter) {
            return (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_';
        });
    return isCode ? operation : "?";
}

// Between which two of `count` neighbours a place lies, and how much of it is the second one's.
struct Between {
    std::size_t first = 0, second = 0;
    float share = 0;
};
Between between(double at, std::uint32_t count)
{
    double const inside = std::clamp(at, 0.0, count - 1.0);
    auto const first = static_cast<std::size_t>(inside);
    return {first, std::min<std::size_t>(first + 1, count - 1), static_cast<float>(inside - std::floor(inside))};
}

// Of levels that hold differences up to the greatest one. Doubled, so that whole numbers stay whole up to 32,767, and
// the frames of a clip mostly have the same.
double stepFor(double greatest)
{
    double step = finestStep;
    while (greatest > step * (unchanged - 1))
        step *= 2;
    return step;
}

} // namespace

Result<MaskFrames> readMaskFrames(std::filesystem::path const& path, std::uint32_t shown)
{
    constexpr std::size_t mostFrames = 64; // of a mask; each is in memory and takes its time
    QIANLI_ASSIGN(auto const file, ImageFile::open(path));
    HeaderReader const reader(file->header());
    MaskFrames mask;
    mask.isLinear = reader.text(DCM_PixelIntensityRelationship) == "LIN";
    for (std::size_t i = 0; i < reader.items(DCM_MaskSubtractionSequence); ++i) {
        auto const item = reader.item(DCM_MaskSubtractionSequence, i);
        auto const operation = item ? item->text(DCM_MaskOperation) : std::string();
        if (operation.empty() || operation == "NONE")
            continue;
        MaskFrames said;
        said.isLinear = mask.isLinear;
        said.appliesTo = readRanges(*item);
        if (!holds(said.appliesTo, shown))
            continue;
        if (operation == "AVG_SUB")
            for (double const frame : item->numbers(DCM_MaskFrameNumbers))
                if (frame >= 1 && frame <= file->frameCount() && said.frames.size() < mostFrames)
                    said.frames.push_back(static_cast<std::uint32_t>(frame) - 1);
        said.shift = readShift(*item);
        said.contrastFrames = std::max(1, item->integer(DCM_ContrastFrameAveraging, 1));
        if (!said.frames.empty())
            return said;
        mask.otherMethod = methodOf(operation);
    }
    return mask;
}

bool Mask::appliesTo(std::uint32_t frame) const
{
    return holds(appliesTo_, frame);
}

std::optional<Mask> Mask::average(std::vector<std::shared_ptr<Pixels const>> const& frames, bool isLinear,
                                  FrameRanges appliesTo, MaskShift shift)
{
    if (frames.empty())
        return std::nullopt;
    Mask mask;
    mask.rows_ = frames.front()->rows;
    mask.columns_ = frames.front()->columns;
    mask.isLinear_ = isLinear;
    mask.appliesTo_ = std::move(appliesTo);
    mask.values_.assign(std::size_t{mask.rows_} * mask.columns_, 0.0f);
    float const share = 1.0f / static_cast<float>(frames.size());
    for (auto const& frame : frames) {
        if (frame->levels.size() != mask.values_.size() || frame->rows != mask.rows_)
            return std::nullopt;
        for (std::size_t i = 0; i < mask.values_.size(); ++i) {
            double const stored = frame->base + frame->levels[i] * frame->step;
            mask.values_[i] += share * (isLinear ? logarithm(stored) : static_cast<float>(stored));
        }
    }
    if (shift.down != 0 || shift.left != 0)
        mask.move(shift);
    if (!mask.values_.empty()) {
        auto const [least, most] = std::minmax_element(mask.values_.begin(), mask.values_.end());
        mask.least_ = *least;
        mask.most_ = *most;
    }
    return mask;
}

// What comes in from beyond the edge is the edge's.
void Mask::move(MaskShift shift)
{
    std::vector<float> moved(values_.size());
    std::vector<Between> columns;
    for (std::uint32_t column = 0; column < columns_; ++column)
        columns.push_back(between(column + shift.left, columns_));
    for (std::uint32_t row = 0; row < rows_; ++row) {
        Between const rows = between(row - shift.down, rows_);
        float const* const above = values_.data() + rows.first * columns_;
        float const* const below = values_.data() + rows.second * columns_;
        for (std::uint32_t column = 0; column < columns_; ++column) {
            Between const& at = columns[column];
            float const upper = std::lerp(above[at.first], above[at.second], at.share);
            float const lower = std::lerp(below[at.first], below[at.second], at.share);
            moved[std::size_t{row} * columns_ + column] = std::lerp(upper, lower, rows.share);
        }
    }
    values_ = std::move(moved);
}

std::shared_ptr<Pixels const> Mask::subtractFrom(Pixels const& frame) const
{
    if (frame.levels.size() != values_.size() || frame.rows != rows_ || values_.empty())
        return nullptr;
    // One logarithm a level, not a pixel.
    std::vector<float> values(frame.levelCount);
    for (std::size_t level = 0; level < values.size(); ++level) {
        double const stored = frame.base + static_cast<double>(level) * frame.step;
        values[level] = isLinear_ ? logarithm(stored) : static_cast<float>(stored);
    }
    auto const [darkest, brightest] = std::minmax_element(frame.levels.begin(), frame.levels.end());
    double const greatest = std::max(double{most_} - values[*darkest], double{values[*brightest]} - least_);
    if (!std::isfinite(greatest))
        return nullptr;
    double const step = stepFor(greatest);
    auto differences = std::make_shared<Pixels>();
    differences->rows = rows_;
    differences->columns = columns_;
    differences->bitsStored = 16;
    differences->base = -unchanged * step;
    differences->step = step;
    differences->paddingMeansNothing = true; // it is one of stored values
    differences->embedded = frame.embedded;
    differences->levels.resize(values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i)
        differences->levels[i] = static_cast<std::uint16_t>(std::clamp(
            (values[frame.levels[i]] - values_[i]) / static_cast<float>(step) + unchanged + 0.5f, 0.0f, 65535.0f));
    return differences;
}

Window Mask::windowOf(Pixels const& differences)
{
    std::vector<std::uint16_t> sizes;
    std::size_t const step = std::max<std::size_t>(1, differences.levels.size() / 200'000);
    for (std::size_t i = 0; i < differences.levels.size(); i += step)
        sizes.push_back(static_cast<std::uint16_t>(std::abs(differences.levels[i] - unchanged)));
    if (sizes.empty())
        return {};
    auto const at = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() * 995 / 1000);
    std::nth_element(sizes.begin(), at, sizes.end());
    return {0.5, std::max(8.0, 2.0 * differences.step * *at) + 1, {}, VoiFunction::Linear};
}

} // namespace qianli::viewer
