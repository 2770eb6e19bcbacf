#include "viewer/model/spacing_reader.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace qianli::viewer {
namespace {

constexpr double smallest = 1e-5, largest = 100; // mm: from a slide's pixel to a scintigram's
constexpr double tolerance = 0.005;              // of what two spellings of the same spacing may differ by

bool isPlausible(PixelSpacing const& spacing)
{
    for (double const size : {spacing.betweenRows, spacing.betweenColumns})
        if (!(size >= smallest && size <= largest))
            return false;
    double const aspect = spacing.betweenRows / spacing.betweenColumns;
    return aspect >= 0.02 && aspect <= 50;
}

bool isSame(PixelSpacing const& one, PixelSpacing const& other)
{
    return std::abs(one.betweenRows / other.betweenRows - 1) < tolerance &&
           std::abs(one.betweenColumns / other.betweenColumns - 1) < tolerance;
}

bool isSmaller(PixelSpacing const& one, PixelSpacing const& other)
{
    return one.betweenRows < other.betweenRows && one.betweenColumns < other.betweenColumns;
}

bool isProjection(std::string const& modality)
{
    static std::set<std::string> const projections{"CR", "DX", "MG", "XA", "RF", "IO", "PX", "RG"};
    return projections.contains(modality);
}

bool isCrossSection(std::string const& modality)
{
    static std::set<std::string> const sections{"CT", "MR", "PT", "NM", "US", "IVUS", "OCT", "OPT"};
    return sections.contains(modality);
}

// PS3.3 10.7.1.2 where the object says how it was corrected; where it doesn't, only the detector's own spacing tells.
SpacingOrigin originOfProjection(HeaderReader const& reader, PixelSpacing const& pixel,
                                 std::optional<PixelSpacing> const& imager)
{
    auto const type = reader.text(DCM_PixelSpacingCalibrationType);
    if (type == "GEOMETRY")
        return SpacingOrigin::Geometry;
    if (type == "FIDUCIAL")
        return SpacingOrigin::Fiducial;
    if (!imager)
        return SpacingOrigin::Unstated;
    if (isSame(pixel, *imager))
        return SpacingOrigin::Detector;
    // The patient lies nearer to the source than the detector: what is larger there was not corrected but is odd.
    return isSmaller(pixel, *imager) ? SpacingOrigin::Corrected : SpacingOrigin::Unstated;
}

SpacingOrigin originOfPixelSpacing(HeaderReader const& reader, PixelSpacing const& pixel,
                                   std::optional<PixelSpacing> const& imager, SpacingContext const& context)
{
    if (isProjection(context.modality) || imager || !reader.text(DCM_PixelSpacingCalibrationType).empty())
        return originOfProjection(reader, pixel, imager);
    if (context.modality == "CT" && context.isLocalizer)
        return SpacingOrigin::Localizer;
    // A capture with a place in the patient is a cross section, whatever made it (PS3.3 A.8.1.3).
    bool const hasPlane = reader.numbers(DCM_ImageOrientationPatient).size() == 6;
    return hasPlane || isCrossSection(context.modality) ? SpacingOrigin::Patient : SpacingOrigin::Unstated;
}

PixelSpacing withoutMagnification(HeaderReader const& reader, PixelSpacing imager)
{
    auto const factor = reader.number(DCM_EstimatedRadiographicMagnificationFactor);
    if (!factor || !(*factor >= 1 && *factor <= 20))
        return imager;
    imager.betweenRows /= *factor;
    imager.betweenColumns /= *factor;
    imager.origin = SpacingOrigin::DetectorMagnified;
    imager.magnification = *factor;
    return imager;
}

std::optional<UltrasoundRegion> readRegion(HeaderReader const& item)
{
    auto const edge = [&item](DcmTagKey const& tag) { return item.number(tag).value_or(-1); };
    UltrasoundRegion region;
    region.left = edge(DCM_RegionLocationMinX0);
    region.top = edge(DCM_RegionLocationMinY0);
    region.right = edge(DCM_RegionLocationMaxX1) + 1;
    region.bottom = edge(DCM_RegionLocationMaxY1) + 1;
    auto const unit = [&item](DcmTagKey const& tag) {
        auto const code = item.integer(tag, 0);
        return code >= 0 && code <= static_cast<int>(UltrasoundUnit::Degree) ? static_cast<UltrasoundUnit>(code)
                                                                             : UltrasoundUnit::None;
    };
    region.unitX = unit(DCM_PhysicalUnitsXDirection);
    region.unitY = unit(DCM_PhysicalUnitsYDirection);
    region.deltaX = std::abs(item.number(DCM_PhysicalDeltaX).value_or(0)); // negative: counted the other way
    region.deltaY = std::abs(item.number(DCM_PhysicalDeltaY).value_or(0));
    region.lowPriority = (item.integer(DCM_RegionFlags, 0) & 1) != 0;
    // An axis without a scale has no unit either: of a trace that knows time alone, time is right.
    for (auto const& [unitOf, delta] :
         {std::pair{&region.unitX, &region.deltaX}, std::pair{&region.unitY, &region.deltaY}})
        if (*unitOf == UltrasoundUnit::None || !(*delta >= 1e-9 && *delta <= 1e6)) {
            *unitOf = UltrasoundUnit::None;
            *delta = 0;
        }
    bool const isPlace =
        region.left >= 0 && region.top >= 0 && region.right > region.left && region.bottom > region.top;
    if (!isPlace ||
        (region.isTissue() && !isPlausible({region.deltaY * 10, region.deltaX * 10, SpacingOrigin::UltrasoundRegion})))
        return std::nullopt;
    return region;
}

} // namespace

std::optional<PixelSpacing> spacingAt(HeaderReader const& reader, DcmTagKey const& tag, SpacingOrigin origin,
                                      SpacingContext const& context)
{
    auto values = reader.numbers(tag);
    if (values.size() < 2)
        return std::nullopt;
    // PS3.3 10.7.1.3: of a single row or column there is no distance, and zero is right.
    if (context.rows == 1 && values[0] == 0)
        values[0] = values[1];
    if (context.columns == 1 && values[1] == 0)
        values[1] = values[0];
    PixelSpacing const spacing{values[0], values[1], origin};
    return isPlausible(spacing) ? std::optional(spacing) : std::nullopt;
}

std::optional<PixelSpacing> readSpacing(HeaderReader const& reader, SpacingContext const& context)
{
    auto const imager = spacingAt(reader, DCM_ImagerPixelSpacing, SpacingOrigin::Detector, context);
    if (auto pixel = spacingAt(reader, DCM_PixelSpacing, SpacingOrigin::Patient, context)) {
        pixel->origin = originOfPixelSpacing(reader, *pixel, imager, context);
        // Nobody corrected it yet, and the object says by how much to.
        return pixel->origin == SpacingOrigin::Detector ? withoutMagnification(reader, *pixel) : *pixel;
    }
    if (imager)
        return withoutMagnification(reader, *imager);
    return spacingAt(reader, DCM_NominalScannedPixelSpacing, SpacingOrigin::NominalScanned, context);
}

std::optional<PixelSpacing> readGroupSpacing(HeaderReader const& groups, SpacingContext const& context)
{
    if (auto const item = groups.item(DCM_PixelMeasuresSequence)) {
        auto const origin =
            context.modality == "CT" && context.isLocalizer ? SpacingOrigin::Localizer : SpacingOrigin::Patient;
        if (auto const spacing = spacingAt(*item, DCM_PixelSpacing, origin, context))
            return spacing;
    }
    // Of projections (PS3.3 C.8.19.6.9, C.8.19.6.4).
    if (auto const item = groups.item(DCM_ProjectionPixelCalibrationSequence))
        if (auto const spacing =
                spacingAt(*item, DCM_ObjectPixelSpacingInCenterOfBeam, SpacingOrigin::Geometry, context))
            return spacing;
    if (auto const item = groups.item(DCM_FramePixelDataPropertiesSequence))
        return spacingAt(*item, DCM_ImagerPixelSpacing, SpacingOrigin::Detector, context);
    return std::nullopt;
}

UltrasoundRegions readUltrasoundRegions(HeaderReader const& reader)
{
    constexpr std::size_t most = 64;
    auto const count = std::min(reader.items(DCM_SequenceOfUltrasoundRegions), most);
    if (count == 0)
        return nullptr;
    auto regions = std::make_shared<std::vector<UltrasoundRegion>>();
    for (std::size_t index = 0; index < count; ++index)
        if (auto const item = reader.item(DCM_SequenceOfUltrasoundRegions, index))
            if (auto const region = readRegion(*item))
                regions->push_back(*region);
    return regions;
}

double readPixelAspect(HeaderReader const& reader, std::optional<PixelSpacing> const& spacing,
                       UltrasoundRegions const& regions)
{
    double aspect = 1;
    if (spacing) // PS3.3 C.7.6.3.1.7: a ratio is for pictures without one
        aspect = spacing->betweenRows / spacing->betweenColumns;
    else if (auto const ratio = reader.numbers(DCM_PixelAspectRatio); ratio.size() == 2 && ratio[0] > 0 && ratio[1] > 0)
        aspect = ratio[0] / ratio[1];
    else if (regions && regions->size() == 1 && regions->front().isTissue())
        aspect = regions->front().deltaY / regions->front().deltaX;
    return std::clamp(aspect, 0.02, 50.0);
}

} // namespace qianli::viewer
