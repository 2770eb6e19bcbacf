// Patients, and studies by patient (SqliteStudyIndex).
#include "common/base/text.h"
#include "gateway/index/records.h"
#include "gateway/index/sqlite_study_index.h"
#include "gateway/index/uid_key.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::string_view selectPatients =
    "SELECT p.site, p.identity, p.variant, p.name, p.birth_date, p.sex, p.known_hanzi, p.known_latin, p.known_birth, "
    "p.known_sex, p.national_id, p.unusable_id, (SELECT count(*) FROM study WHERE patient = p.id) FROM patient p";

PatientRecord readPatient(sqlite::Statement const& row)
{
    PatientRecord record;
    record.key = keyOfIdentity({row.text(0)}, row.textView(1));
    record.key.variant = static_cast<int>(row.integer(2));
    record.name = row.text(3);
    record.birthDate = row.text(4);
    record.sex = row.text(5);
    record.person = {row.text(6), row.text(7), row.text(8), row.text(9), row.text(10)};
    record.unusableId = row.text(11);
    record.studies = static_cast<int>(row.integer(12));
    return record;
}

Result<std::vector<PatientRecord>> readPatients(sqlite::Statement& read)
{
    std::vector<PatientRecord> records;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return records;
        records.push_back(readPatient(read));
    }
}

// Which rows, and in what order.
std::string_view suspectsOf(Suspicion why)
{
    switch (why) {
    case Suspicion::SameId:
        return " WHERE (p.identity, p.site) IN (SELECT identity, site FROM patient WHERE variant > 0) AND "
               "substr(p.identity, 1, 1) = 'I' ORDER BY p.site, p.identity, p.variant";
    case Suspicion::SameNationalId:
        return " WHERE p.national_id <> '' AND p.national_id IN (SELECT national_id FROM patient WHERE national_id <> "
               "'' "
               "GROUP BY national_id HAVING count(*) > 1) ORDER BY p.national_id, p.id";
    case Suspicion::SamePerson:
        return " JOIN (SELECT known_birth AS birth, known_sex AS of_sex, iif(known_hanzi = '', known_latin, "
               "known_hanzi) "
               "AS called FROM patient WHERE length(known_birth) = 8 AND known_sex <> '' GROUP BY 1, 2, 3 HAVING "
               "count(*) > 1 AND called <> '') g ON g.birth = p.known_birth AND g.of_sex = p.known_sex AND g.called = "
               "iif(p.known_hanzi = '', p.known_latin, p.known_hanzi) ORDER BY g.birth, g.of_sex, g.called, p.id";
    case Suspicion::UnusableNationalId:
        break;
    }
    // The 17th digit is odd for men; the seventh to the fourteenth are the birth date.
    return " WHERE p.unusable_id <> '' OR (p.national_id <> '' AND ((p.known_birth <> '' AND p.known_birth <> "
           "substr(p.national_id, 7, length(p.known_birth))) OR (p.known_sex <> '' AND (p.known_sex = 'M') <> "
           "(substr(p.national_id, 17, 1) % 2 = 1)))) ORDER BY p.id";
}

} // namespace

Result<std::vector<PatientRecord>> SqliteStudyIndex::patients(PatientQuery const& query) const
{
    std::vector<Match> matches;
    auto const like = [&](dicom::Tag tag, std::string const& value) {
        if (!value.empty())
            matches.push_back(
                {value.find_first_of("*?") == std::string::npos ? Match::Kind::Value : Match::Kind::Wildcard,
                 tag,
                 {value}});
    };
    like(dicom::tag::patientId, query.id);
    like(dicom::tag::patientName, query.name);
    Scope scope;
    scope.all = query.site.value.empty();
    scope.sites = {query.site};
    QIANLI_ASSIGN(Conditions const conditions, Conditions::compile(scope, Level::Patient, matches));
    QIANLI_ASSIGN(Reader const database, reader());
    std::string sql = fmt::format("{}{}", selectPatients, conditions.where());
    if (!query.nationalId.empty())
        sql += fmt::format("{} p.national_id = ?99 AND p.national_id <> ''",
                           conditions.where().empty() ? " WHERE" : " AND");
    QIANLI_ASSIGN(auto read,
                  database->prepare(fmt::format("{} ORDER BY {}p.id DESC LIMIT ?100", sql,
                                                conditions.isSelective() || !query.nationalId.empty() ? "+" : "")));
    QIANLI_TRY(conditions.bind(read));
    if (!query.nationalId.empty())
        QIANLI_TRY(read.bind(99, query.nationalId));
    QIANLI_TRY(read.bind(100, query.limit == 0 ? -1 : static_cast<std::int64_t>(query.limit)));
    return readPatients(read);
}

Result<std::vector<PatientRecord>> SqliteStudyIndex::variantsOf(model::PatientKey const& key) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(fmt::format(
                                 "{} WHERE p.identity = ?1 AND p.site = ?2 ORDER BY p.variant", selectPatients)));
    QIANLI_TRY(read.bind({identityOf(key), key.site.value}));
    return readPatients(read);
}

Result<std::vector<PatientRecord>> SqliteStudyIndex::suspects(Suspicion why) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(fmt::format("{}{}", selectPatients, suspectsOf(why))));
    return readPatients(read);
}

Result<std::vector<StudyRecord>> SqliteStudyIndex::studiesOfPatient(model::PatientKey const& key) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read,
                  database->prepare(selectStudies() + " WHERE p.identity = ?1 AND p.site = ?2 AND p.variant = ?3 ORDER "
                                                      "BY s.id"));
    QIANLI_TRY(read.bind({identityOf(key), key.site.value, key.variant}));
    return readStudies(read);
}

Result<std::vector<StudyRecord>> SqliteStudyIndex::studiesOf(dicom::Uid const& study) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(selectStudies() + " WHERE s.uid_key = ?1 AND s.uid = ?2 ORDER BY s.id"));
    QIANLI_TRY(read.bind({uidKey(study.value()), study.value()}));
    return readStudies(read);
}

Result<std::vector<StudyRecord>> SqliteStudyIndex::sharedStudies() const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(selectStudies() +
                                               " WHERE s.split = 1 OR s.site_conflict = 1 ORDER BY s.uid, s.id"));
    return readStudies(read);
}

} // namespace qianli::gateway
