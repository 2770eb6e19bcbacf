#include "viewer/model/grey_scale_reader.h"

#include "viewer/model/lookup_table_reader.h"

#include <algorithm>

namespace qianli::viewer {
namespace {

void readRescale(HeaderReader const& reader, GreyScale& grey)
{
    if (auto const slope = reader.number(DCM_RescaleSlope); slope && *slope != 0)
        grey.slope = *slope;
    grey.intercept = reader.number(DCM_RescaleIntercept).value_or(grey.intercept);
    if (auto type = reader.text(DCM_RescaleType); !type.empty())
        grey.rescaleType = std::move(type);
    // Of PET: what the values are rescaled to (PS3.3 C.8.9.1).
    if (auto unit = reader.text(DCM_Units); grey.rescaleType.empty() && unit != "NONE")
        grey.rescaleType = std::move(unit);
}

std::vector<std::string> textParts(std::string const& text)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        auto const end = std::min(text.find('\\', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

VoiFunction readFunction(HeaderReader const& reader)
{
    std::string const function = reader.text(DCM_VOILUTFunction);
    return function == "SIGMOID"        ? VoiFunction::Sigmoid
           : function == "LINEAR_EXACT" ? VoiFunction::LinearExact
                                        : VoiFunction::Linear;
}

void readWindows(HeaderReader const& reader, GreyScale& grey)
{
    auto const centers = reader.numbers(DCM_WindowCenter);
    auto const widths = reader.numbers(DCM_WindowWidth);
    auto const names = textParts(reader.text(DCM_WindowCenterWidthExplanation));
    VoiFunction const function = readFunction(reader);
    // C.11.2.1.2.1: a linear window is at least 1 wide; the others only wider than nothing.
    double const narrowest = function == VoiFunction::Linear ? 1 : 1e-9;
    std::vector<Window> windows;
    std::size_t broken = 0;
    for (std::size_t i = 0; i < std::max(centers.size(), widths.size()); ++i) {
        if (i < centers.size() && i < widths.size() && widths[i] >= narrowest)
            windows.push_back({centers[i], widths[i], i < names.size() ? names[i] : std::string(), function});
        else
            ++broken;
    }
    if (windows.empty() && broken == 0)
        return;
    grey.windows = std::move(windows);
    grey.brokenWindows = broken;
}

// A padding value is written like a pixel: signed as they are, and where few bits are stored perhaps without its sign.
double paddingOf(std::uint16_t word, PixelFormat const& format)
{
    if (format.signedness == Signedness::Unsigned)
        return word;
    if (format.bitsStored >= 16)
        return static_cast<std::int16_t>(word);
    std::uint32_t const sign = 1u << (format.bitsStored - 1);
    return word < sign * 2 ? static_cast<double>((word ^ sign)) - sign : static_cast<std::int16_t>(word);
}

std::optional<PaddingRange> readIntegerPadding(HeaderReader const& reader, PixelFormat const& format)
{
    auto const value = reader.words(DCM_PixelPaddingValue);
    if (value.empty())
        return std::nullopt;
    auto const limit = reader.words(DCM_PixelPaddingRangeLimit);
    double const a = paddingOf(value.front(), format);
    double const b = limit.empty() ? a : paddingOf(limit.front(), format);
    return PaddingRange{std::min(a, b), std::max(a, b)};
}

std::optional<PaddingRange> readFloatPadding(HeaderReader const& reader, PixelFormat const& format)
{
    bool const isDouble = format.bitsAllocated == 64;
    auto const value = reader.number(isDouble ? DCM_DoubleFloatPixelPaddingValue : DCM_FloatPixelPaddingValue);
    if (!value)
        return std::nullopt;
    double const limit =
        reader.number(isDouble ? DCM_DoubleFloatPixelPaddingRangeLimit : DCM_FloatPixelPaddingRangeLimit)
            .value_or(*value);
    return PaddingRange{std::min(*value, limit), std::max(*value, limit)};
}

// Angiography and fluoroscopy are windowed as they are stored: their Modality LUT leads back to the beam's intensity,
// for who computes with it (PS3.3 C.8.7.1).
bool isAngiography(HeaderReader const& reader)
{
    std::string const sopClass = reader.text(DCM_SOPClassUID);
    return sopClass == UID_XRayAngiographicImageStorage || sopClass == UID_XRayRadiofluoroscopicImageStorage ||
           sopClass == UID_RETIRED_XRayAngiographicBiPlaneImageStorage;
}

void readModalityLut(HeaderReader const& reader, bool signedInput, GreyScale& grey)
{
    auto const item = reader.item(DCM_ModalityLUTSequence);
    if (!item)
        return;
    grey.modalityLut = readLookupTable(*item, signedInput);
    if (auto type = item->text(DCM_ModalityLUTType); !type.empty())
        grey.rescaleType = std::move(type);
}

void readVoiLuts(HeaderReader const& reader, bool signedInput, GreyScale& grey)
{
    std::vector<LookupTable> luts;
    for (std::size_t i = 0; i < reader.items(DCM_VOILUTSequence); ++i)
        if (auto const item = reader.item(DCM_VOILUTSequence, i))
            if (auto lut = readLookupTable(*item, signedInput); !lut.empty())
                luts.push_back(std::move(lut));
    if (!luts.empty())
        grey.voiLuts = std::move(luts);
}

} // namespace

GreyScale readGreyScale(HeaderReader const& reader, PixelFormat const& format)
{
    GreyScale grey;
    bool const isSigned = format.signedness == Signedness::Signed;
    if (!isAngiography(reader)) {
        readRescale(reader, grey);
        readModalityLut(reader, isSigned, grey);
    }
    readWindows(reader, grey);
    // The input of a VOI LUT is what the Modality LUT gives, which may be negative for unsigned pixels too.
    readVoiLuts(reader, grey.modalityLut.empty() && (isSigned || grey.intercept < 0), grey);
    if (auto const item = reader.item(DCM_PresentationLUTSequence))
        grey.presentationLut = readLookupTable(*item, false);
    if (format.samplesPerPixel == 1)
        grey.padding =
            format.kind == PixelKind::Float ? readFloatPadding(reader, format) : readIntegerPadding(reader, format);
    grey.inverse = format.photometric == "MONOCHROME1" || reader.text(DCM_PresentationLUTShape) == "INVERSE";
    return grey;
}

void applyGreyGroups(HeaderReader const& groups, GreyScale& grey)
{
    if (auto const item = groups.item(DCM_PixelValueTransformationSequence)) {
        // A group that rescales says so in place of the object's table.
        grey.modalityLut = {};
        readRescale(*item, grey);
    }
    if (auto const item = groups.item(DCM_FrameVOILUTSequence)) {
        readWindows(*item, grey);
        readVoiLuts(*item, grey.intercept < 0, grey);
    }
}

std::size_t tableBytes(GreyScale const& grey)
{
    std::size_t entries = grey.modalityLut.entries.size() + grey.presentationLut.entries.size();
    for (auto const& lut : grey.voiLuts)
        entries += lut.entries.size();
    return entries * sizeof(std::uint16_t);
}

} // namespace qianli::viewer
