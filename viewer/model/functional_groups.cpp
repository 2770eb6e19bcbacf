#include "viewer/model/functional_groups.h"

#include "viewer/model/grey_scale_reader.h"
#include "viewer/model/slice_description_reader.h"
#include "viewer/model/spacing_reader.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

struct Placement { // as read; a frame may change one and keep the other
    std::vector<double> position, orientation;
    bool inPatient = true;
};

std::optional<Vector3> vectorAt(std::vector<double> const& values, std::size_t from)
{
    if (values.size() < from + 3)
        return std::nullopt;
    return Vector3{values[from], values[from + 1], values[from + 2]};
}

bool isUnit(Vector3 v)
{
    return std::abs(length(v) - 1) <= 0.01;
}

constexpr double farthest = 1e6; // mm: no patient is a kilometre away

// Only a position together with two unit vectors at right angles is a plane.
std::optional<ImagePlane> makePlane(Placement const& placement)
{
    auto const at = vectorAt(placement.position, 0);
    auto const row = vectorAt(placement.orientation, 0);
    auto const column = vectorAt(placement.orientation, 3);
    if (!at || !row || !column || !isUnit(*row) || !isUnit(*column) || !(std::abs(dot(*row, *column)) <= 0.01) ||
        !(length(*at) <= farthest))
        return std::nullopt;
    return ImagePlane{*at, *row * (1 / length(*row)), *column * (1 / length(*column))};
}

void applyPlacement(HeaderReader const& groups, Placement& placement)
{
    if (auto const item = groups.item(DCM_PlanePositionSequence))
        placement.position = item->numbers(DCM_ImagePositionPatient);
    if (auto const item = groups.item(DCM_PlaneOrientationSequence))
        placement.orientation = item->numbers(DCM_ImageOrientationPatient);
    // An ultrasound volume lies in its own space; where that is in the patient nobody says (PS3.3 C.8.24.2).
    if (auto const item = groups.item(DCM_PlanePositionVolumeSequence)) {
        placement.position = item->numbers(DCM_ImagePositionVolume);
        placement.inPatient = false;
    }
    if (auto const item = groups.item(DCM_PlaneOrientationVolumeSequence)) {
        placement.orientation = item->numbers(DCM_ImageOrientationVolume);
        placement.inPatient = false;
    }
}

// What one item of the functional groups says over what is known so far.
void applyGroups(HeaderReader const& groups, SpacingContext const& sizes, FrameAttributes& frame, Placement& placement)
{
    applyPlacement(groups, placement);
    if (auto const spacing = readGroupSpacing(groups, sizes)) {
        frame.spacing = spacing;
        frame.pixelAspect = std::clamp(spacing->betweenRows / spacing->betweenColumns, 0.02, 50.0);
    }
    if (auto regions = readUltrasoundRegions(groups))
        frame.regions = std::move(regions);
    if (auto const item = groups.item(DCM_PixelMeasuresSequence))
        frame.sliceThickness = item->number(DCM_SliceThickness).value_or(frame.sliceThickness);
    applyGreyGroups(groups, frame.grey);
    applyDescriptionGroups(groups, frame.description);
}

void settle(FrameAttributes& frame, Placement const& placement)
{
    frame.plane = makePlane(placement);
    frame.inPatient = placement.inPatient;
}

// Every frame carries its grey scale whole: tables that a small file repeats over a million frames are no picture.
constexpr std::size_t largestTables = 256 << 20; // bytes

std::size_t bytesOf(FrameAttributes const& frame)
{
    auto const& description = frame.description;
    return sizeof(FrameAttributes) + tableBytes(frame.grey) + description.frameType.size() + description.kernel.size() +
           description.contrast.size() + description.acquisitionTime.size();
}

} // namespace

Result<void> readFrames(HeaderReader const& reader, ImageAttributes& image)
{
    FrameAttributes common;
    Placement place{reader.numbers(DCM_ImagePositionPatient), reader.numbers(DCM_ImageOrientationPatient)};
    SpacingContext const sizes{image.series.modality, image.isLocalizer(), image.format.rows, image.format.columns};
    common.regions = readUltrasoundRegions(reader);
    common.spacing = readSpacing(reader, sizes);
    common.pixelAspect = readPixelAspect(reader, common.spacing, common.regions);
    common.sliceThickness = reader.number(DCM_SliceThickness).value_or(0);
    common.grey = readGreyScale(reader, image.format);
    common.description = readDescription(reader);
    if (auto const shared = reader.item(DCM_SharedFunctionalGroupsSequence))
        applyGroups(*shared, sizes, common, place);
    std::size_t const perFrame =
        std::min<std::size_t>(reader.items(DCM_PerFrameFunctionalGroupsSequence), image.frameCount);
    if (bytesOf(common) * perFrame > largestTables)
        return fail(ErrorCode::LimitExceeded,
                    "the look-up tables of " + std::to_string(perFrame) + " frames are too large");
    auto const dimensions = tellingDimensions(reader);
    image.frames.clear();
    for (std::size_t i = 0; i < perFrame; ++i) {
        auto frame = common;
        auto framePlace = place;
        if (auto const groups = reader.item(DCM_PerFrameFunctionalGroupsSequence, i)) {
            applyGroups(*groups, sizes, frame, framePlace);
            frame.description.dimensions = dimensionValues(*groups, dimensions);
        }
        settle(frame, framePlace);
        image.frames.push_back(std::move(frame));
    }
    if (image.frames.empty()) {
        settle(common, place);
        image.frames.push_back(std::move(common));
    } else if (perFrame < image.frameCount) {
        image.undescribed = std::make_shared<FrameAttributes const>(std::move(common));
    }
    return {};
}

} // namespace qianli::viewer
