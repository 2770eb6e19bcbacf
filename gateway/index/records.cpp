#include "gateway/index/records.h"

#include "common/base/text.h"
#include "gateway/archive/object_path.h"
#include "gateway/index/query.h"
#include "gateway/index/uid_key.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace qianli::gateway {
namespace {

// The study's columns that both kinds of rows begin with, in the order of readStudyHeader().
constexpr std::string_view studyColumns =
    "s.site, s.uid, s.patient_name, s.patient_id, s.issuer, s.birth_date, s.sex, s.age, s.date, s.time, s.accession, "
    "s.study_id, "
    "s.description, s.referring, s.charset_declared, s.charset_used, s.charset_rule, s.charset_certain";
constexpr int firstOwnColumn = 18;

dicom::Uid uidOf(sqlite::Statement const& row, int column)
{
    return dicom::Uid::ofKnown(row.textView(column));
}

TimePoint timeOf(sqlite::Statement const& row, int column)
{
    return TimePoint(Duration(row.integer(column)));
}

dicom::InstanceHeader readStudyHeader(sqlite::Statement const& row)
{
    dicom::InstanceHeader header;
    header.studyUid = uidOf(row, 1);
    header.patientName = row.text(2);
    header.patientId = row.text(3);
    header.issuerOfPatientId = row.text(4);
    header.patientBirthDate = row.text(5);
    header.patientSex = row.text(6);
    header.patientAge = row.text(7);
    header.studyDate = row.text(8);
    header.studyTime = row.text(9);
    header.accessionNumber = row.text(10);
    header.studyId = row.text(11);
    header.studyDescription = row.text(12);
    header.referringPhysician = row.text(13);
    header.charset = {row.text(14), row.text(15), static_cast<int>(row.integer(16)), row.integer(17) != 0};
    return header;
}

} // namespace

model::PatientKey keyOfIdentity(model::SiteId const& site, std::string_view identity)
{
    model::PatientKey key;
    key.site = site;
    (identity.starts_with('I') ? key.id : key.studyUid) = identity.substr(std::min<std::size_t>(1, identity.size()));
    return key;
}

std::string identityOf(model::PatientKey const& key)
{
    return key.id.empty() ? "S" + key.studyUid : "I" + key.id;
}

std::string const& selectInstances()
{
    static std::string const sql = fmt::format("SELECT {}, e.uid, e.number, e.description, e.modality, e.body_part, "
                                               "e.laterality, e.date, e.time, e.protocol, e.station, "
                                               "e.institution, e.manufacturer, i.id, i.sop_instance, h.sop_class, "
                                               "h.transfer_syntax, i.version, i.released, i.number, "
                                               "i.position, i.orientation, h.rows, h.columns, h.frames, "
                                               "i.content_date, i.content_time, i.acquisition, h.image_type, h.origin, "
                                               "h.person, h.calling_ae, h.called_ae, h.address, h.charset, i.received, "
                                               "i.digest, i.path, i.offset, i.length, s.part, s.patient FROM {}",
                                               studyColumns, tablesOf(Level::Image));
    return sql;
}

InstanceRecord readInstance(sqlite::Statement const& row)
{
    InstanceRecord record;
    record.header = readStudyHeader(row);
    dicom::InstanceHeader& header = record.header;
    Receipt& receipt = record.receipt;
    int column = firstOwnColumn;
    header.seriesUid = uidOf(row, column++);
    for (std::string* text : {&header.seriesNumber, &header.seriesDescription, &header.modality, &header.bodyPart,
                              &header.laterality, &header.seriesDate, &header.seriesTime, &header.protocolName,
                              &header.stationName, &header.institutionName, &header.manufacturer})
        *text = row.text(column++);
    receipt.sequence = static_cast<std::uint64_t>(row.integer(column++));
    header.sopInstanceUid = uidOf(row, column++);
    header.sopClassUid = uidOf(row, column++);
    receipt.transferSyntax = uidOf(row, column++);
    receipt.version = static_cast<int>(row.integer(column++));
    record.released = row.integer(column++) != 0;
    for (std::string* text : {&header.instanceNumber, &header.imagePosition, &header.imageOrientation, &header.rows,
                              &header.columns, &header.numberOfFrames, &header.contentDate, &header.contentTime,
                              &header.acquisitionNumber, &header.imageType})
        *text = row.text(column++);
    header.transferSyntaxUid = receipt.transferSyntax.value();
    receipt.origin = static_cast<Origin>(row.integer(column++));
    for (std::string* text :
         {&receipt.person, &receipt.callingAe, &receipt.calledAe, &receipt.address, &receipt.charset})
        *text = row.text(column++);
    receipt.receivedAt = timeOf(row, column++);
    auto const digest = row.blob(column++);
    std::copy_n(digest.begin(), std::min(digest.size(), receipt.digest.size()), receipt.digest.begin());
    receipt.location.path = row.text(column++);
    receipt.location.dataSetOffset = static_cast<std::uint32_t>(row.integer(column++));
    receipt.location.dataSetLength = static_cast<std::uint64_t>(row.integer(column++));
    record.part = static_cast<int>(row.integer(column++));
    record.patient = row.integer(column++);
    receipt.site.value = row.text(0);
    receipt.study = header.studyUid;
    receipt.series = header.seriesUid;
    receipt.sopInstance = header.sopInstanceUid;
    receipt.sopClass = header.sopClassUid;
    if (receipt.location.path.empty())
        receipt.location.path = objectPath(receipt.site, receipt.study, receipt.sopInstance, receipt.version);
    return record;
}

std::string const& selectStudies()
{
    static std::string const sql = fmt::format(
        "SELECT {}, s.first_received, (SELECT max(last_received) FROM series WHERE study = s.id), "
        "(SELECT max(last_sequence) FROM series WHERE study = s.id), s.site_conflict, s.version_conflict, "
        "s.stat, s.clock_skew, s.defects, (SELECT group_concat(modality, '\\') FROM (SELECT DISTINCT modality FROM series WHERE study = s.id "
        "AND images "
        "> 0 AND modality "
        "<> '' ORDER BY modality)), "
        "(SELECT count(*) FROM series WHERE study = s.id AND instances > 0), "
        "(SELECT coalesce(sum(instances), 0) FROM series WHERE study = s.id), "
        "(SELECT coalesce(sum(images), 0) FROM series WHERE study = s.id), "
        "(SELECT body_part FROM series WHERE study = s.id AND body_part <> '' ORDER BY images = 0, id LIMIT 1), "
        "(SELECT modality FROM series WHERE study = s.id AND modality <> '' ORDER BY images = 0, id LIMIT 1), "
        "s.part, s.split, p.identity, p.variant, substr(p.identity, 1, 1) = 'I' AND EXISTS (SELECT 1 FROM patient o "
        "WHERE o.identity = p.identity AND o.site = p.site AND o.id <> p.id) "
        "FROM study s JOIN patient p ON p.id = s.patient",
        studyColumns);
    return sql;
}

StudyRecord readStudy(sqlite::Statement const& row)
{
    StudyRecord record;
    record.site.value = row.text(0);
    record.header = readStudyHeader(row);
    int column = firstOwnColumn;
    record.firstReceivedAt = timeOf(row, column++);
    record.lastReceivedAt = timeOf(row, column++);
    record.lastSequence = static_cast<std::uint64_t>(row.integer(column++));
    record.siteConflict = row.integer(column++) != 0;
    record.versionConflict = row.integer(column++) != 0;
    record.statSequence = static_cast<std::uint64_t>(row.integer(column++));
    if (auto const skew = row.optionalInteger(column++))
        record.clockSkew = std::chrono::seconds(*skew);
    record.defects = static_cast<dicom::Defects>(row.integer(column++));
    if (std::string const modalities = row.text(column++); !modalities.empty())
        record.modalities = text::split(modalities, '\\');
    record.series = static_cast<int>(row.integer(column++));
    record.instances = static_cast<int>(row.integer(column++));
    record.imageInstances = static_cast<int>(row.integer(column++));
    record.header.bodyPart = row.text(column++);
    record.header.modality = row.text(column++);
    record.part = static_cast<int>(row.integer(column++));
    record.splitStudy = row.integer(column++) != 0;
    record.patient = keyOfIdentity(record.site, row.textView(column++));
    record.patient.variant = static_cast<int>(row.integer(column++));
    record.identityConflict = row.integer(column++) != 0;
    return record;
}

Result<std::vector<StudyRecord>> readStudies(sqlite::Statement& read)
{
    std::vector<StudyRecord> records;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return records;
        records.push_back(readStudy(read));
    }
}

Result<std::vector<model::SiteId>> readSitesOfStudy(sqlite::Database& database, std::string const& uid)
{
    QIANLI_ASSIGN(auto read, database.prepare("SELECT site FROM study WHERE uid_key = ?1 AND uid = ?2 GROUP BY site "
                                              "ORDER BY min(id)"));
    QIANLI_TRY(read.bind({uidKey(uid), uid}));
    std::vector<model::SiteId> sites;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return sites;
        sites.push_back({read.text(0)});
    }
}

void orderLike(std::vector<InstanceRecord>& records, std::span<std::string const> sopInstances)
{
    std::unordered_map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < sopInstances.size(); ++i)
        places.emplace(sopInstances[i], i);
    auto const placeOf = [&](InstanceRecord const& record) {
        auto const found = places.find(record.receipt.sopInstance.value());
        return found == places.end() ? places.size() : found->second;
    };
    std::ranges::stable_sort(records, {}, placeOf);
}

} // namespace qianli::gateway
