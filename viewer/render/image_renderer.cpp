#include "viewer/render/image_renderer.h"

#include "viewer/render/line_workers.h"
#include "viewer/render/magnified_line.h"
#include "viewer/render/resampling.h"

#include <algorithm>
#include <memory>
#include <span>

namespace qianli::viewer {
namespace {

constexpr std::uint32_t black = 0xFF000000u;
constexpr int worthSharing = 128 * 128; // screen pixels below which a second thread costs more than it saves

// The two axes of the picture on the screen. Where the view is turned a quarter, screen columns run along picture rows:
// lines are then computed along the picture and written down the screen.
struct Plan {
    ResampledAxis rows;    // one a line that is computed
    ResampledAxis columns; // along the line
    bool swapped = false;
};

Plan makePlan(Pixels const& pixels, ViewMapping const& mapping, ViewState const& state, QSize target)
{
    QTransform const inverse = mapping.transform().inverted();
    Plan plan;
    plan.swapped = state.orientation.swapsAxes();
    int const lines = plan.swapped ? target.width() : target.height();
    int const along = plan.swapped ? target.height() : target.width();
    // QTransform maps x' = m11 x + m21 y + dx, y' = m12 x + m22 y + dy.
    double const rowScale = plan.swapped ? inverse.m12() : inverse.m22();
    double const columnScale = plan.swapped ? inverse.m21() : inverse.m11();
    plan.rows = resampleAxis(lines, pixels.rows, rowScale, inverse.dy(), state.interpolation);
    plan.columns = resampleAxis(along, pixels.columns, columnScale, inverse.dx(), state.interpolation);
    return plan;
}

class Canvas {
public:
    explicit Canvas(QImage& image, bool swapped)
        : first_(reinterpret_cast<std::uint32_t*>(image.bits())),
          stride_(static_cast<std::size_t>(image.bytesPerLine()) / 4), swapped_(swapped)
    {
    }
    // Where lines are the screen's own.
    std::span<std::uint32_t> line(std::size_t line, std::size_t length) const
    {
        return {first_ + line * stride_, length};
    }
    std::uint32_t& at(std::size_t line, std::size_t along) const
    {
        return swapped_ ? first_[along * stride_ + line] : first_[line * stride_ + along];
    }

private:
    std::uint32_t* first_;
    std::size_t stride_;
    bool swapped_;
};

// Adds the weighted source rows of one line into `sums`, only between the columns that are used.
template <typename Source, typename Value>
void sumRows(Plan const& plan, Taps const& rowTaps, std::size_t columns, PictureVector<Source> const& source,
             std::vector<float>& sums, Value value)
{
    std::size_t const begin = plan.columns.begin;
    std::size_t const end = plan.columns.end;
    std::fill(sums.begin() + static_cast<std::ptrdiff_t>(begin), sums.begin() + static_cast<std::ptrdiff_t>(end), 0.0f);
    for (std::uint32_t tap = 0; tap < rowTaps.count; ++tap) {
        float const weight = plan.rows.weights[rowTaps.weights + tap];
        Source const* const row = source.data() + (rowTaps.first + tap) * columns;
        for (std::size_t x = begin; x < end; ++x)
            sums[x] += weight * value(row[x]);
    }
}

float sumTaps(ResampledAxis const& axis, Taps const& taps, std::vector<float> const& sums)
{
    float total = 0;
    for (std::uint32_t tap = 0; tap < taps.count; ++tap)
        total += axis.weights[taps.weights + tap] * sums[taps.first + tap];
    return total;
}

void drawGrey(Pixels const& pixels, Plan const& plan, GreyTable const& table, Canvas const& canvas, int from, int to)
{
    std::vector<float> sums(pixels.columns);
    for (int line = from; line < to; ++line) {
        auto const& rowTaps = plan.rows.taps[static_cast<std::size_t>(line)];
        if (rowTaps.count == 0)
            continue;
        sumRows(plan, rowTaps, pixels.columns, pixels.levels, sums,
                [](std::uint16_t level) { return static_cast<float>(level); });
        for (std::size_t x = 0; x < plan.columns.taps.size(); ++x) {
            auto const& taps = plan.columns.taps[x];
            if (taps.count == 0)
                continue;
            auto const level =
                static_cast<std::size_t>(std::clamp(sumTaps(plan.columns, taps, sums) + 0.5f, 0.0f, 65535.0f));
            canvas.at(static_cast<std::size_t>(line), x) = black | table[level] * 0x010101u;
        }
    }
}

void drawMagnified(Pixels const& pixels, Plan const& plan, MagnifiedLine const& magnified, GreyTable const& table,
                   Canvas const& canvas, int from, int to)
{
    std::vector<float> sums(pixels.columns + 1);
    for (int at = from; at < to; ++at) {
        auto const& rowTaps = plan.rows.taps[static_cast<std::size_t>(at)];
        auto const line = canvas.line(static_cast<std::size_t>(at), plan.columns.taps.size());
        if (rowTaps.count == 0) {
            std::fill(line.begin(), line.end(), black);
            continue;
        }
        sumRows(plan, rowTaps, pixels.columns, pixels.levels, sums,
                [](std::uint16_t level) { return static_cast<float>(level); });
        magnified.draw(sums, table, line);
    }
}

// The levels that are no measurement follow each other: one comparison tells them.
struct Padding {
    std::uint16_t first = 0;
    std::uint16_t span = 0; // how many follow the first
    bool holds(std::uint16_t level) const { return static_cast<std::uint16_t>(level - first) <= span; }
};

void sumMeasured(Plan const& plan, Taps const& rowTaps, Pixels const& pixels, Padding padding, std::vector<float>& sums,
                 std::vector<float>& shares)
{
    std::fill(sums.begin(), sums.end(), 0.0f);
    std::fill(shares.begin(), shares.end(), 0.0f);
    float* const sum = sums.data();
    float* const share = shares.data();
    for (std::uint32_t tap = 0; tap < rowTaps.count; ++tap) {
        float const weight = plan.rows.weights[rowTaps.weights + tap];
        std::uint16_t const* const row = pixels.levels.data() + std::size_t{rowTaps.first + tap} * pixels.columns;
        for (std::size_t x = plan.columns.begin; x < plan.columns.end; ++x) {
            float const measured = padding.holds(row[x]) ? 0.0f : weight;
            sum[x] += measured * static_cast<float>(row[x]);
            share[x] += measured;
        }
    }
}

// Padding must not bleed into its neighbours: values are averaged over the pixels that are no padding, and a screen
// pixel that is mostly padding stays black.
void drawGreyWithPadding(Pixels const& pixels, Plan const& plan, GreyTable const& table, Padding padding,
                         Canvas const& canvas, int from, int to)
{
    std::vector<float> sums(pixels.columns);
    std::vector<float> shares(pixels.columns);
    for (int line = from; line < to; ++line) {
        auto const& rowTaps = plan.rows.taps[static_cast<std::size_t>(line)];
        if (rowTaps.count == 0)
            continue;
        sumMeasured(plan, rowTaps, pixels, padding, sums, shares);
        for (std::size_t x = 0; x < plan.columns.taps.size(); ++x) {
            auto const& taps = plan.columns.taps[x];
            float const share = sumTaps(plan.columns, taps, shares);
            if (taps.count == 0 || share < 0.5f)
                continue;
            auto const level =
                static_cast<std::size_t>(std::clamp(sumTaps(plan.columns, taps, sums) / share + 0.5f, 0.0f, 65535.0f));
            canvas.at(static_cast<std::size_t>(line), x) = black | table[level] * 0x010101u;
        }
    }
}

using ChannelSums = std::array<std::vector<float>, 3>;

template <typename Source, typename ColourOf>
void sumChannels(Plan const& plan, Taps const& rowTaps, std::size_t columns, PictureVector<Source> const& source,
                 ChannelSums& sums, ColourOf colourOf)
{
    for (auto& channel : sums)
        std::fill(channel.begin(), channel.end(), 0.0f);
    float* const red = sums[0].data();
    float* const green = sums[1].data();
    float* const blue = sums[2].data();
    for (std::uint32_t tap = 0; tap < rowTaps.count; ++tap) {
        float const weight = plan.rows.weights[rowTaps.weights + tap];
        Source const* const row = source.data() + (rowTaps.first + tap) * columns;
        for (std::size_t x = plan.columns.begin; x < plan.columns.end; ++x) {
            auto const rgb = static_cast<std::int32_t>(colourOf(row[x]) & 0xFFFFFFu);
            red[x] += weight * static_cast<float>(rgb >> 16);
            green[x] += weight * static_cast<float>(rgb >> 8 & 0xFF);
            blue[x] += weight * static_cast<float>(rgb & 0xFF);
        }
    }
}

// `colourOf`: 0x??RRGGBB of a source value.
template <typename Source, typename ColourOf>
void drawColour(Pixels const& pixels, PictureVector<Source> const& source, Plan const& plan, Canvas const& canvas,
                ColourOf colourOf, int from, int to)
{
    ChannelSums sums;
    for (auto& channel : sums)
        channel.resize(pixels.columns);
    for (int line = from; line < to; ++line) {
        auto const& rowTaps = plan.rows.taps[static_cast<std::size_t>(line)];
        if (rowTaps.count == 0)
            continue;
        sumChannels(plan, rowTaps, pixels.columns, source, sums, colourOf);
        for (std::size_t x = 0; x < plan.columns.taps.size(); ++x) {
            auto const& taps = plan.columns.taps[x];
            if (taps.count == 0)
                continue;
            std::uint32_t rgb = black;
            for (unsigned channel = 0; channel < 3; ++channel) {
                float const value = std::clamp(sumTaps(plan.columns, taps, sums[channel]) + 0.5f, 0.0f, 255.0f);
                rgb |= static_cast<std::uint32_t>(value) << (16 - 8 * channel);
            }
            canvas.at(static_cast<std::size_t>(line), x) = rgb;
        }
    }
}

// Grey and colour in one picture: it is mixed from what is seen, not from levels, which mean different things.
void drawSupplemented(Pixels const& pixels, Plan const& plan, GreyTable const& table, Canvas const& canvas, int from,
                      int to)
{
    auto const colourOf = [&](std::uint16_t level) {
        return level >= pixels.supplementFrom ? pixels.supplement[level - pixels.supplementFrom]
                                              : table[level] * 0x010101u;
    };
    drawColour(pixels, pixels.levels, plan, canvas, colourOf, from, to);
}

// Draws every pixel of the image, or leaves black what lies beside the picture.
void drawMonochrome(Pixels const& pixels, GreyScale const& grey, ViewState const& state, Plan const& plan,
                    QImage& image, std::function<void(std::function<void(int, int)> const&)> const& share)
{
    auto const table = std::make_unique<GreyTable>();
    fillGreyTable(*table, pixels, grey, state.voi, state.inversion);
    auto const padding = paddingLevels(pixels, grey);
    auto const magnified =
        plan.swapped || padding || !pixels.supplement.empty() ? std::nullopt : MagnifiedLine::along(plan.columns);
    if (!magnified)
        image.fill(black);
    Canvas const canvas(image, plan.swapped);
    if (magnified) {
        share([&](int from, int to) { drawMagnified(pixels, plan, *magnified, *table, canvas, from, to); });
    } else if (!pixels.supplement.empty()) {
        share([&](int from, int to) { drawSupplemented(pixels, plan, *table, canvas, from, to); });
    } else if (padding) {
        Padding const range{static_cast<std::uint16_t>(padding->first),
                            static_cast<std::uint16_t>(padding->second - padding->first)};
        share([&](int from, int to) { drawGreyWithPadding(pixels, plan, *table, range, canvas, from, to); });
    } else {
        share([&](int from, int to) { drawGrey(pixels, plan, *table, canvas, from, to); });
    }
}

} // namespace

QImage renderImage(Pixels const& pixels, FrameAttributes const& attributes, ViewState const& state, QSize target)
{
    if (target.isEmpty() || pixels.rows == 0 || pixels.columns == 0)
        return {};
    QImage image(target, QImage::Format_RGB32);
    if (image.isNull())
        return {};
    ViewMapping const mapping(pixels.rows, pixels.columns, attributes.pixelAspect, state, target);
    Plan const plan = makePlan(pixels, mapping, state, target);
    int const lines = static_cast<int>(plan.rows.taps.size());
    auto const share = [&](std::function<void(int, int)> const& work) {
        if (target.width() * target.height() < worthSharing)
            work(0, lines);
        else
            forEachLineRange(lines, work);
    };
    if (!pixels.isColour) {
        drawMonochrome(pixels, attributes.grey, state, plan, image, share);
        return image;
    }
    image.fill(black);
    Canvas const canvas(image, plan.swapped);
    // The picture alone: around it stays black.
    std::uint32_t const inverted = state.inversion == Inversion::Inverted ? 0xFFFFFFu : 0;
    share([&](int from, int to) {
        drawColour(
            pixels, pixels.rgb, plan, canvas, [inverted](std::uint32_t rgb) { return rgb ^ inverted; }, from, to);
    });
    return image;
}

} // namespace qianli::viewer
