#include "gateway/index/attributes.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

using enum Comparison;
namespace tag = dicom::tag;

constexpr Attribute table[] = {
    {tag::patientName, Level::Patient, Name, "s.patient_name"},
    {tag::patientId, Level::Patient, Text, "s.patient_id"},
    {tag::issuerOfPatientId, Level::Patient, Text, "iif(s.issuer = '', s.site, s.issuer)"},
    {tag::patientBirthDate, Level::Patient, Date, "s.birth_date"},
    {tag::patientSex, Level::Patient, Text, "s.sex"},

    {tag::studyInstanceUid, Level::Study, Uid, "s.uid"},
    {tag::studyDate, Level::Study, Date, "s.date"},
    {tag::studyTime, Level::Study, Time, "s.time"},
    {tag::accessionNumber, Level::Study, Text, "s.accession"},
    {tag::studyId, Level::Study, Text, "s.study_id"},
    {tag::studyDescription, Level::Study, Text, "s.description"},
    {tag::referringPhysicianName, Level::Study, Name, "s.referring"},
    {tag::patientAge, Level::Study, Text, "s.age"},
    {tag::modalitiesInStudy, Level::Study, Modalities, ""},

    {tag::seriesInstanceUid, Level::Series, Uid, "e.uid"},
    {tag::seriesNumber, Level::Series, Number, "e.number"},
    {tag::seriesDescription, Level::Series, Text, "e.description"},
    {tag::modality, Level::Series, Text, "e.modality"},
    {tag::bodyPartExamined, Level::Series, Text, "e.body_part"},
    {tag::laterality, Level::Series, Text, "e.laterality"},
    {tag::seriesDate, Level::Series, Date, "e.date"},
    {tag::seriesTime, Level::Series, Time, "e.time"},
    {tag::protocolName, Level::Series, Text, "e.protocol"},
    {tag::stationName, Level::Series, Text, "e.station"},
    {tag::institutionName, Level::Series, Text, "e.institution"},
    {tag::manufacturer, Level::Series, Text, "e.manufacturer"},

    {tag::sopInstanceUid, Level::Image, Uid, "i.sop_instance"},
    {tag::sopClassUid, Level::Image, Uid, "h.sop_class"},
    {tag::instanceNumber, Level::Image, Number, "i.number"},
    {tag::imagePosition, Level::Image, Text, "i.position"},
    {tag::imageOrientation, Level::Image, Text, "i.orientation"},
    {tag::rows, Level::Image, Number, "h.rows"},
    {tag::columns, Level::Image, Number, "h.columns"},
    {tag::numberOfFrames, Level::Image, Number, "h.frames"},
    {tag::contentDate, Level::Image, Date, "i.content_date"},
    {tag::contentTime, Level::Image, Time, "i.content_time"},
    {tag::acquisitionNumber, Level::Image, Number, "i.acquisition"},
    {tag::imageType, Level::Image, Text, "h.image_type"},
};

} // namespace

std::span<Attribute const> attributes()
{
    return table;
}

Attribute const* findAttribute(Level level, dicom::Tag tag)
{
    auto const found = std::ranges::find(table, tag, &Attribute::tag);
    return found == std::end(table) || found->level > level ? nullptr : &*found;
}

std::string_view columnAt(Attribute const& attribute, Level level)
{
    if (level != Level::Patient)
        return attribute.column;
    if (attribute.tag == tag::patientName)
        return "p.name";
    return attribute.tag == tag::patientId           ? "p.patient_id"
           : attribute.tag == tag::issuerOfPatientId ? "iif(p.issuer = '', p.site, p.issuer)"
           : attribute.tag == tag::patientBirthDate  ? "p.birth_date"
                                                     : "p.sex";
}

} // namespace qianli::gateway
