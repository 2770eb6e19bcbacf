#include "viewer/model/slice_description_reader.h"

#include <algorithm>
#include <array>

namespace qianli::viewer {
namespace {

void take(HeaderReader const& reader, DcmTagKey const& tag, std::string& value)
{
    if (auto text = reader.text(tag); !text.empty())
        value = std::move(text);
}

void take(HeaderReader const& reader, DcmTagKey const& tag, std::int32_t& value)
{
    value = reader.integer(tag, value);
}

void take(HeaderReader const& reader, DcmTagKey const& tag, std::optional<double>& value)
{
    if (auto const number = reader.number(tag))
        value = number;
}

// The same attributes on the top level of a single picture, and in the item of a converted one that nobody assigned.
void applyPlain(HeaderReader const& reader, SliceDescription& description)
{
    take(reader, DCM_ImageType, description.frameType);
    take(reader, DCM_ConvolutionKernel, description.kernel);
    take(reader, DCM_ContrastBolusAgent, description.contrast);
    take(reader, DCM_AcquisitionTime, description.acquisitionTime);
    take(reader, DCM_AcquisitionDateTime, description.acquisitionTime);
    take(reader, DCM_AcquisitionNumber, description.acquisitionNumber);
    take(reader, DCM_TemporalPositionIdentifier, description.temporalPosition);
    take(reader, DCM_EchoNumbers, description.echoNumber);
    take(reader, DCM_KVP, description.kvp);
    take(reader, DCM_RepetitionTime, description.repetitionTime);
    take(reader, DCM_EchoTime, description.echoTime);
    take(reader, DCM_InversionTime, description.inversionTime);
    take(reader, DCM_TriggerTime, description.triggerTime);
    take(reader, DCM_DiffusionBValue, description.bValue);
    take(reader, DCM_GantryDetectorTilt, description.gantryTilt);
}

void applyFrameContent(HeaderReader const& groups, SliceDescription& description)
{
    auto const content = groups.item(DCM_FrameContentSequence);
    if (!content)
        return;
    take(*content, DCM_StackID, description.stackId);
    take(*content, DCM_InStackPositionNumber, description.inStackPosition);
    take(*content, DCM_TemporalPositionIndex, description.temporalPosition);
    take(*content, DCM_FrameAcquisitionNumber, description.acquisitionNumber);
    take(*content, DCM_FrameAcquisitionDateTime, description.acquisitionTime);
}

void applyFrameType(HeaderReader const& groups, SliceDescription& description)
{
    for (auto const& sequence : {DCM_CTImageFrameTypeSequence, DCM_MRImageFrameTypeSequence, DCM_PETFrameTypeSequence,
                                 DCM_XRay3DFrameTypeSequence, DCM_USImageDescriptionSequence})
        if (auto const item = groups.item(sequence))
            take(*item, DCM_FrameType, description.frameType);
}

} // namespace

SliceDescription readDescription(HeaderReader const& reader)
{
    SliceDescription description;
    applyPlain(reader, description);
    return description;
}

void applyDescriptionGroups(HeaderReader const& groups, SliceDescription& description)
{
    for (auto const& sequence :
         {DCM_UnassignedSharedConvertedAttributesSequence, DCM_UnassignedPerFrameConvertedAttributesSequence})
        if (auto const item = groups.item(sequence))
            applyPlain(*item, description);
    applyFrameContent(groups, description);
    applyFrameType(groups, description);
    if (auto const item = groups.item(DCM_CTReconstructionSequence))
        take(*item, DCM_ConvolutionKernel, description.kernel);
    if (auto const item = groups.item(DCM_CTXRayDetailsSequence))
        take(*item, DCM_KVP, description.kvp);
    if (auto const item = groups.item(DCM_CTAcquisitionDetailsSequence))
        take(*item, DCM_GantryDetectorTilt, description.gantryTilt);
    if (auto const item = groups.item(DCM_ContrastBolusUsageSequence))
        description.contrast = item->text(DCM_ContrastBolusAgentAdministered) == "YES" ? "YES" : "";
    if (auto const item = groups.item(DCM_MRTimingAndRelatedParametersSequence))
        take(*item, DCM_RepetitionTime, description.repetitionTime);
    if (auto const item = groups.item(DCM_MREchoSequence))
        take(*item, DCM_EffectiveEchoTime, description.echoTime);
    if (auto const item = groups.item(DCM_MRModifierSequence))
        take(*item, DCM_InversionTimes, description.inversionTime);
    if (auto const item = groups.item(DCM_MRDiffusionSequence))
        take(*item, DCM_DiffusionBValue, description.bValue);
    if (auto const item = groups.item(DCM_CardiacSynchronizationSequence))
        take(*item, DCM_NominalCardiacTriggerDelayTime, description.triggerTime);
}

std::vector<std::size_t> tellingDimensions(HeaderReader const& reader)
{
    static std::array const places{
        DCM_InStackPositionNumber,   DCM_ImagePositionPatient, DCM_ImagePositionVolume, DCM_SliceLocation, DCM_StackID,
        DCM_FrameAcquisitionDateTime};
    constexpr std::size_t most = 16; // each costs a number of every frame
    std::vector<std::size_t> telling;
    for (std::size_t i = 0; i < std::min(most, reader.items(DCM_DimensionIndexSequence)); ++i) {
        auto const item = reader.item(DCM_DimensionIndexSequence, i);
        auto const pointer = item ? item->words(DCM_DimensionIndexPointer) : std::vector<std::uint16_t>();
        bool const isPlace =
            pointer.size() < 2 || std::any_of(places.begin(), places.end(), [&pointer](DcmTagKey const& tag) {
                return tag == DcmTagKey(pointer[0], pointer[1]);
            });
        if (!isPlace)
            telling.push_back(i);
    }
    return telling;
}

std::vector<std::uint32_t> dimensionValues(HeaderReader const& frameGroups, std::vector<std::size_t> const& telling)
{
    std::vector<std::uint32_t> values;
    auto const content = telling.empty() ? std::nullopt : frameGroups.item(DCM_FrameContentSequence);
    if (!content)
        return values;
    auto const all = content->numbers(DCM_DimensionIndexValues);
    for (std::size_t const place : telling)
        values.push_back(place < all.size() ? static_cast<std::uint32_t>(std::clamp(all[place], 0.0, 4294967295.0))
                                            : 0);
    return values;
}

} // namespace qianli::viewer
