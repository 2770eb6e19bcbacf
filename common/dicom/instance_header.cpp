#include "common/dicom/instance_header.h"

#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "common/dicom/header_defects.h"
#include "common/dicom/tag.h"
#include "common/dicom/value_representation.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

namespace qianli::dicom {
namespace {

// Text that is not shown, but helps to tell the character set of an object whose name alone would leave doubt.
constexpr Tag institutionAddress{0x0008, 0x0081};
constexpr Tag institutionalDepartment{0x0008, 0x1040};
constexpr Tag performingPhysician{0x0008, 0x1050};
constexpr Tag operatorsName{0x0008, 0x1070};
constexpr Tag patientComments{0x0010, 0x4000};
constexpr Tag requestedProcedureDescription{0x0032, 0x1060};

constexpr std::array headerTags{tag::specificCharacterSet,
                                tag::imageType,
                                tag::sopClassUid,
                                tag::sopInstanceUid,
                                tag::studyDate,
                                tag::seriesDate,
                                tag::acquisitionDate,
                                tag::contentDate,
                                tag::studyTime,
                                tag::seriesTime,
                                tag::acquisitionTime,
                                tag::contentTime,
                                tag::accessionNumber,
                                tag::modality,
                                tag::manufacturer,
                                tag::institutionName,
                                tag::referringPhysicianName,
                                tag::timezoneOffset,
                                tag::stationName,
                                tag::studyDescription,
                                tag::seriesDescription,
                                tag::patientName,
                                tag::patientId,
                                tag::issuerOfPatientId,
                                tag::patientBirthDate,
                                tag::patientSex,
                                tag::otherPatientIds,
                                tag::patientAge,
                                tag::bodyPartExamined,
                                tag::protocolName,
                                tag::studyInstanceUid,
                                tag::seriesInstanceUid,
                                tag::studyId,
                                tag::seriesNumber,
                                tag::acquisitionNumber,
                                tag::instanceNumber,
                                tag::imagePosition,
                                tag::imageOrientation,
                                tag::imagesInAcquisition,
                                tag::laterality,
                                tag::imageLaterality,
                                tag::numberOfFrames,
                                tag::rows,
                                tag::columns,
                                institutionAddress,
                                institutionalDepartment,
                                performingPhysician,
                                operatorsName,
                                patientComments,
                                requestedProcedureDescription};

class Reader {
public:
    Reader(DataSetHeader const& header, std::string_view siteCharset) : header_(header)
    {
        decision_ = decideCharacterSet(header, siteCharset);
    }

    CharacterSetDecision const& decision() const { return decision_; }

    std::string text(Tag wanted) const
    {
        std::string const* const raw = find(wanted);
        return raw ? std::string(text::trim(decodeText(decision_, *raw))) : std::string();
    }

    Result<Uid> uid(Tag wanted, std::string_view name) const
    {
        std::string const* const raw = find(wanted);
        if (!raw)
            return fail(ErrorCode::InvalidInput, fmt::format("{} {} is missing", name, toString(wanted)));
        auto uid = Uid::fromPeer(*raw);
        if (!uid)
            return tl::unexpected(std::move(uid).error().at(fmt::format("{} {}", name, toString(wanted))));
        return uid;
    }

    // US in the data set's byte order; text where a device wrote another VR.
    std::string number(Tag wanted) const
    {
        auto const found = header_.elements.find(wanted);
        if (found == header_.elements.end())
            return {};
        RawElement const& element = found->second;
        if (isTextVr(element.vr))
            return std::string(text::trim(element.value));
        if (element.value.size() < 2)
            return {};
        auto const first = static_cast<unsigned char>(element.value[0]);
        auto const second = static_cast<unsigned char>(element.value[1]);
        return std::to_string(header_.bigEndian ? first * 256 + second : second * 256 + first);
    }

private:
    std::string const* find(Tag wanted) const
    {
        auto const found = header_.elements.find(wanted);
        return found == header_.elements.end() ? nullptr : &found->second.value;
    }

    DataSetHeader const& header_;
    CharacterSetDecision decision_;
};

} // namespace

std::span<Tag const> instanceHeaderTags()
{
    return headerTags;
}

CharacterSetDecision decideCharacterSet(DataSetHeader const& header, std::string_view sitePolicy)
{
    std::vector<std::string> values;
    for (auto const& [elementTag, element] : header.elements)
        if (element.vr.empty() || element.vr == "UN" || isTextVr(element.vr))
            values.push_back(element.value);
    auto const declared = header.elements.find(tag::specificCharacterSet);
    return decideCharacterSet(declared == header.elements.end() ? std::string_view()
                                                                : text::trim(declared->second.value),
                              values, sitePolicy);
}

Result<InstanceHeader> toInstanceHeader(DataSetHeader const& header, Uid const& transferSyntax,
                                        std::string_view siteCharset)
{
    Reader const reader(header, siteCharset);
    InstanceHeader instance;
    instance.charset = reader.decision();
    QIANLI_ASSIGN(instance.studyUid, reader.uid(tag::studyInstanceUid, "Study Instance UID"));
    QIANLI_ASSIGN(instance.seriesUid, reader.uid(tag::seriesInstanceUid, "Series Instance UID"));
    QIANLI_ASSIGN(instance.sopInstanceUid, reader.uid(tag::sopInstanceUid, "SOP Instance UID"));
    QIANLI_ASSIGN(instance.sopClassUid, reader.uid(tag::sopClassUid, "SOP Class UID"));
    instance.transferSyntaxUid = transferSyntax.value();

    static constexpr std::array<std::pair<Tag, std::string InstanceHeader::*>, 36> texts{{
        {tag::patientName, &InstanceHeader::patientName},
        {tag::patientId, &InstanceHeader::patientId},
        {tag::issuerOfPatientId, &InstanceHeader::issuerOfPatientId},
        {tag::patientBirthDate, &InstanceHeader::patientBirthDate},
        {tag::patientSex, &InstanceHeader::patientSex},
        {tag::patientAge, &InstanceHeader::patientAge},
        {tag::studyDate, &InstanceHeader::studyDate},
        {tag::studyTime, &InstanceHeader::studyTime},
        {tag::accessionNumber, &InstanceHeader::accessionNumber},
        {tag::studyId, &InstanceHeader::studyId},
        {tag::studyDescription, &InstanceHeader::studyDescription},
        {tag::referringPhysicianName, &InstanceHeader::referringPhysician},
        {tag::seriesNumber, &InstanceHeader::seriesNumber},
        {tag::seriesDescription, &InstanceHeader::seriesDescription},
        {tag::modality, &InstanceHeader::modality},
        {tag::bodyPartExamined, &InstanceHeader::bodyPart},
        {tag::laterality, &InstanceHeader::laterality},
        {tag::seriesDate, &InstanceHeader::seriesDate},
        {tag::seriesTime, &InstanceHeader::seriesTime},
        {tag::protocolName, &InstanceHeader::protocolName},
        {tag::stationName, &InstanceHeader::stationName},
        {tag::institutionName, &InstanceHeader::institutionName},
        {tag::manufacturer, &InstanceHeader::manufacturer},
        {tag::instanceNumber, &InstanceHeader::instanceNumber},
        {tag::imagePosition, &InstanceHeader::imagePosition},
        {tag::imageOrientation, &InstanceHeader::imageOrientation},
        {tag::numberOfFrames, &InstanceHeader::numberOfFrames},
        {tag::contentDate, &InstanceHeader::contentDate},
        {tag::contentTime, &InstanceHeader::contentTime},
        {tag::acquisitionNumber, &InstanceHeader::acquisitionNumber},
        {tag::imageType, &InstanceHeader::imageType},
        {tag::otherPatientIds, &InstanceHeader::otherPatientIds},
        {tag::imagesInAcquisition, &InstanceHeader::imagesInAcquisition},
        {tag::acquisitionDate, &InstanceHeader::acquisitionDate},
        {tag::acquisitionTime, &InstanceHeader::acquisitionTime},
        {tag::timezoneOffset, &InstanceHeader::timezone},
    }};
    for (auto const& [wanted, member] : texts)
        instance.*member = reader.text(wanted);
    if (instance.laterality.empty())
        instance.laterality = reader.text(tag::imageLaterality);
    instance.rows = reader.number(tag::rows);
    instance.columns = reader.number(tag::columns);
    instance.defects = defectsOf(header, instance);
    return instance;
}

} // namespace qianli::dicom
