#include "viewer/render/mpr.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <vtkImageData.h>
#include <vtkImageReslice.h>
#include <vtkMatrix4x4.h>
#include <vtkNew.h>
#include <vtkSmartPointer.h>

namespace qianli::viewer {
namespace {

constexpr double largestTilt = 0.2; // degrees between the stack's way and the slices' normal
constexpr double unevenness = 0.02; // of the mean gap; positions are written with few digits
constexpr double unevenMillimetres = 0.02;
constexpr std::uint64_t largestVolume = 3ull << 30; // bytes
constexpr std::int16_t outside = std::numeric_limits<std::int16_t>::min();
constexpr double highestLevel = 65534; // level 0 is kept for what lies outside the box

struct Layout { // how the slices lie; entries in stack order, or backwards where they run against the normal
    Vector3 origin, row, column, normal;
    double betweenColumns = 1, betweenRows = 1, betweenSlices = 1;
    std::uint32_t columns = 0, rows = 0;
    std::size_t slices = 0;
    bool backwards = false;
};

Result<void> checkAlike(Stack const& stack)
{
    auto const& first = stack.entries.front();
    for (auto const& entry : stack.entries) {
        auto const& frame = entry.attributes();
        if (!frame.plane || !frame.spacing)
            return fail(ErrorCode::Refused,
                        "no volume: an image does not say where it lies or how large its pixels are");
        auto const& spacing = *first.attributes().spacing;
        if (std::abs(frame.spacing->betweenRows - spacing.betweenRows) > 1e-4 ||
            std::abs(frame.spacing->betweenColumns - spacing.betweenColumns) > 1e-4 ||
            entry.image->format.rows != first.image->format.rows ||
            entry.image->format.columns != first.image->format.columns)
            return fail(ErrorCode::Refused, "no volume: the images differ in matrix or pixel spacing");
        if (entry.image->format.samplesPerPixel != 1 || entry.image->format.photometric == "PALETTE COLOR")
            return fail(ErrorCode::Refused, "no volume: the images are in colour");
        if (entry.image->frameOfReferenceUid != first.image->frameOfReferenceUid)
            return fail(ErrorCode::Refused, "no volume: the images do not share a frame of reference");
    }
    return {};
}

Result<void> checkGaps(Stack const& stack, Vector3 step, double mean)
{
    for (std::size_t i = 1; i < stack.entries.size(); ++i)
        if (length(stack.entries[i].attributes().plane->position - stack.entries[i - 1].attributes().plane->position) <
            0.01)
            return fail(ErrorCode::Refused, fmt::format("no volume: two images lie at the place of slice {}", i));
    for (std::size_t i = 1; i < stack.entries.size(); ++i) {
        Vector3 const way =
            stack.entries[i].attributes().plane->position - stack.entries[i - 1].attributes().plane->position;
        double const gap = dot(way, step) / length(step);
        if (std::abs(gap - mean) > std::max(unevenness * mean, unevenMillimetres))
            return fail(
                ErrorCode::Refused,
                fmt::format("no volume: the gap between slices {} and {} is {:.2f} mm where the mean is {:.2f} mm", i,
                            i + 1, gap, mean));
    }
    return {};
}

Result<void> checkBox(Stack const& stack)
{
    if (stack.kind != StackKind::Slices || stack.entries.size() < 3)
        return fail(ErrorCode::Refused, "no volume: the series is not a stack of at least three parallel slices");
    if (auto alike = checkAlike(stack); !alike)
        return alike;
    auto const& first = stack.entries.front();
    auto const& plane = *first.attributes().plane;
    Vector3 const way = stack.entries.back().attributes().plane->position - plane.position;
    double const along = std::abs(dot(way, plane.normal()));
    if (along < 0.01)
        return fail(ErrorCode::Refused, "no volume: the images lie in one place");
    double const tilt = std::acos(std::min(1.0, along / length(way))) * 180 / 3.14159265358979323846;
    if (tilt > largestTilt)
        return fail(ErrorCode::Refused,
                    fmt::format("no volume: the slices are sheared by {:.1f} degrees (gantry tilt), "
                                "which this version does not straighten",
                                tilt));
    if (auto even = checkGaps(stack, way, length(way) / static_cast<double>(stack.entries.size() - 1)); !even)
        return even;
    if (std::uint64_t{first.image->format.columns} * first.image->format.rows * stack.entries.size() * 2 >
        largestVolume)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("no volume: {} slices of {}x{} are too large", stack.entries.size(),
                                first.image->format.columns, first.image->format.rows));
    return {};
}

// Of a stack that checkBox() found good.
Layout layoutOf(Stack const& stack)
{
    auto const& first = stack.entries.front();
    auto const& plane = *first.attributes().plane;
    auto const& lastPosition = stack.entries.back().attributes().plane->position;
    double const along = dot(lastPosition - plane.position, plane.normal());
    Layout layout;
    layout.backwards = along < 0;
    layout.origin = layout.backwards ? lastPosition : plane.position;
    layout.row = plane.row;
    layout.column = plane.column;
    layout.normal = plane.normal();
    layout.betweenColumns = first.attributes().spacing->betweenColumns;
    layout.betweenRows = first.attributes().spacing->betweenRows;
    layout.betweenSlices = std::abs(along) / static_cast<double>(stack.entries.size() - 1);
    layout.columns = first.image->format.columns;
    layout.rows = first.image->format.rows;
    layout.slices = stack.entries.size();
    return layout;
}

// How values of the modality become the volume's 16-bit levels: value = base + level * step.
struct Quantisation {
    double base = 0;
    double step = 1;
};

Quantisation findQuantisation(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> const& slices)
{
    double low = std::numeric_limits<double>::max();
    double high = std::numeric_limits<double>::lowest();
    double finest = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < slices.size(); ++i) {
        auto const& grey = stack.entries[i].attributes().grey;
        auto const& levels = slices[i]->levels;
        auto const [least, most] = std::minmax_element(levels.begin(), levels.end());
        for (auto const level : {*least, *most}) {
            double const value = grey.modality(slices[i]->base + level * slices[i]->step);
            low = std::min(low, value);
            high = std::max(high, value);
        }
        finest = std::min(finest, grey.modalityLut.empty() ? std::abs(grey.slope * slices[i]->step) : 1.0);
    }
    return {low, std::max({finest, (high - low) / highestLevel, 1e-12})};
}

struct Axes { // of a cut on the screen, in patient coordinates
    Vector3 right, down, into;
};

// As a radiologist hangs them: the patient's right on the left of the screen, the head or the front up.
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

} // namespace

struct Volume::Box {
    Layout layout;
    Quantisation quantisation;
    GreyScale grey; // windows of the first slice; values are the modality's
    vtkSmartPointer<vtkImageData> image;
    double finest = 1; // mm

    // Patient to the box's own millimetres.
    Vector3 toLocal(Vector3 point) const
    {
        Vector3 const d = point - layout.origin;
        return {dot(d, layout.row), dot(d, layout.column), dot(d, layout.normal)};
    }
    Vector3 turnToLocal(Vector3 v) const { return {dot(v, layout.row), dot(v, layout.column), dot(v, layout.normal)}; }
    Vector3 toPatient(Vector3 local) const
    {
        return layout.origin + layout.row * local.x + layout.column * local.y + layout.normal * local.z;
    }
    Vector3 extent() const
    {
        return {layout.betweenColumns * (layout.columns - 1), layout.betweenRows * (layout.rows - 1),
                layout.betweenSlices * static_cast<double>(layout.slices - 1)};
    }
    // How far the box reaches along a direction of the patient: centres of the outermost voxels.
    std::pair<double, double> reach(Vector3 direction) const
    {
        double low = std::numeric_limits<double>::max();
        double high = std::numeric_limits<double>::lowest();
        for (int corner = 0; corner < 8; ++corner) {
            Vector3 const e = extent();
            double const at =
                dot(toPatient({corner & 1 ? e.x : 0, corner & 2 ? e.y : 0, corner & 4 ? e.z : 0}), direction);
            low = std::min(low, at);
            high = std::max(high, at);
        }
        return {low, high};
    }
    // The spacing of cuts and of pixels along a patient direction: that of the box's axis nearest to it.
    double spacingAlong(Vector3 direction) const
    {
        Vector3 const local = turnToLocal(direction);
        double const x = std::abs(local.x), y = std::abs(local.y), z = std::abs(local.z);
        return x >= y && x >= z ? layout.betweenColumns : y >= z ? layout.betweenRows : layout.betweenSlices;
    }
};

Volume::Volume() = default;
Volume::~Volume() = default;

Result<void> Volume::check(Stack const& stack)
{
    return checkBox(stack);
}

Result<std::shared_ptr<Volume const>> Volume::build(Stack const& stack,
                                                    std::vector<std::shared_ptr<Pixels const>> const& slices)
{
    if (auto const good = checkBox(stack); !good)
        return tl::unexpected(good.error());
    Layout const layout = layoutOf(stack);
    if (slices.size() != stack.entries.size())
        return fail(ErrorCode::Internal, "a volume needs the pixels of every slice");
    for (auto const& slice : slices)
        if (!slice || slice->isColour || slice->rows != layout.rows || slice->columns != layout.columns)
            return fail(ErrorCode::Refused, "no volume: the pixels of a slice are missing or of another size");

    std::shared_ptr<Volume> volume(new Volume);
    volume->box_ = std::make_unique<Box>();
    auto& box = *volume->box_;
    box.layout = layout;
    box.quantisation = findQuantisation(stack, slices);
    box.finest = std::min({layout.betweenColumns, layout.betweenRows, layout.betweenSlices});
    box.grey = stack.entries.front().attributes().grey;
    box.image = vtkSmartPointer<vtkImageData>::New();
    box.image->SetDimensions(static_cast<int>(layout.columns), static_cast<int>(layout.rows),
                             static_cast<int>(layout.slices));
    box.image->SetSpacing(layout.betweenColumns, layout.betweenRows, layout.betweenSlices);
    box.image->AllocateScalars(VTK_SHORT, 1);
    auto* out = static_cast<std::int16_t*>(box.image->GetScalarPointer());
    std::vector<std::int16_t> table(65536);
    for (std::size_t i = 0; i < slices.size(); ++i) {
        std::size_t const index = layout.backwards ? slices.size() - 1 - i : i;
        auto const& pixels = *slices[index];
        auto const& grey = stack.entries[index].attributes().grey;
        for (std::size_t level = 0; level < table.size(); ++level) {
            double const stored = pixels.base + static_cast<double>(level) * pixels.step;
            double const steps = std::round((grey.modality(stored) - box.quantisation.base) / box.quantisation.step);
            bool const isPadding = grey.isPadding(std::llround(stored));
            table[level] =
                isPadding ? outside : static_cast<std::int16_t>(std::clamp(steps, 0.0, highestLevel) - 32767);
        }
        for (auto const level : pixels.levels)
            *out++ = table[level];
    }
    return volume;
}

std::size_t Volume::sliceCount(MprPlane plane) const
{
    Vector3 const into = axesOf(plane).into;
    auto const [low, high] = box_->reach(into);
    return static_cast<std::size_t>(std::floor((high - low) / box_->spacingAlong(into) + 1e-6)) + 1;
}

std::size_t Volume::sliceThrough(MprPlane plane, Vector3 point) const
{
    Vector3 const into = axesOf(plane).into;
    double const index = std::round((dot(point, into) - box_->reach(into).first) / box_->spacingAlong(into));
    return static_cast<std::size_t>(std::clamp(index, 0.0, static_cast<double>(sliceCount(plane) - 1)));
}

Vector3 Volume::center() const
{
    return box_->toPatient(box_->extent() * 0.5);
}

MprSlice Volume::slice(MprPlane plane, std::size_t index) const
{
    Axes const axes = axesOf(plane);
    auto const [leftmost, rightmost] = box_->reach(axes.right);
    auto const [topmost, bottommost] = box_->reach(axes.down);
    double const spacing = box_->finest;
    int const columns = static_cast<int>((rightmost - leftmost) / spacing + 1e-6) + 1;
    int const rows = static_cast<int>((bottommost - topmost) / spacing + 1e-6) + 1;
    double const depth = box_->reach(axes.into).first + box_->spacingAlong(axes.into) * static_cast<double>(index);
    Vector3 const corner = axes.right * leftmost + axes.down * topmost + axes.into * depth;

    Vector3 const origin = box_->toLocal(corner);
    Vector3 const columnsOf[3] = {box_->turnToLocal(axes.right), box_->turnToLocal(axes.down),
                                  box_->turnToLocal(axes.into)};
    vtkNew<vtkMatrix4x4> matrix;
    for (int c = 0; c < 3; ++c) {
        matrix->SetElement(0, c, columnsOf[c].x);
        matrix->SetElement(1, c, columnsOf[c].y);
        matrix->SetElement(2, c, columnsOf[c].z);
    }
    matrix->SetElement(0, 3, origin.x);
    matrix->SetElement(1, 3, origin.y);
    matrix->SetElement(2, 3, origin.z);
    // The filter must not touch the shared image: several threads may cut at once.
    vtkNew<vtkImageData> source;
    source->ShallowCopy(box_->image);
    vtkNew<vtkImageReslice> reslice;
    reslice->SetInputData(source);
    reslice->SetResliceAxes(matrix);
    reslice->SetOutputDimensionality(2);
    reslice->SetOutputOrigin(0, 0, 0);
    reslice->SetOutputSpacing(spacing, spacing, 1);
    reslice->SetOutputExtent(0, columns - 1, 0, rows - 1, 0, 0);
    reslice->SetInterpolationModeToLinear();
    reslice->SetBackgroundLevel(outside);
    reslice->Update();

    auto pixels = std::make_shared<Pixels>();
    pixels->rows = static_cast<std::uint32_t>(rows);
    pixels->columns = static_cast<std::uint32_t>(columns);
    pixels->bitsStored = 16;
    pixels->levels.resize(std::size_t{pixels->rows} * pixels->columns);
    auto const* const values = static_cast<std::int16_t const*>(reslice->GetOutput()->GetScalarPointer());
    for (std::size_t i = 0; i < pixels->levels.size(); ++i)
        pixels->levels[i] = static_cast<std::uint16_t>(values[i] + 32768);

    MprSlice cut;
    cut.attributes.plane = ImagePlane{corner, axes.right, axes.down};
    cut.attributes.spacing = PixelSpacing{spacing, spacing, SpacingOrigin::Patient};
    cut.attributes.sliceThickness = box_->spacingAlong(axes.into);
    cut.attributes.grey = box_->grey;
    // Levels stand for themselves: 0 is what lies outside, 1 the volume's lowest value.
    cut.attributes.grey.slope = box_->quantisation.step;
    cut.attributes.grey.intercept = box_->quantisation.base - box_->quantisation.step;
    cut.attributes.grey.modalityLut = {};
    cut.attributes.grey.padding = PaddingRange{0, 0};
    cut.pixels = std::move(pixels);
    return cut;
}

} // namespace qianli::viewer
