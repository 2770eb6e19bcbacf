#include "gateway/workflow/identity_marks.h"

#include "common/base/text.h"
#include "gateway/identity/persons.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace qianli::gateway {
namespace {

using Keys = std::set<model::PatientKey>;

// As tasks.split_study has it.
enum class Parts { One = 0, Several = 1, Merged = 2 };

struct Marks {
    int variant = 0;
    bool identityConflict = false;
    Parts parts = Parts::One;
    std::string linkedSites;
    bool operator==(Marks const&) const = default;
};

bool holds(std::vector<PatientRecord> const& group, model::PatientKey const& key)
{
    return std::ranges::find(group, key, &PatientRecord::key) != group.end();
}

class Marker {
public:
    Marker(sqlite::Database& database, StudyIndex const& index)
        : database_(database), index_(index), persons_(index, Decisions(database))
    {
    }

    // All tasks of these patients.
    Result<void> mark(Keys const& patients)
    {
        for (model::PatientKey const& patient : patients) {
            QIANLI_ASSIGN(auto const group, persons_.sameAs(patient));
            QIANLI_ASSIGN(auto const studies, index_.studiesOfPatient(patient));
            for (StudyRecord const& study : studies)
                QIANLI_TRY(markStudy(study, group));
        }
        return {};
    }

    // Whom a change of this patient concerns.
    Result<void> addConcerned(model::PatientKey const& patient, Keys& keys)
    {
        if (!keys.insert(patient).second)
            return {};
        QIANLI_ASSIGN(auto const around, persons_.around(patient));
        keys.insert(around.begin(), around.end());
        return {};
    }
    // A second person under a Patient ID concerns those tasks that are not marked yet.
    Result<void> addUnmarked(model::PatientKey const& patient, Keys& keys)
    {
        if (patient.id.empty())
            return {};
        QIANLI_ASSIGN(auto select,
                      database_.prepare("SELECT DISTINCT variant FROM tasks WHERE patient_id = ? AND site = "
                                        "? AND identity_conflict = 0"));
        QIANLI_TRY(select.bind({patient.id, patient.site.value}));
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return {};
            model::PatientKey other = patient;
            other.variant = static_cast<int>(select.integer(0));
            keys.insert(std::move(other));
        }
    }
    // The study's own task, and what that follows from.
    Result<SeenIdentities::Basis> markAlone(StudyRecord const& study)
    {
        QIANLI_ASSIGN(auto const group, persons_.sameAs(study.patient));
        QIANLI_TRY(markStudy(study, group));
        QIANLI_ASSIGN(auto const marks, marksOf(study, group));
        SeenIdentities::Basis basis{study.identityConflict, marks.identityConflict, study.splitStudy, {}};
        std::ranges::transform(group, std::back_inserter(basis.group), &PatientRecord::key);
        return basis;
    }
    Result<void> addParts(StudyRecord const& study, Keys& keys)
    {
        if (!study.splitStudy)
            return {};
        QIANLI_ASSIGN(auto const parts, index_.studiesOf(study.header.studyUid));
        for (StudyRecord const& part : parts)
            if (part.site == study.site)
                keys.insert(part.patient);
        return {};
    }

private:
    Result<Marks> marksOf(StudyRecord const& study, std::vector<PatientRecord> const& group) const;
    Result<void> markStudy(StudyRecord const& study, std::vector<PatientRecord> const& group);

    sqlite::Database& database_;
    StudyIndex const& index_;
    Persons persons_;
};

Result<Marks> Marker::marksOf(StudyRecord const& study, std::vector<PatientRecord> const& group) const
{
    Marks marks;
    marks.variant = study.patient.variant;
    marks.identityConflict = study.identityConflict;
    marks.parts = study.splitStudy ? Parts::Several : Parts::One;
    // What people merged is no conflict any more. Looked at only where somebody did, for there may be many under one
    // ID.
    bool const isMerged = std::ranges::count(group, study.site, [](auto const& one) { return one.key.site; }) > 1;
    if (study.identityConflict && isMerged) {
        QIANLI_ASSIGN(auto const variants, index_.variantsOf(study.patient));
        marks.identityConflict =
            std::ranges::any_of(variants, [&](PatientRecord const& one) { return !holds(group, one.key); });
    }
    if (study.splitStudy && isMerged) {
        QIANLI_ASSIGN(auto const parts, index_.studiesOf(study.header.studyUid));
        // They stay parts: a retrieve without a name would give the images of all.
        if (std::ranges::none_of(
                parts, [&](StudyRecord const& part) { return part.site == study.site && !holds(group, part.patient); }))
            marks.parts = Parts::Merged;
    }
    std::set<std::string> sites;
    for (PatientRecord const& one : group)
        if (one.key.site != study.site)
            sites.insert(one.key.site.value);
    marks.linkedSites = text::join(std::vector(sites.begin(), sites.end()), "\\");
    return marks;
}

Result<void> Marker::markStudy(StudyRecord const& study, std::vector<PatientRecord> const& group)
{
    QIANLI_ASSIGN(auto select,
                  database_.prepare("SELECT id, variant, identity_conflict, split_study, linked_sites FROM "
                                    "tasks WHERE site = ? AND study_uid = ? AND part = ?"));
    QIANLI_TRY(select.bind({study.site.value, study.header.studyUid.value(), study.part}));
    QIANLI_ASSIGN(bool const isThere, select.step());
    if (!isThere)
        return {};
    model::TaskId const task = select.integer(0);
    Marks const before{static_cast<int>(select.integer(1)), select.integer(2) != 0,
                       static_cast<Parts>(select.integer(3)), select.text(4)};
    select.reset();
    QIANLI_ASSIGN(Marks const marks, marksOf(study, group));
    if (marks == before)
        return {};
    QIANLI_ASSIGN(auto update,
                  database_.prepare("UPDATE tasks SET variant = ?, identity_conflict = ?, split_study = ?, "
                                    "linked_sites = ? WHERE id = ?"));
    QIANLI_TRY(
        update.run({marks.variant, marks.identityConflict, static_cast<int>(marks.parts), marks.linkedSites, task}));
    return noteChange(database_, task);
}

} // namespace

Result<std::uint64_t> identitiesSeenUpTo(Workflow& workflow)
{
    return workflow.database().read([](sqlite::Database& database) -> Result<std::uint64_t> {
        QIANLI_ASSIGN(auto select, database.prepare("SELECT value FROM counters WHERE name = 'identities'"));
        QIANLI_ASSIGN(bool const row, select.step());
        return row ? static_cast<std::uint64_t>(select.integer(0)) : 0;
    });
}

bool SeenIdentities::isAsSeen(Study const& study, Basis const& basis) const
{
    auto const found = seen_.find(study);
    return found != seen_.end() && found->second == basis;
}

void SeenIdentities::remember(std::map<Study, Basis> looked)
{
    constexpr std::size_t most = 10'000;
    if (seen_.size() + looked.size() > most)
        seen_.clear();
    for (auto& [study, basis] : looked)
        seen_.insert_or_assign(study, std::move(basis));
}

Result<void> markIdentities(Workflow& workflow, StudyIndex const& index, std::vector<StudyRecord> const& studies,
                            SeenIdentities& seen)
{
    std::map<SeenIdentities::Study, SeenIdentities::Basis> looked;
    auto const marked = workflow.database().write([&](sqlite::Database& database) -> Result<void> {
        Marker marker(database, index);
        Keys concerned;
        std::uint64_t reached = 0;
        for (StudyRecord const& study : studies) {
            reached = std::max(reached, study.lastSequence);
            SeenIdentities::Study const name{study.site.value, study.header.studyUid.value(), study.part};
            QIANLI_ASSIGN(auto basis, marker.markAlone(study));
            if (seen.isAsSeen(name, basis))
                continue;
            looked.insert_or_assign(name, std::move(basis));
            QIANLI_TRY(marker.addConcerned(study.patient, concerned));
            if (study.identityConflict)
                QIANLI_TRY(marker.addUnmarked(study.patient, concerned));
            QIANLI_TRY(marker.addParts(study, concerned));
        }
        QIANLI_TRY(marker.mark(concerned));
        QIANLI_ASSIGN(auto update,
                      database.prepare("UPDATE counters SET value = max(value, ?) WHERE name = 'identities'"));
        return update.run({reached});
    });
    if (marked)
        seen.remember(std::move(looked));
    return marked;
}

Result<void> markIdentitiesAgain(Workflow& workflow, StudyIndex const& index, std::vector<StudyRecord> const& studies)
{
    return workflow.database().write([&](sqlite::Database& database) -> Result<void> {
        Marker marker(database, index);
        Keys concerned;
        for (StudyRecord const& study : studies) {
            QIANLI_ASSIGN(auto const variants, index.variantsOf(study.patient));
            for (PatientRecord const& variant : variants)
                QIANLI_TRY(marker.addConcerned(variant.key, concerned));
            QIANLI_TRY(marker.addParts(study, concerned));
        }
        return marker.mark(concerned);
    });
}

Result<Decision> decideIdentity(Workflow& workflow, StudyIndex const& index, IdentityRequest const& request)
{
    return workflow.database().write([&](sqlite::Database& database) -> Result<Decision> {
        Decisions decisions(database);
        QIANLI_ASSIGN(auto decision, decide(index, decisions, request));
        Marker marker(database, index);
        Keys concerned;
        for (model::PatientKey const* key : {&request.one, &request.other}) {
            QIANLI_TRY(marker.addConcerned(*key, concerned));
            // Around the two are all who were or are joined with them.
            QIANLI_TRY(marker.addUnmarked(*key, concerned));
        }
        QIANLI_TRY(marker.mark(concerned));
        return decision;
    });
}

} // namespace qianli::gateway
