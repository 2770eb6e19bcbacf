#include "viewer/render/image_renderer.h"

#include "viewer/render/line_workers.h"
#include "viewer/render/resampling.h"

#include <algorithm>
#include <memory>

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
void sumRows(Plan const& plan, Taps const& rowTaps, std::size_t columns, std::vector<Source> const& source,
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

// Padding must not bleed into its neighbours: values are averaged over the pixels that are no padding, and a screen
// pixel that is mostly padding stays black.
void drawGreyWithPadding(Pixels const& pixels, Plan const& plan, GreyTable const& table,
                         std::vector<std::uint8_t> const& isValue, Canvas const& canvas, int from, int to)
{
    std::vector<float> sums(pixels.columns);
    std::vector<float> shares(pixels.columns);
    for (int line = from; line < to; ++line) {
        auto const& rowTaps = plan.rows.taps[static_cast<std::size_t>(line)];
        if (rowTaps.count == 0)
            continue;
        sumRows(plan, rowTaps, pixels.columns, pixels.levels, sums,
                [&](std::uint16_t level) { return isValue[level] ? static_cast<float>(level) : 0.0f; });
        sumRows(plan, rowTaps, pixels.columns, pixels.levels, shares,
                [&](std::uint16_t level) { return static_cast<float>(isValue[level]); });
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

void drawColour(Pixels const& pixels, Plan const& plan, Canvas const& canvas, int from, int to)
{
    std::array<std::vector<float>, 3> sums;
    for (auto& channel : sums)
        channel.resize(pixels.columns);
    for (int line = from; line < to; ++line) {
        auto const& rowTaps = plan.rows.taps[static_cast<std::size_t>(line)];
        if (rowTaps.count == 0)
            continue;
        for (unsigned channel = 0; channel < 3; ++channel)
            sumRows(plan, rowTaps, pixels.columns, pixels.rgb, sums[channel],
                    [shift = 16 - 8 * channel](std::uint32_t rgb) { return static_cast<float>(rgb >> shift & 0xFF); });
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

void invertColours(QImage& image)
{
    image.invertPixels(QImage::InvertRgb);
}

std::vector<std::uint8_t> valueLevels(Pixels const& pixels, GreyScale const& grey)
{
    std::vector<std::uint8_t> isValue(65536, 1);
    for (std::size_t level = 0; level < isValue.size(); ++level)
        if (grey.isPadding(std::llround(pixels.base + static_cast<double>(level) * pixels.step)))
            isValue[level] = 0;
    return isValue;
}

void drawMonochrome(Pixels const& pixels, GreyScale const& grey, ViewState const& state, Plan const& plan,
                    Canvas const& canvas, std::function<void(std::function<void(int, int)> const&)> const& share)
{
    auto const table = std::make_unique<GreyTable>();
    fillGreyTable(*table, pixels, grey, state.voi, state.inversion);
    if (grey.padding) {
        auto const isValue = valueLevels(pixels, grey);
        share([&](int from, int to) { drawGreyWithPadding(pixels, plan, *table, isValue, canvas, from, to); });
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
    image.fill(black);
    ViewMapping const mapping(pixels.rows, pixels.columns, attributes.pixelAspect, state, target);
    Plan const plan = makePlan(pixels, mapping, state, target);
    Canvas const canvas(image, plan.swapped);
    int const lines = static_cast<int>(plan.rows.taps.size());
    auto const share = [&](std::function<void(int, int)> const& work) {
        if (target.width() * target.height() < worthSharing)
            work(0, lines);
        else
            forEachLineRange(lines, work);
    };
    if (!pixels.isColour) {
        drawMonochrome(pixels, attributes.grey, state, plan, canvas, share);
        return image;
    }
    share([&](int from, int to) { drawColour(pixels, plan, canvas, from, to); });
    if (state.inversion == Inversion::Inverted)
        invertColours(image);
    return image;
}

QImage renderThumbnail(Pixels const& pixels, FrameAttributes const& attributes, std::string const& modality, int edge)
{
    ViewState state;
    state.voi = initialVoi(pixels, attributes.grey, modality);
    double const width = pixels.columns;
    double const height = pixels.rows * attributes.pixelAspect;
    double const scale = edge / std::max({width, height, 1.0});
    return renderImage(
        pixels, attributes, state,
        QSize(std::max(1, static_cast<int>(width * scale + 0.5)), std::max(1, static_cast<int>(height * scale + 0.5))));
}

} // namespace qianli::viewer
