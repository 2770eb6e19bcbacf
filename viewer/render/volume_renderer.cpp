#include "viewer/render/volume_renderer.h"

#include "viewer/render/ray_caster.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace qianli::viewer {
namespace {

constexpr std::size_t tableEntries = 4096;
constexpr int mostSteps = 4000; // of a ray

Vector3 turned(Vector3 v, Vector3 axis, double angle)
{
    return v * std::cos(angle) + cross(axis, v) * std::sin(angle) + axis * (dot(axis, v) * (1 - std::cos(angle)));
}

template <typename Point, typename Value>
float between(Point const& a, Point const& b, float at, Value const& value)
{
    float const way = b.at - a.at;
    float const part = way <= 0 ? 1 : std::clamp((at - a.at) / way, 0.0f, 1.0f);
    return value(a) + part * (value(b) - value(a));
}

// Level before the first point and behind the last.
template <typename Points, typename Value>
float along(Points const& points, float at, Value const& value)
{
    std::size_t next = 1;
    while (next + 1 < points.size() && points[next].at < at)
        ++next;
    return between(points[next - 1], points[next], at, value);
}

// The same for a place each time, and unlike at its neighbours.
double shakeAt(int x, int y)
{
    auto const mixed = static_cast<std::uint32_t>(x) * 0x9E3779B1u ^ static_cast<std::uint32_t>(y) * 0x85EBCA77u;
    return static_cast<double>((mixed ^ mixed >> 15) * 0x2C1B3C6Du >> 8 & 0xFFFF) / 65536;
}

} // namespace

Cut frontView(Volume const& volume)
{
    Cut view;
    view.right = {1, 0, 0};
    view.down = {0, 0, -1};
    view.into = {0, 1, 0};
    view.center = volume.center();
    constexpr double mostPixels = 16384;
    double most = 0;
    for (Vector3 const axis : {volume.grid().row, volume.grid().column, volume.grid().normal}) {
        auto const [low, high] = volume.reach(axis);
        most = std::max(most, high - low);
    }
    view.pixel = std::max(volume.finestSpacing(), most / mostPixels);
    view.rows = view.columns = static_cast<std::uint32_t>(1.15 * most / view.pixel) + 1;
    return view;
}

void turnView(Cut& view, double aroundVertical, double aroundHorizontal)
{
    Vector3 const vertical = view.down;
    view.right = turned(view.right, vertical, aroundVertical);
    view.down = turned(view.down, view.right, aroundHorizontal);
    view.right = view.right * (1 / length(view.right));
    view.down = view.down - view.right * dot(view.down, view.right);
    view.down = view.down * (1 / length(view.down));
    view.into = cross(view.right, view.down);
}

VolumeRenderer::VolumeRenderer(std::shared_ptr<Volume const> volume)
    : volume_(std::move(volume)), blocks_(volume_->grid())
{
    for (auto const& range : blocks_.ranges()) {
        lowest_ = std::min<int>(lowest_, range.low);
        highest_ = std::max<int>(highest_, range.high);
    }
}

void VolumeRenderer::prepareTable(RenderPreset const& preset, Window const& window, double stepMillimetres)
{
    table_.resize(tableEntries);
    double const levelsPerEntry = static_cast<double>(std::max(1, highest_ - lowest_)) / (tableEntries - 1);
    for (std::size_t i = 0; i < tableEntries; ++i) {
        double const value = volume_->valueOf(lowest_ + static_cast<double>(i) * levelsPerEntry);
        auto const at = static_cast<float>((value - window.center) / std::max(window.width, 1e-6) + 0.5);
        float const density = along(preset.opacity, at, [](auto const& point) { return point.perMillimetre; });
        table_[i].opacity = 1 - static_cast<float>(std::exp(-density * stepMillimetres));
        table_[i].red = along(preset.colours, at, [](auto const& point) { return point.red; });
        table_[i].green = along(preset.colours, at, [](auto const& point) { return point.green; });
        table_[i].blue = along(preset.colours, at, [](auto const& point) { return point.blue; });
    }
}

void VolumeRenderer::prepareLeaps()
{
    std::vector<bool> visible(tableEntries);
    for (std::size_t i = 0; i < tableEntries; ++i)
        visible[i] = table_[i].opacity > 0;
    if (visible == visibleBefore_)
        return;
    std::vector<std::uint32_t> before(tableEntries + 1); // how many visible entries lie below
    for (std::size_t i = 0; i < tableEntries; ++i)
        before[i + 1] = before[i] + (visible[i] ? 1 : 0);
    double const perLevel = static_cast<double>(tableEntries - 1) / std::max(1, highest_ - lowest_);
    leaps_ = blocks_.distances([&](BlockMap::Range const& range) {
        auto const low = static_cast<std::size_t>((range.low - lowest_) * perLevel);
        auto const high = static_cast<std::size_t>(std::ceil((range.high - lowest_) * perLevel));
        return before[std::min(high + 1, tableEntries)] > before[std::min(low, tableEntries)];
    });
    visibleBefore_ = std::move(visible);
}

// Ten pictures a second at least, on whatever machine this is.
void VolumeRenderer::adaptDraft(std::chrono::steady_clock::duration took)
{
    if (took > std::chrono::milliseconds(85))
        draftCoarser_ = std::min(draftCoarser_ + 1, 4);
    else if (took < std::chrono::milliseconds(35))
        draftCoarser_ = std::max(draftCoarser_ - 1, 2);
}

QImage VolumeRenderer::render(Cut const& view, RenderPreset const& preset, ViewState const& state, QSize target,
                              RenderQuality quality, std::atomic<bool> const& cancelled)
{
    auto const begun = std::chrono::steady_clock::now();
    bool const isDraft = quality == RenderQuality::Draft;
    int const coarser = isDraft ? draftCoarser_ : 1;
    QSize const size((target.width() + coarser - 1) / coarser, (target.height() + coarser - 1) / coarser);
    QImage image(size, QImage::Format_RGB32);
    if (image.isNull())
        return {};
    Vector3 const forward = cross(view.right, view.down);
    auto const [front, back] = volume_->reach(forward);
    double const step = std::max(view.pixel * (isDraft ? 2 : 1), (back - front) / mostSteps);
    double const toFront = front - view.pixel - dot(view.center, forward);
    VoxelGrid const& grid = volume_->grid();
    RayCaster::Way way{grid.along(forward * step),
                       grid.along(view.right * view.pixel),
                       grid.along(view.down * view.pixel),
                       grid.along(forward * view.pixel),
                       static_cast<int>((back - front + 2 * view.pixel) / step) + 1,
                       isDraft};
    auto const grey = std::make_unique<GreyTable>();
    if (preset.isMaximum) {
        fillGreyTable(*grey, Pixels(), volume_->grey(), state.voi, state.inversion);
    } else {
        prepareTable(preset, effectiveWindow(volume_->grey(), state.voi), step);
        prepareLeaps();
    }
    ScreenGrid const screen = gridOfScreen(grid, view, state, target);
    GridPoint const offset = grid.along(forward * toFront);
    RayCaster const caster(*this, way);
    std::atomic<int> next = 0;
    auto const work = [&] {
        for (int y = next++; y < size.height() && !cancelled; y = next++) {
            auto* const line = reinterpret_cast<std::uint32_t*>(image.scanLine(y));
            for (int x = 0; x < size.width(); ++x) {
                GridPoint const start = sum(screen.at((x + 0.5) * coarser - 0.5, (y + 0.5) * coarser - 0.5), offset);
                if (!preset.isMaximum)
                    line[x] = caster.colour(start, shakeAt(x, y));
                else
                    line[x] =
                        0xFF000000u |
                        (*grey)[static_cast<std::size_t>(std::clamp(caster.highest(start) + 1.5f, 0.0f, 65535.0f))] *
                            0x010101u;
            }
        }
    };
    image.bits(); // not shared from here on: two threads write
    {
        std::jthread const second(work);
        work();
    }
    if (cancelled)
        return {};
    if (isDraft)
        adaptDraft(std::chrono::steady_clock::now() - begun);
    return coarser == 1 ? image
                        : image.scaled(size * coarser, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                              .copy(QRect(QPoint(), target));
}

} // namespace qianli::viewer
