#include "viewer/render/mpr.h"

#include "viewer/render/cut_sampler.h"
#include "viewer/render/line_workers.h"
#include "viewer/render/screen_grid.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

constexpr double draftSamples = 1.5e6; // of one picture: about 8 ms on two cores
constexpr std::uint32_t black = 0xFF000000u;

struct Axes {
    Vector3 right, down, into;
};

Axes axesOf(MprPlane plane)
{
    switch (plane) {
    case MprPlane::Axial:
        return {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    case MprPlane::Coronal:
        return {{1, 0, 0}, {0, 0, -1}, {0, 1, 0}};
    case MprPlane::Sagittal:
        break;
    }
    return {{0, 1, 0}, {0, 0, -1}, {1, 0, 0}};
}

// Of a picture's edge. A whole body at half a millimetre has 4,000; what is seen is sampled from the volume itself,
// so that a coarser picture costs no detail.
constexpr std::uint32_t mostPixels = 8192;

double pixelOf(Volume const& volume)
{
    double widest = 0;
    for (Vector3 const axis : {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}}) {
        auto const [low, high] = volume.reach(axis);
        widest = std::max(widest, high - low);
    }
    return std::max(volume.finestSpacing(), widest / (mostPixels - 2));
}

std::uint32_t pixelsAlong(std::pair<double, double> reach, double spacing)
{
    return static_cast<std::uint32_t>((reach.second - reach.first) / spacing + 1e-6) + 1;
}

// How a cut's slab is sampled: at `count` depths from the first, in mm along the cut's normal.
struct Depths {
    int count = 1;
    double first = 0, step = 0;
};

Depths depthsOf(Volume const& volume, Cut const& cut, double samplesPerVoxel)
{
    if (cut.slab.thickness <= 0)
        return {};
    double const spacing = volume.spacingAlong(cut.into) / samplesPerVoxel;
    int const count = std::max(2, static_cast<int>(std::ceil(cut.slab.thickness / spacing - 1e-6)) + 1);
    return {count, -cut.slab.thickness / 2, cut.slab.thickness / (count - 1)};
}

std::uint16_t cutLevel(float level)
{
    return level < 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(std::min(level + 1.5f, 65535.0f));
}

double voxelsAcross(GridPoint const& step)
{
    return std::sqrt(step.u * step.u + step.v * step.v + step.w * step.w);
}

// What one picture costs, and how it is made cheaper.
struct Plan {
    Depths depths;
    int finer = 1;   // samples a device pixel across and down
    int coarser = 1; // device pixels a sample
    bool isFull = true;
};

Plan planOf(Volume const& volume, Cut const& cut, ScreenGrid const& screen, QSize target, CutQuality quality)
{
    Plan plan;
    double const voxels = std::max(voxelsAcross(screen.right), voxelsAcross(screen.down));
    plan.finer = std::clamp(static_cast<int>(std::ceil(voxels / 1.3)), 1, 4);
    plan.depths = depthsOf(volume, cut, 2);
    double const area = static_cast<double>(target.width()) * target.height();
    auto const cost = [&] { return area * plan.finer * plan.finer * plan.depths.count; };
    if (quality == CutQuality::Full || cost() <= draftSamples)
        return plan;
    plan.isFull = false;
    plan.depths = depthsOf(volume, cut, 1);
    while (plan.finer > 1 && cost() > draftSamples)
        --plan.finer;
    if (cost() > draftSamples)
        plan.coarser = 2;
    int const affordable = std::max(8, static_cast<int>(draftSamples * plan.coarser * plan.coarser / area));
    if (plan.depths.count > affordable)
        plan.depths = {affordable, plan.depths.first, cut.slab.thickness / (affordable - 1)};
    return plan;
}

class Picture {
public:
    Picture(Volume const& volume, Cut const& cut, ViewState const& state, ScreenGrid const& screen, Plan const& plan)
        : grid_(volume.grid()), cut_(cut), screen_(screen), plan_(plan),
          depth_(volume.grid().along(cross(cut.right, cut.down)))
    {
        Pixels const levels; // of cuts stand for themselves
        fillGreyTable(table_, levels, volume.grey(), state.voi, state.inversion);
    }

    void draw(QImage& image) const
    {
        auto* const first = reinterpret_cast<std::uint32_t*>(image.bits());
        auto const stride = static_cast<std::size_t>(image.bytesPerLine()) / 4;
        int const width = image.width();
        forEachLineRange(image.height(), [&](int from, int to) {
            CutSampler sampler(grid_, cut_.slab.mode, width);
            std::vector<float> levels(static_cast<std::size_t>(width)), shares(levels.size());
            for (int y = from; y < to; ++y) {
                std::uint32_t* const line = first + static_cast<std::size_t>(y) * stride;
                drawLine(sampler, y, levels, shares);
                for (std::size_t x = 0; x < levels.size(); ++x)
                    line[x] = black | table_[cutLevel(levels[x])] * 0x010101u;
            }
        });
    }

private:
    void sampleLine(CutSampler& sampler, double x, double y) const
    {
        GridPoint const start = screen_.at(x, y);
        sampler.begin();
        for (int i = 0; i < plan_.depths.count; ++i)
            sampler.add(sum(start, scaled(depth_, plan_.depths.first + i * plan_.depths.step)),
                        scaled(screen_.right, plan_.coarser));
        sampler.finish(plan_.depths.count);
    }

    void drawLine(CutSampler& sampler, int y, std::vector<float>& levels, std::vector<float>& shares) const
    {
        int const n = plan_.finer;
        double const middle = (plan_.coarser - 1) / 2.0;
        if (n == 1) {
            sampleLine(sampler, middle, y * plan_.coarser + middle);
            levels = sampler.levels();
            return;
        }
        std::fill(levels.begin(), levels.end(), 0.0f);
        std::fill(shares.begin(), shares.end(), 0.0f);
        for (int part = 0; part < n * n; ++part) {
            sampleLine(sampler, (part % n + 0.5) / n - 0.5, y + (part / n + 0.5) / n - 0.5);
            auto const& sampled = sampler.levels();
            for (std::size_t x = 0; x < levels.size(); ++x)
                if (sampled[x] >= 0) {
                    levels[x] += sampled[x];
                    ++shares[x];
                }
        }
        for (std::size_t x = 0; x < levels.size(); ++x)
            levels[x] = 2 * shares[x] >= static_cast<float>(n * n) ? levels[x] / shares[x] : -1;
    }

    VoxelGrid const& grid_;
    Cut const& cut_;
    ScreenGrid const& screen_;
    Plan const& plan_;
    GridPoint depth_; // a millimetre along the normal
    GreyTable table_;
};

} // namespace

Cut straightCut(Volume const& volume, MprPlane plane, Vector3 through)
{
    Axes const axes = axesOf(plane);
    Cut cut;
    cut.right = axes.right;
    cut.down = axes.down;
    cut.into = axes.into;
    cut.pixel = pixelOf(volume);
    auto const across = volume.reach(axes.right), downwards = volume.reach(axes.down);
    cut.columns = pixelsAlong(across, cut.pixel);
    cut.rows = pixelsAlong(downwards, cut.pixel);
    cut.center = axes.right * (across.first + cut.pixel * (cut.columns - 1) / 2) +
                 axes.down * (downwards.first + cut.pixel * (cut.rows - 1) / 2) + axes.into * dot(through, axes.into);
    return cut;
}

FrameAttributes attributesOf(Volume const& volume, Cut const& cut)
{
    FrameAttributes attributes;
    attributes.plane = cut.plane();
    attributes.spacing = PixelSpacing{cut.pixel, cut.pixel, SpacingOrigin::Patient};
    attributes.sliceThickness = std::max(cut.slab.thickness, 0.0);
    attributes.grey = volume.grey();
    return attributes;
}

MprSlice sampleCut(Volume const& volume, Cut const& cut)
{
    VoxelGrid const& grid = volume.grid();
    Depths const depths = depthsOf(volume, cut, 2);
    GridPoint const right = grid.along(cut.right * cut.pixel), depth = grid.along(cross(cut.right, cut.down));
    auto pixels = std::make_shared<Pixels>();
    pixels->rows = cut.rows;
    pixels->columns = cut.columns;
    pixels->bitsStored = 16;
    pixels->levels.resize(std::size_t{cut.rows} * cut.columns);
    forEachLineRange(static_cast<int>(cut.rows), [&](int from, int to) {
        CutSampler sampler(grid, cut.slab.mode, static_cast<int>(cut.columns));
        for (int y = from; y < to; ++y) {
            GridPoint const start = grid.at(cut.plane().position + cut.down * (cut.pixel * y));
            sampler.begin();
            for (int i = 0; i < depths.count; ++i)
                sampler.add(sum(start, scaled(depth, depths.first + i * depths.step)), right);
            sampler.finish(depths.count);
            std::transform(sampler.levels().begin(), sampler.levels().end(),
                           pixels->levels.begin() + static_cast<std::ptrdiff_t>(y) * cut.columns, cutLevel);
        }
    });
    return {std::move(pixels), attributesOf(volume, cut)};
}

std::size_t cutCount(Volume const& volume, Cut const& cut)
{
    auto const [low, high] = volume.reach(cut.into);
    return static_cast<std::size_t>(std::floor((high - low) / volume.spacingAlong(cut.into) + 1e-6)) + 1;
}

std::size_t cutIndex(Volume const& volume, Cut const& cut)
{
    double const way = dot(cut.center, cut.into) - volume.reach(cut.into).first;
    double const index = std::round(way / volume.spacingAlong(cut.into));
    return static_cast<std::size_t>(std::clamp(index, 0.0, static_cast<double>(cutCount(volume, cut) - 1)));
}

double wayToCut(Volume const& volume, Cut const& cut, std::size_t index)
{
    return volume.reach(cut.into).first + volume.spacingAlong(cut.into) * static_cast<double>(index) -
           dot(cut.center, cut.into);
}

CutImage renderCut(Volume const& volume, Cut const& cut, ViewState const& state, QSize target, CutQuality quality)
{
    if (target.isEmpty())
        return {};
    ScreenGrid const screen = gridOfScreen(volume.grid(), cut, state, target);
    Plan const plan = planOf(volume, cut, screen, target, quality);
    QSize const sampled((target.width() + plan.coarser - 1) / plan.coarser,
                        (target.height() + plan.coarser - 1) / plan.coarser);
    CutImage result{QImage(sampled, QImage::Format_RGB32), plan.isFull};
    if (result.image.isNull())
        return result;
    auto const picture = std::make_unique<Picture>(volume, cut, state, screen, plan); // its table is large
    picture->draw(result.image);
    if (plan.coarser > 1)
        result.image = result.image.scaled(sampled * plan.coarser).copy(QRect(QPoint(), target));
    return result;
}

} // namespace qianli::viewer
