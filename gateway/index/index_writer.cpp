#include "gateway/index/index_writer.h"

#include "gateway/index/name_search.h"

#include <algorithm>
#include <vector>

namespace qianli::gateway {
namespace {

std::int64_t milliseconds(TimePoint time)
{
    return time.time_since_epoch().count();
}

std::string plainTime(std::string time)
{
    std::erase(time, ':');
    return time;
}

// Without a Patient ID every study is a patient of its own: two unknown persons must not become one.
std::string identityOf(dicom::InstanceHeader const& header)
{
    return header.patientId.empty() ? "S" + header.studyUid.value() : "I" + header.patientId;
}

// A value that the newer object lacks stays.
std::string newer(std::string const& value, std::string kept)
{
    return value.empty() ? std::move(kept) : value;
}

} // namespace

std::string plainDate(std::string const& date)
{
    if (date.size() != 10 || date[4] != '.' || date[7] != '.')
        return date;
    return date.substr(0, 4) + date.substr(5, 2) + date.substr(8, 2);
}

Result<void> IndexWriter::add(IndexedObject const& object)
{
    Receipt const& receipt = object.receipt;
    QIANLI_ASSIGN(Study const stored, study(object));
    QIANLI_ASSIGN(std::int64_t const seriesId, series(stored.id, object.header));
    bool again = false;
    if (!stored.isNew) {
        QIANLI_ASSIGN(auto seen, database_.prepare(
                                     "SELECT 1 FROM instance i JOIN series e ON e.id = i.series JOIN study s ON s.id = "
                                     "e.study WHERE i.sop_instance = ?1 AND s.site = ?2"));
        QIANLI_TRY(seen.bind({receipt.sopInstance.value(), receipt.site.value}));
        QIANLI_ASSIGN(again, seen.step());
    }
    // What was issued is the version that was there first; whatever comes under its UID later was checked by nobody.
    bool released = receipt.origin != Origin::Station;
    if (!released && !again) {
        QIANLI_ASSIGN(released, isNamedReleased(receipt.site, receipt.sopInstance));
    }
    QIANLI_TRY(insertInstance(seriesId, object, released));
    if (again) {
        QIANLI_ASSIGN(auto flag, database_.prepare("UPDATE study SET version_conflict = 1 WHERE id = ?1"));
        QIANLI_TRY(flag.run({stored.id}));
        return orderVersions(receipt.site, receipt.sopInstance);
    }
    QIANLI_ASSIGN(auto count,
                  database_.prepare("UPDATE series SET instances = instances + 1, released = released + ?2, "
                                    "images = images + ?3 WHERE id = ?1"));
    return count.run({seriesId, released, receipt.origin != Origin::Station});
}

Result<IndexWriter::Study> IndexWriter::study(IndexedObject const& object)
{
    QIANLI_ASSIGN(auto find, database_.prepare("SELECT id FROM study WHERE site = ?1 AND uid = ?2"));
    QIANLI_TRY(find.bind({object.receipt.site.value, object.header.studyUid.value()}));
    QIANLI_ASSIGN(bool const known, find.step());
    if (!known)
        return insertStudy(object);
    std::int64_t const id = find.integer(0);
    QIANLI_TRY(updateStudy(id, object));
    return Study{id, false};
}

Result<IndexWriter::Study> IndexWriter::insertStudy(IndexedObject const& object)
{
    dicom::InstanceHeader const& header = object.header;
    Receipt const& receipt = object.receipt;
    QIANLI_ASSIGN(std::int64_t const patientId, patient(receipt.site, header));
    QIANLI_ASSIGN(
        auto insert,
        database_.prepare("INSERT INTO study (patient, site, uid, patient_name, patient_id, issuer, birth_date, sex, "
                          "age, date, time, "
                          "accession, study_id, description, referring, charset_declared, charset_used, charset_rule, "
                          "charset_certain, "
                          "first_received, last_received, last_sequence) "
                          "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?20,?21)"));
    QIANLI_TRY(insert.run({patientId,
                           receipt.site.value,
                           header.studyUid.value(),
                           header.patientName,
                           header.patientId,
                           header.issuerOfPatientId,
                           plainDate(header.patientBirthDate),
                           header.patientSex,
                           header.patientAge,
                           plainDate(header.studyDate),
                           plainTime(header.studyTime),
                           header.accessionNumber,
                           header.studyId,
                           header.studyDescription,
                           header.referringPhysician,
                           header.charset.declared,
                           header.charset.used,
                           header.charset.rule,
                           header.charset.certain,
                           milliseconds(receipt.receivedAt),
                           receipt.sequence}));
    std::int64_t const id = database_.lastInsertRowId();
    QIANLI_TRY(writeNames(id, header.patientName));
    QIANLI_ASSIGN(auto conflict, database_.prepare("UPDATE study SET site_conflict = 1 WHERE uid = ?1 AND "
                                                   "(SELECT count(*) FROM study WHERE uid = ?1) > 1"));
    QIANLI_TRY(conflict.run({header.studyUid.value()}));
    return Study{id, true};
}

Result<void> IndexWriter::updateStudy(std::int64_t study, IndexedObject const& object)
{
    dicom::InstanceHeader const& header = object.header;
    QIANLI_ASSIGN(auto touch,
                  database_.prepare("UPDATE study SET last_received = max(last_received, ?2), last_sequence = ?3 "
                                    "WHERE id = ?1"));
    QIANLI_TRY(touch.run({study, milliseconds(object.receipt.receivedAt), object.receipt.sequence}));
    // What reading stations make repeats the study's demographics; the devices' word counts.
    if (object.receipt.origin == Origin::Station)
        return {};
    QIANLI_ASSIGN(
        auto read,
        database_.prepare("SELECT patient_name, patient_id, issuer, birth_date, sex, age, date, time, accession, "
                          "study_id, description, referring, site, patient FROM study WHERE id = ?1"));
    QIANLI_TRY(read.bind({study}));
    QIANLI_TRY(read.step());
    std::vector<std::string> const given = {
        header.patientName,     header.patientId,  header.issuerOfPatientId,    plainDate(header.patientBirthDate),
        header.patientSex,      header.patientAge, plainDate(header.studyDate), plainTime(header.studyTime),
        header.accessionNumber, header.studyId,    header.studyDescription,     header.referringPhysician};
    std::vector<std::string> merged;
    bool changed = false;
    for (std::size_t i = 0; i < given.size(); ++i) {
        merged.push_back(newer(given[i], read.text(static_cast<int>(i))));
        changed = changed || merged[i] != read.textView(static_cast<int>(i));
    }
    if (!changed)
        return {};
    bool const renamed = merged[0] != read.textView(0);
    model::SiteId const site{read.text(12)};
    std::int64_t const formerPatient = read.integer(13);
    read.reset();

    dicom::InstanceHeader person = header;
    person.patientName = merged[0];
    person.patientId = merged[1];
    person.issuerOfPatientId = merged[2];
    person.patientBirthDate = merged[3];
    person.patientSex = merged[4];
    QIANLI_ASSIGN(std::int64_t const patientId, patient(site, person));
    QIANLI_ASSIGN(
        auto write,
        database_.prepare(
            "UPDATE study SET patient = ?2, patient_name = ?3, patient_id = ?4, issuer = ?5, birth_date = ?6, "
            "sex = ?7, age = ?8, date = ?9, time = ?10, accession = ?11, study_id = ?12, description = ?13, "
            "referring = ?14, charset_declared = ?15, charset_used = ?16, charset_rule = ?17, "
            "charset_certain = ?18 WHERE id = ?1"));
    QIANLI_TRY(write.run({study, patientId, merged[0], merged[1], merged[2], merged[3], merged[4], merged[5], merged[6],
                          merged[7], merged[8], merged[9], merged[10], merged[11], header.charset.declared,
                          header.charset.used, header.charset.rule, header.charset.certain}));
    if (patientId != formerPatient) {
        QIANLI_ASSIGN(auto remove,
                      database_.prepare("DELETE FROM patient WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM study WHERE "
                                        "patient = ?1)"));
        QIANLI_TRY(remove.run({formerPatient}));
    }
    return renamed ? writeNames(study, merged[0]) : Result<void>();
}

Result<std::int64_t> IndexWriter::patient(model::SiteId const& site, dicom::InstanceHeader const& header)
{
    QIANLI_ASSIGN(auto put,
                  database_.prepare("INSERT INTO patient (site, identity, patient_id, issuer, name, birth_date, sex) "
                                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (site, identity) DO UPDATE SET "
                                    "issuer = iif(excluded.issuer = '', issuer, excluded.issuer), "
                                    "name = iif(excluded.name = '', name, excluded.name), "
                                    "birth_date = iif(excluded.birth_date = '', birth_date, excluded.birth_date), "
                                    "sex = iif(excluded.sex = '', sex, excluded.sex) RETURNING id"));
    QIANLI_TRY(put.bind({site.value, identityOf(header), header.patientId, header.issuerOfPatientId, header.patientName,
                         plainDate(header.patientBirthDate), header.patientSex}));
    QIANLI_TRY(put.step());
    return put.integer(0);
}

Result<void> IndexWriter::writeNames(std::int64_t study, std::string const& name)
{
    QIANLI_ASSIGN(auto clear, database_.prepare("DELETE FROM study_name WHERE study = ?1"));
    QIANLI_TRY(clear.run({study}));
    std::vector<std::string> const groups = nameGroups(name);
    for (std::size_t position = 0; position < groups.size(); ++position) {
        if (groups[position].empty())
            continue;
        QIANLI_ASSIGN(auto put, database_.prepare(
                                    "INSERT OR IGNORE INTO study_name (text, position, study) VALUES (?1, ?2, ?3)"));
        QIANLI_TRY(put.run({groups[position], position, study}));
    }
    return {};
}

Result<std::int64_t> IndexWriter::series(std::int64_t study, dicom::InstanceHeader const& header)
{
    QIANLI_ASSIGN(
        auto put,
        database_.prepare(
            "INSERT INTO series (study, uid, number, description, modality, body_part, laterality, date, time, "
            "protocol, station, "
            "institution, manufacturer) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13) ON CONFLICT (study, uid) "
            "DO UPDATE SET "
            "number = iif(excluded.number = '', number, excluded.number), "
            "description = iif(excluded.description = '', description, excluded.description), "
            "modality = iif(excluded.modality = '', modality, excluded.modality), "
            "body_part = iif(excluded.body_part = '', body_part, excluded.body_part), "
            "laterality = iif(excluded.laterality = '', laterality, excluded.laterality), "
            "date = iif(excluded.date = '', date, excluded.date), time = iif(excluded.time = '', time, excluded.time), "
            "protocol = iif(excluded.protocol = '', protocol, excluded.protocol), "
            "station = iif(excluded.station = '', station, excluded.station), "
            "institution = iif(excluded.institution = '', institution, excluded.institution), "
            "manufacturer = iif(excluded.manufacturer = '', manufacturer, excluded.manufacturer) RETURNING id"));
    QIANLI_TRY(
        put.bind({study, header.seriesUid.value(), header.seriesNumber, header.seriesDescription, header.modality,
                  header.bodyPart, header.laterality, plainDate(header.seriesDate), plainTime(header.seriesTime),
                  header.protocolName, header.stationName, header.institutionName, header.manufacturer}));
    QIANLI_TRY(put.step());
    return put.integer(0);
}

Result<bool> IndexWriter::isNamedReleased(model::SiteId const& site, dicom::Uid const& sopInstance)
{
    QIANLI_ASSIGN(auto named, database_.prepare("SELECT 1 FROM released WHERE site = ?1 AND sop_instance = ?2"));
    QIANLI_TRY(named.bind({site.value, sopInstance.value()}));
    return named.step();
}

Result<void> IndexWriter::insertInstance(std::int64_t series, IndexedObject const& object, bool released)
{
    Receipt const& receipt = object.receipt;
    dicom::InstanceHeader const& header = object.header;
    QIANLI_ASSIGN(
        auto insert,
        database_.prepare(
            "INSERT INTO instance (id, series, sop_instance, sop_class, transfer_syntax, version, newest, released, "
            "newest_released, number, position, orientation, rows, columns, frames, content_date, content_time, "
            "acquisition, "
            "image_type, origin, person, calling_ae, called_ae, address, charset, received, digest, path, offset, "
            "length) "
            "VALUES "
            "(?1,?2,?3,?4,?5,?6,1,?7,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,"
            "?27,?28)"));
    return insert.run({receipt.sequence,
                       series,
                       receipt.sopInstance.value(),
                       receipt.sopClass.value(),
                       receipt.transferSyntax.value(),
                       receipt.version,
                       released,
                       header.instanceNumber,
                       header.imagePosition,
                       header.imageOrientation,
                       header.rows,
                       header.columns,
                       header.numberOfFrames,
                       plainDate(header.contentDate),
                       plainTime(header.contentTime),
                       header.acquisitionNumber,
                       header.imageType,
                       static_cast<int>(receipt.origin),
                       receipt.person,
                       receipt.callingAe,
                       receipt.calledAe,
                       receipt.address,
                       receipt.charset,
                       milliseconds(receipt.receivedAt),
                       std::span<std::uint8_t const>(receipt.digest),
                       receipt.location.path,
                       receipt.location.dataSetOffset,
                       receipt.location.dataSetLength});
}

// Several versions of one object: says which one is seen, and counts their series again. Rare, so it need not be
// clever.
Result<void> IndexWriter::orderVersions(model::SiteId const& site, dicom::Uid const& sopInstance)
{
    QIANLI_ASSIGN(auto read,
                  database_.prepare("SELECT i.id, i.series, i.released, i.origin FROM instance i JOIN series e ON e.id "
                                    "= i.series JOIN study s ON s.id = e.study WHERE i.sop_instance = ?1 AND s.site = "
                                    "?2 ORDER BY i.version, i.id"));
    QIANLI_TRY(read.bind({sopInstance.value(), site.value}));
    struct Row {
        std::int64_t id, series;
        bool released, fromStation;
    };
    std::vector<Row> rows;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            break;
        bool const fromStation = read.integer(3) == static_cast<int>(Origin::Station);
        rows.push_back({read.integer(0), read.integer(1), read.integer(2) != 0, fromStation});
    }
    if (rows.empty())
        return {};
    // An issued report stays what everybody sees; of all else the newest counts.
    std::int64_t newest = rows.back().id, newestReleased = 0;
    for (Row const& row : rows)
        if (row.released)
            newestReleased = row.id;
    if (rows.front().fromStation && rows.front().released)
        newest = newestReleased = rows.front().id;
    for (Row const& row : rows) {
        QIANLI_ASSIGN(auto write,
                      database_.prepare("UPDATE instance SET newest = ?2, newest_released = ?3 WHERE id = ?1"));
        QIANLI_TRY(write.run({row.id, row.id == newest, row.id == newestReleased}));
    }
    for (Row const& row : rows)
        QIANLI_TRY(recount(row.series));
    return {};
}

Result<void> IndexWriter::recount(std::int64_t series)
{
    QIANLI_ASSIGN(auto count,
                  database_.prepare(
                      "UPDATE series SET instances = (SELECT count(*) FROM instance WHERE series = ?1 AND newest = 1), "
                      "released = (SELECT count(*) FROM instance WHERE series = ?1 AND newest_released = 1), "
                      "images = (SELECT count(*) FROM instance WHERE series = ?1 AND newest = 1 AND origin <> 1) "
                      "WHERE id = ?1"));
    return count.run({series});
}

Result<void> IndexWriter::release(model::SiteId const& site, dicom::Uid const& sopInstance)
{
    QIANLI_ASSIGN(auto remember,
                  database_.prepare("INSERT OR IGNORE INTO released (site, sop_instance) VALUES (?1, ?2)"));
    QIANLI_TRY(remember.run({site.value, sopInstance.value()}));
    std::int64_t first = 0; // the version that was there first, where it is not released yet
    {
        QIANLI_ASSIGN(auto find,
                      database_.prepare("SELECT i.id, i.released FROM instance i JOIN series e ON e.id = i.series "
                                        "JOIN study s ON s.id = e.study WHERE i.sop_instance = ?1 AND s.site = ?2 "
                                        "ORDER BY i.version, i.id LIMIT 1"));
        QIANLI_TRY(find.bind({sopInstance.value(), site.value}));
        QIANLI_ASSIGN(bool const held, find.step());
        if (!held || find.integer(1) != 0)
            return {};
        first = find.integer(0);
    }
    QIANLI_ASSIGN(auto free, database_.prepare("UPDATE instance SET released = 1 WHERE id = ?1"));
    QIANLI_TRY(free.run({first}));
    return orderVersions(site, sopInstance);
}

} // namespace qianli::gateway
