// Patients, and whose an object is (IndexWriter). Everything follows from the objects in the order of their receipts,
// so that a rebuilt index has the same rows.
#include "gateway/index/index_writer.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

// More than all values that two persons can agree in.
constexpr int sameId = 16;

std::string newer(std::string const& given, std::string const& known)
{
    return given.empty() ? known : given;
}

// Everything that a person is known by is as it was with the last object.
bool saysTheSame(dicom::InstanceHeader const& header, std::span<std::string const> values, std::string const& otherIds)
{
    return header.patientName == values[0] && header.patientId == values[1] &&
           plainDate(header.patientBirthDate) == values[3] && header.patientSex == values[4] &&
           header.otherPatientIds == otherIds;
}

} // namespace

// The part of the study whose patient it is: the one that agrees in most. Null: another patient's object.
Result<IndexWriter::Study*> IndexWriter::partFor(Parts& parts, IndexedObject const& object)
{
    dicom::InstanceHeader const& header = object.header;
    if (parts.size() == 1 && saysTheSame(header, parts.front().values, parts.front().otherIds))
        return &parts.front();
    Person const person = personOf(header);
    Study* best = nullptr;
    int most = -1;
    for (Study& part : parts) {
        std::string const& known = part.values[1];
        if (!known.empty() && !header.patientId.empty() && known != header.patientId)
            continue;
        QIANLI_ASSIGN(auto const* variants, variantsOf(part.site, part.identity));
        auto const patient = std::ranges::find(*variants, part.patient, &Patient::id);
        auto const agreed = patient == variants->end() ? std::optional(0) : likeness(patient->person, person);
        if (!agreed)
            continue;
        int const score = *agreed + (known == header.patientId ? sameId : 0);
        if (score > most) {
            best = &part;
            most = score;
        }
    }
    // What a station makes opens no part: whether it fits is decided where it is issued.
    if (best == nullptr && object.receipt.origin == Origin::Station && !parts.empty()) {
        auto const same =
            std::ranges::find_if(parts, [&](Study const& one) { return one.values[1] == header.patientId; });
        return same == parts.end() ? &parts.front() : &*same;
    }
    return best;
}

Result<std::vector<IndexWriter::Patient>*> IndexWriter::variantsOf(model::SiteId const& site,
                                                                   std::string const& identity)
{
    auto const [known, isNew] = patients_.try_emplace(site.value + '\0' + identity);
    if (!isNew)
        return &known->second;
    QIANLI_ASSIGN(auto find, database_.prepare("SELECT id, variant, name, issuer, birth_date, sex, unusable_id, "
                                               "known_hanzi, known_latin, known_birth, known_sex, national_id FROM "
                                               "patient WHERE identity = ?1 AND site = ?2 ORDER BY variant"));
    QIANLI_TRY(find.bind({identity, site.value}));
    for (;;) {
        QIANLI_ASSIGN(bool const more, find.step());
        if (!more)
            return &known->second;
        known->second.push_back({find.integer(0), static_cast<int>(find.integer(1)),
                                 Person{find.text(7), find.text(8), find.text(9), find.text(10), find.text(11)},
                                 find.text(2), find.text(3), find.text(4), find.text(5), find.text(6)});
    }
}

// Of those that the object does not disagree with, the one it agrees with in most; a new one where it disagrees with
// all.
Result<std::int64_t> IndexWriter::patient(model::SiteId const& site, dicom::InstanceHeader const& header)
{
    QIANLI_ASSIGN(auto* const variants, variantsOf(site, identityOf(header)));
    Person const person = personOf(header);
    Patient* best = nullptr;
    int most = -1;
    for (Patient& one : *variants)
        if (auto const agreed = likeness(one.person, person); agreed && *agreed > most) {
            best = &one;
            most = *agreed;
        }
    if (best == nullptr)
        return insertPatient(site, header);
    QIANLI_TRY(completePatient(*best, header));
    return best->id;
}

// A study stays with its patient while nothing speaks against that. Whom it would join if it came now is another
// question: the answer depends on what others brought since, so asking it again would move studies that didn't change.
Result<std::int64_t> IndexWriter::patientOf(Study const& study, dicom::InstanceHeader const& person)
{
    if (identityOf(person) == study.identity) {
        QIANLI_ASSIGN(auto* const variants, variantsOf(study.site, study.identity));
        auto const present = std::ranges::find(*variants, study.patient, &Patient::id);
        if (present != variants->end() && likeness(present->person, personOf(person))) {
            QIANLI_TRY(completePatient(*present, person));
            return present->id;
        }
    }
    return patient(study.site, person);
}

Result<std::int64_t> IndexWriter::insertPatient(model::SiteId const& site, dicom::InstanceHeader const& header)
{
    std::string const identity = identityOf(header);
    QIANLI_ASSIGN(auto* const variants, variantsOf(site, identity));
    Patient made;
    made.variant = variants->empty() ? 0 : variants->back().variant + 1;
    made.person = personOf(header);
    made.name = header.patientName;
    made.issuer = header.issuerOfPatientId;
    made.birthDate = plainDate(header.patientBirthDate);
    made.sex = header.patientSex;
    made.unusableId = unusableNationalId(header);
    Person const& person = made.person;
    QIANLI_ASSIGN(auto insert,
                  database_.prepare("INSERT INTO patient (site, identity, variant, patient_id, issuer, name, "
                                    "birth_date, sex, known_hanzi, known_latin, known_birth, known_sex, national_id, "
                                    "unusable_id, id) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"));
    QIANLI_TRY(insert.run({site.value, identity, made.variant, header.patientId, made.issuer, made.name, made.birthDate,
                           made.sex, person.hanzi, person.latin, person.birthDate, person.sex, person.nationalId,
                           made.unusableId, FreeIds::take(freeIds_.patients)}));
    made.id = database_.lastInsertRowId();
    variants->push_back(std::move(made));
    return variants->back().id;
}

Result<void> IndexWriter::completePatient(Patient& patient, dicom::InstanceHeader const& header)
{
    Patient const before = patient;
    Person const given = personOf(header);
    complete(patient.person, given);
    // A name in Chinese characters says more than the same in letters.
    if (!given.hanzi.empty() || patient.person.hanzi.empty())
        patient.name = newer(header.patientName, patient.name);
    patient.issuer = newer(header.issuerOfPatientId, patient.issuer);
    patient.birthDate = newer(plainDate(header.patientBirthDate), patient.birthDate);
    patient.sex = newer(header.patientSex, patient.sex);
    patient.unusableId = newer(unusableNationalId(header), patient.unusableId);
    if (patient == before)
        return {};
    Person const& person = patient.person;
    QIANLI_ASSIGN(auto write,
                  database_.prepare("UPDATE patient SET issuer = ?2, name = ?3, birth_date = ?4, sex = ?5, known_hanzi "
                                    "= ?6, known_latin = ?7, known_birth = ?8, known_sex = ?9, national_id = ?10, "
                                    "unusable_id = ?11 WHERE id = ?1"));
    return write.run({patient.id, patient.issuer, patient.name, patient.birthDate, patient.sex, person.hanzi,
                      person.latin, person.birthDate, person.sex, person.nationalId, patient.unusableId});
}

Result<void> IndexWriter::removeIfUnused(model::SiteId const& site, std::string const& identity, std::int64_t patient)
{
    QIANLI_ASSIGN(auto remove,
                  database_.prepare("DELETE FROM patient WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM study "
                                    "WHERE patient = ?1)"));
    QIANLI_TRY(remove.run({patient}));
    // Read again when it is next asked for.
    patients_.erase(site.value + '\0' + identity);
    return {};
}

} // namespace qianli::gateway
