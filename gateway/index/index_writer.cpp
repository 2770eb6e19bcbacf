// Studies, patients and series: the rows that many objects share (IndexWriter).
#include "gateway/index/index_writer.h"

#include "gateway/index/name_keys.h"
#include "gateway/index/name_search.h"
#include "gateway/index/records.h"
#include "gateway/index/uid_key.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

// More than are ever received side by side.
constexpr std::size_t studiesInMemory = 2048;
constexpr std::size_t sharedInMemory = 4096;

std::int64_t milliseconds(TimePoint time)
{
    return time.time_since_epoch().count();
}

// A value that the newer object lacks stays. True when one changed.
template <std::size_t count>
bool merge(std::array<std::string, count>& kept, std::array<std::string, count> const& given)
{
    bool changed = false;
    for (std::size_t i = 0; i < count; ++i) {
        if (given[i].empty() || given[i] == kept[i])
            continue;
        kept[i] = given[i];
        changed = true;
    }
    return changed;
}

std::string keyOf(model::SiteId const& site, std::string const& uid)
{
    return site.value + '\0' + uid;
}

std::array<std::string, 12> valuesOf(dicom::InstanceHeader const& header)
{
    return {header.patientName,     header.patientId,  header.issuerOfPatientId,    plainDate(header.patientBirthDate),
            header.patientSex,      header.patientAge, plainDate(header.studyDate), plainTime(header.studyTime),
            header.accessionNumber, header.studyId,    header.studyDescription,     header.referringPhysician};
}

} // namespace

std::string identityOf(dicom::InstanceHeader const& header)
{
    return header.patientId.empty() ? "S" + header.studyUid.value() : "I" + header.patientId;
}

std::string plainDate(std::string const& date)
{
    if (date.size() != 10 || date[4] != '.' || date[7] != '.')
        return date;
    return date.substr(0, 4) + date.substr(5, 2) + date.substr(8, 2);
}

std::string plainTime(std::string time)
{
    std::erase(time, ':');
    return time;
}

Result<void> IndexWriter::add(IndexedObject const& object)
{
    Receipt const& receipt = object.receipt;
    bool isNew = false;
    QIANLI_ASSIGN(Study* const stored, study(object, isNew));
    QIANLI_ASSIGN(Series* const holder, series(*stored, object));
    bool again = receipt.version > 1;
    if (!again && !isNew) {
        QIANLI_ASSIGN(again, holds(receipt.site, receipt.sopInstance.value()));
    }
    // What was issued is the version that was there first; whatever comes under its UID later was checked by nobody.
    bool released = receipt.origin != Origin::Station;
    if (!released && !again) {
        QIANLI_ASSIGN(released, isNamedReleased(receipt.site, receipt.sopInstance));
    }
    QIANLI_TRY(append(*holder, object, released));
    auto const noted = noted_.find(receipt.sequence);
    QIANLI_TRY(noted == noted_.end() ? devices_.note(object, stored->id)
                                     : devices_.noteAgain(object, noted->second, stored->id));
    QIANLI_TRY(noteClock(*stored, object));
    QIANLI_TRY(noteAcquisition(*holder, object));
    if (!again)
        return {};
    Study const of = *stored;
    QIANLI_TRY(finish());
    forget();
    QIANLI_ASSIGN(auto found, versions(receipt.site, receipt.sopInstance.value()));
    QIANLI_TRY(flagVersions(of, object.header.studyUid.value(), found));
    return orderVersions(std::move(found));
}

void IndexWriter::forget()
{
    changed_.clear();
    openRuns_.clear();
    series_.clear();
    studies_.clear();
    patients_.clear();
    shared_.clear();
    sites_.clear();
    skews_.clear();
    acquisitions_.clear();
    devices_.forget();
}

Result<void> IndexWriter::finish()
{
    for (Series* one : changed_)
        if (one->changed)
            QIANLI_TRY(writeSeries(*one));
    changed_.clear();
    QIANLI_TRY(devices_.finish());
    if (std::max({studies_.size(), series_.size(), sites_.size(), patients_.size()}) > studiesInMemory ||
        std::max(shared_.size(), acquisitions_.size()) > sharedInMemory)
        forget();
    return {};
}

Result<std::vector<model::SiteId>> IndexWriter::sitesOfStudy(std::string const& uid)
{
    if (auto const known = sites_.find(uid); known != sites_.end())
        return known->second;
    QIANLI_ASSIGN(auto sites, readSitesOfStudy(database_, uid));
    if (sites_.size() > studiesInMemory)
        sites_.clear();
    return sites_.emplace(uid, std::move(sites)).first->second;
}

Result<IndexWriter::Study*> IndexWriter::study(IndexedObject const& object, bool& isNew)
{
    QIANLI_ASSIGN(Parts* const parts, partsOf(object.receipt.site, object.header.studyUid.value()));
    QIANLI_ASSIGN(Study * part, partFor(*parts, object));
    isNew = part == nullptr;
    if (isNew) {
        QIANLI_ASSIGN(part, insertStudy(*parts, object));
    } else if (object.receipt.origin != Origin::Station) {
        // What reading stations make repeats the study's demographics; the devices' word counts.
        QIANLI_TRY(updateStudy(*part, object));
    }
    if (object.receipt.stat)
        QIANLI_TRY(markStat(*part, object.receipt.sequence));
    return part;
}

Result<IndexWriter::Parts*> IndexWriter::partsOf(model::SiteId const& site, std::string const& uid)
{
    auto const [known, isNew] = studies_.try_emplace(keyOf(site, uid));
    if (!isNew)
        return &known->second;
    QIANLI_ASSIGN(auto find,
                  database_.prepare("SELECT s.id, s.patient, s.part, p.identity, patient_name, s.patient_id, s.issuer, "
                                    "s.birth_date, s.sex, age, date, time, accession, study_id, description, referring "
                                    "FROM study s JOIN patient p ON p.id = s.patient WHERE s.uid_key = ?1 AND s.uid = "
                                    "?2 AND s.site = ?3 ORDER BY s.part"));
    QIANLI_TRY(find.bind({uidKey(uid), uid, site.value}));
    for (;;) {
        QIANLI_ASSIGN(bool const more, find.step());
        if (!more)
            return &known->second;
        Study& read = known->second.emplace_back();
        read.id = find.integer(0);
        read.patient = find.integer(1);
        read.site = site;
        read.part = static_cast<int>(find.integer(2));
        read.identity = find.text(3);
        for (std::size_t i = 0; i < read.values.size(); ++i)
            read.values[i] = find.text(static_cast<int>(i) + 4);
    }
}

Result<void> IndexWriter::markStat(Study const& study, std::uint64_t sequence)
{
    QIANLI_ASSIGN(auto mark, database_.prepare("UPDATE study SET stat = max(stat, ?2) WHERE id = ?1"));
    return mark.run({study.id, sequence});
}

Result<IndexWriter::Study*> IndexWriter::insertStudy(Parts& parts, IndexedObject const& object)
{
    dicom::InstanceHeader const& header = object.header;
    Receipt const& receipt = object.receipt;
    QIANLI_ASSIGN(std::int64_t const patientId, patient(receipt.site, header));
    StudyValues const values = valuesOf(header);
    std::string const& uid = header.studyUid.value();
    int const part = parts.empty() ? 0 : parts.back().part + 1;
    QIANLI_ASSIGN(auto insert,
                  database_.prepare(
                      "INSERT INTO study (patient, site, uid, uid_key, patient_name, patient_id, issuer, "
                      "birth_date, sex, age, date, time, accession, study_id, description, referring, "
                      "charset_declared, charset_used, charset_rule, charset_certain, first_received, part, id) VALUES "
                      "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23)"));
    QIANLI_TRY(insert.run({patientId,
                           receipt.site.value,
                           uid,
                           uidKey(uid),
                           values[0],
                           values[1],
                           values[2],
                           values[3],
                           values[4],
                           values[5],
                           values[6],
                           values[7],
                           values[8],
                           values[9],
                           values[10],
                           values[11],
                           header.charset.declared,
                           header.charset.used,
                           header.charset.rule,
                           header.charset.certain,
                           milliseconds(receipt.receivedAt),
                           part,
                           FreeIds::take(freeIds_.studies)}));
    Study& inserted = parts.emplace_back(Study{database_.lastInsertRowId(), patientId, receipt.site, part,
                                               identityOf(header), values, header.otherPatientIds});
    QIANLI_TRY(writeNames(inserted.id, "", header.patientName));
    QIANLI_TRY(markShared(inserted, uid));
    return &inserted;
}

// Two sites under one UID, or two patients at one site.
Result<void> IndexWriter::markShared(Study const& study, std::string const& uid)
{
    QIANLI_ASSIGN(auto sites,
                  database_.prepare("UPDATE study SET site_conflict = 1 WHERE uid_key = ?1 AND uid = ?2 AND "
                                    "(SELECT count(DISTINCT site) FROM study WHERE uid_key = ?1 AND uid = "
                                    "?2) > 1"));
    QIANLI_TRY(sites.run({uidKey(uid), uid}));
    if (study.part > 0) {
        QIANLI_ASSIGN(auto split,
                      database_.prepare("UPDATE study SET split = 1 WHERE uid_key = ?1 AND uid = ?2 AND site = ?3"));
        QIANLI_TRY(split.run({uidKey(uid), uid, study.site.value}));
        return {};
    }
    if (auto const holders = sites_.find(uid); holders != sites_.end())
        holders->second.push_back(study.site);
    return {};
}

Result<void> IndexWriter::updateStudy(Study& study, IndexedObject const& object)
{
    dicom::InstanceHeader const& header = object.header;
    std::string const formerName = study.values[0];
    bool const changed = merge(study.values, valuesOf(header));
    bool const sameIds = study.otherIds == header.otherPatientIds;
    if (!changed && sameIds)
        return {};
    StudyValues const& values = study.values;
    dicom::InstanceHeader person = header;
    person.patientName = values[0];
    person.patientId = values[1];
    person.issuerOfPatientId = values[2];
    person.patientBirthDate = values[3];
    person.patientSex = values[4];
    QIANLI_ASSIGN(std::int64_t const patientId, patientOf(study, person));
    study.otherIds = header.otherPatientIds;
    if (!changed && patientId == study.patient)
        return {};
    QIANLI_ASSIGN(
        auto write,
        database_.prepare(
            "UPDATE study SET patient = ?2, patient_name = ?3, patient_id = ?4, issuer = ?5, birth_date = ?6, "
            "sex = ?7, age = ?8, date = ?9, time = ?10, accession = ?11, study_id = ?12, description = ?13, "
            "referring = ?14, charset_declared = ?15, charset_used = ?16, charset_rule = ?17, "
            "charset_certain = ?18 WHERE id = ?1"));
    QIANLI_TRY(write.run({study.id, patientId, values[0], values[1], values[2], values[3], values[4], values[5],
                          values[6], values[7], values[8], values[9], values[10], values[11], header.charset.declared,
                          header.charset.used, header.charset.rule, header.charset.certain}));
    if (patientId != study.patient) {
        QIANLI_TRY(removeIfUnused(study.site, study.identity, study.patient));
        study.patient = patientId;
        study.identity = identityOf(person);
    }
    return values[0] == formerName ? Result<void>() : writeNames(study.id, formerName, values[0]);
}

Result<void> IndexWriter::writeNames(std::int64_t study, std::string const& formerName, std::string const& name)
{
    std::vector<std::string> const former = nameGroups(formerName);
    for (std::size_t position = 0; position < former.size(); ++position) {
        if (former[position].empty())
            continue;
        QIANLI_ASSIGN(auto remove, database_.prepare("DELETE FROM study_name WHERE text = ?1 AND position = ?2 AND "
                                                     "study = ?3"));
        QIANLI_TRY(remove.run({former[position], position, study}));
        QIANLI_ASSIGN(auto others, database_.prepare("SELECT 1 FROM study_name WHERE text = ?1 LIMIT 1"));
        QIANLI_TRY(others.bind({former[position]}));
        QIANLI_ASSIGN(bool const isNeeded, others.step());
        others.reset();
        if (!isNeeded)
            QIANLI_TRY(removeNameKeys(database_, former[position]));
    }
    std::vector<std::string> const groups = nameGroups(name);
    for (std::size_t position = 0; position < groups.size(); ++position) {
        if (groups[position].empty())
            continue;
        QIANLI_ASSIGN(auto put,
                      database_.prepare("INSERT INTO study_name (text, position, study) VALUES (?1, ?2, ?3)"));
        QIANLI_TRY(put.run({groups[position], position, study}));
    }
    return addNameKeys(database_, groups);
}

Result<IndexWriter::Series*> IndexWriter::series(Study const& study, IndexedObject const& object)
{
    dicom::InstanceHeader const& header = object.header;
    std::string const& uid = header.seriesUid.value();
    SeriesValues const given = {header.seriesNumber,
                                header.seriesDescription,
                                header.modality,
                                header.bodyPart,
                                header.laterality,
                                plainDate(header.seriesDate),
                                plainTime(header.seriesTime),
                                header.protocolName,
                                header.stationName,
                                header.institutionName,
                                header.manufacturer};
    std::string key = std::to_string(study.id) + '\0' + uid;
    if (auto const known = series_.find(key); known != series_.end()) {
        QIANLI_TRY(updateSeries(known->second, given));
        return &known->second;
    }
    Series found;
    found.study = &study;
    found.uid = uid;
    QIANLI_ASSIGN(
        auto find,
        database_.prepare("SELECT id, last_received, last_sequence, number, description, modality, body_part, "
                          "laterality, date, time, protocol, station, institution, manufacturer FROM series WHERE "
                          "uid_key = ?1 AND uid = ?2 AND study = ?3"));
    QIANLI_TRY(find.bind({uidKey(uid), uid, study.id}));
    QIANLI_ASSIGN(bool const stored, find.step());
    if (stored) {
        found.id = find.integer(0);
        found.lastReceived = find.integer(1);
        found.lastSequence = static_cast<std::uint64_t>(find.integer(2));
        for (std::size_t i = 0; i < found.values.size(); ++i)
            found.values[i] = find.text(static_cast<int>(i) + 3);
        find.reset();
        QIANLI_TRY(updateSeries(found, given));
        QIANLI_TRY(openRun(found));
    } else {
        found.values = given;
        found.lastReceived = milliseconds(object.receipt.receivedAt);
        found.lastSequence = object.receipt.sequence;
        QIANLI_TRY(insertSeries(found));
    }
    Series* const kept = &series_.emplace(std::move(key), std::move(found)).first->second;
    if (kept->run.id != 0)
        openRuns_.emplace(kept->run.id, kept);
    return kept;
}

Result<void> IndexWriter::insertSeries(Series& series)
{
    SeriesValues const& values = series.values;
    QIANLI_ASSIGN(
        auto insert,
        database_.prepare("INSERT INTO series (study, uid, uid_key, number, description, modality, body_part, "
                          "laterality, date, time, protocol, station, institution, manufacturer, last_received, "
                          "last_sequence, id) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)"));
    QIANLI_TRY(insert.run({series.study->id, series.uid, uidKey(series.uid), values[0], values[1], values[2], values[3],
                           values[4], values[5], values[6], values[7], values[8], values[9], values[10],
                           series.lastReceived, series.lastSequence, FreeIds::take(freeIds_.series)}));
    series.id = database_.lastInsertRowId();
    return {};
}

Result<void> IndexWriter::updateSeries(Series& series, SeriesValues const& given)
{
    if (!merge(series.values, given))
        return {};
    SeriesValues const& values = series.values;
    QIANLI_ASSIGN(auto write,
                  database_.prepare("UPDATE series SET number = ?2, description = ?3, modality = ?4, body_part = ?5, "
                                    "laterality = ?6, date = ?7, time = ?8, protocol = ?9, station = ?10, "
                                    "institution = ?11, manufacturer = ?12 WHERE id = ?1"));
    return write.run({series.id, values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7],
                      values[8], values[9], values[10]});
}

} // namespace qianli::gateway
