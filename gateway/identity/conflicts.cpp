#include "gateway/identity/conflicts.h"

#include "common/base/text.h"
#include "common/model/national_id.h"
#include "gateway/identity/actions.h"
#include "gateway/identity/persons.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <numeric>
#include <set>

namespace qianli::gateway {
namespace {

using Group = std::vector<PatientRecord>;

// Neighbours in a list for which `isSame` holds, as groups.
template <typename Record>
std::vector<std::vector<Record>> groupsOf(std::vector<Record> records,
                                          std::function<bool(Record const&, Record const&)> const& isSame)
{
    std::vector<std::vector<Record>> groups;
    for (Record& record : records) {
        if (groups.empty() || !isSame(groups.back().front(), record))
            groups.emplace_back();
        groups.back().push_back(std::move(record));
    }
    return groups;
}

// More persons under one Patient ID than anybody decides about pair by pair ("1", "000000").
constexpr std::ptrdiff_t mostCompared = 50;

// Of a group: who is one person by now, and of whom it is still open.
class Partition {
public:
    static Result<Partition> of(Group const& group, Persons const& persons)
    {
        Partition partition;
        partition.place_.resize(group.size());
        std::iota(partition.place_.begin(), partition.place_.end(), std::size_t{0});
        for (std::size_t i = 0; i < group.size(); ++i) {
            QIANLI_ASSIGN(auto const same, persons.sameAs(group[i].key));
            for (std::size_t j = 0; j < group.size(); ++j)
                if (std::ranges::find(same, group[j].key, &PatientRecord::key) != same.end())
                    partition.join(i, j);
        }
        for (std::size_t i = 0; i < group.size(); ++i) {
            QIANLI_ASSIGN(auto const decided, persons.standings(group[i]));
            for (std::size_t j = 0; j < i; ++j)
                if (auto const found = decided.find(group[j].key);
                    found != decided.end() && found->second == Standing::Two)
                    partition.parted_.insert(std::minmax({partition.place_[i], partition.place_[j]}));
        }
        return partition;
    }
    bool isOpen(std::size_t i, std::size_t j) const
    {
        return place_[i] != place_[j] && !parted_.contains(std::minmax({place_[i], place_[j]}));
    }

private:
    void join(std::size_t i, std::size_t j)
    {
        std::size_t const from = std::max(place_[i], place_[j]), to = std::min(place_[i], place_[j]);
        std::ranges::replace(place_, from, to);
    }
    std::vector<std::size_t> place_;
    std::set<std::pair<std::size_t, std::size_t>> parted_;
};

class Search {
public:
    Search(StudyIndex const& index, Decisions const& decisions)
        : index_(index), decisions_(decisions), persons_(index, decisions)
    {
    }
    Result<std::vector<Conflict>> run()
    {
        QIANLI_TRY(patientIds());
        QIANLI_TRY(studies());
        QIANLI_TRY(candidates());
        QIANLI_TRY(nationalIds());
        QIANLI_TRY(decided());
        return std::move(found_);
    }

private:
    Result<void> patientIds();
    Result<void> studies();
    Result<void> split(std::vector<StudyRecord> const& parts);
    Result<void> candidates();
    Result<void> candidatesAmong(Group group,
                                 std::function<bool(PatientRecord const&, PatientRecord const&)> const& counts);
    Result<void> nationalIds();
    Result<void> decided();
    Result<std::optional<PatientRecord>> nowOf(model::PatientKey const& key, Person const& person) const;
    Result<Group> patientsOf(std::vector<StudyRecord> const& studies) const;

    StudyIndex const& index_;
    Decisions decisions_;
    Persons persons_;
    std::vector<Conflict> found_;
};

std::string differencesOf(Group const& group)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < group.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            for (std::string_view const name : disagreements(group[i].person, group[j].person))
                if (std::ranges::find(names, name) == names.end())
                    names.emplace_back(name);
    return text::join(names, ", ");
}

Result<void> Search::patientIds()
{
    QIANLI_ASSIGN(auto suspects, index_.suspects(Suspicion::SameId));
    auto const groups =
        groupsOf<PatientRecord>(std::move(suspects), [](PatientRecord const& a, PatientRecord const& b) {
            return a.key.site == b.key.site && a.key.id == b.key.id;
        });
    for (Group const& group : groups) {
        if (std::ssize(group) > mostCompared) {
            found_.push_back(
                {Conflict::Kind::PatientId,
                 fmt::format("Patient ID {} of {} stands for {} persons, as a console's stand-in for no ID "
                             "would: the first {} are shown, none are compared",
                             model::maskedId(group.front().key.id), group.front().key.site.value, group.size(),
                             mostCompared),
                 {group.begin(), group.begin() + mostCompared},
                 ""});
            continue;
        }
        QIANLI_ASSIGN(auto const partition, Partition::of(group, persons_));
        bool open = false;
        for (std::size_t i = 0; i < group.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                open = open || partition.isOpen(i, j);
        if (!open)
            continue;
        found_.push_back({Conflict::Kind::PatientId,
                          fmt::format("Patient ID {} of {} stands for {} persons: {} disagree",
                                      model::maskedId(group.front().key.id), group.front().key.site.value, group.size(),
                                      differencesOf(group)),
                          group, ""});
    }
    return {};
}

Result<Group> Search::patientsOf(std::vector<StudyRecord> const& studies) const
{
    Group group;
    for (StudyRecord const& study : studies) {
        QIANLI_ASSIGN(auto patient, persons_.patient(study.patient));
        if (patient)
            group.push_back(std::move(*patient));
    }
    return group;
}

Result<void> Search::split(std::vector<StudyRecord> const& parts)
{
    QIANLI_ASSIGN(Group group, patientsOf(parts));
    QIANLI_ASSIGN(auto const partition, Partition::of(group, persons_));
    for (std::size_t i = 0; i < group.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (partition.isOpen(i, j)) {
                std::string reason =
                    fmt::format("{} gave one Study Instance UID to {} patients; each has a study of its own "
                                "here",
                                parts.front().site.value, group.size());
                found_.push_back({Conflict::Kind::SplitStudy, std::move(reason), std::move(group),
                                  parts.front().header.studyUid.value()});
                return {};
            }
    return {};
}

Result<void> Search::studies()
{
    QIANLI_ASSIGN(auto shared, index_.sharedStudies());
    auto const groups = groupsOf<StudyRecord>(std::move(shared), [](StudyRecord const& a, StudyRecord const& b) {
        return a.header.studyUid == b.header.studyUid;
    });
    for (auto const& group : groups) {
        std::set<model::SiteId> sites;
        for (StudyRecord const& study : group)
            sites.insert(study.site);
        for (model::SiteId const& site : sites) {
            std::vector<StudyRecord> parts;
            std::ranges::copy_if(group, std::back_inserter(parts), [&](auto const& one) { return one.site == site; });
            if (parts.size() > 1)
                QIANLI_TRY(split(parts));
        }
        if (sites.size() < 2)
            continue;
        std::vector<std::string> names;
        for (model::SiteId const& site : sites)
            names.push_back(site.value);
        QIANLI_ASSIGN(auto patients, patientsOf(group));
        found_.push_back({Conflict::Kind::SharedUid,
                          "one Study Instance UID came from the sites " + text::join(names, ", "), std::move(patients),
                          group.front().header.studyUid.value()});
    }
    return {};
}

Result<void> Search::candidatesAmong(Group group,
                                     std::function<bool(PatientRecord const&, PatientRecord const&)> const& counts)
{
    QIANLI_ASSIGN(auto const partition, Partition::of(group, persons_));
    std::string reason;
    for (std::size_t i = 0; i < group.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            if (!reason.empty() || !counts(group[i], group[j]) || !partition.isOpen(i, j))
                continue;
            auto resemblance = resemblanceOf(group[j], group[i]);
            if (resemblance.kind == Resemblance::Kind::Candidate)
                reason = std::move(resemblance.reason);
        }
    if (!reason.empty())
        found_.push_back({Conflict::Kind::Candidate, "perhaps one person: " + reason, std::move(group), ""});
    return {};
}

Result<void> Search::candidates()
{
    QIANLI_ASSIGN(auto byId, index_.suspects(Suspicion::SameNationalId));
    auto const sameId = [](PatientRecord const& a, PatientRecord const& b) {
        return a.person.nationalId == b.person.nationalId;
    };
    for (Group& group : groupsOf<PatientRecord>(std::move(byId), sameId))
        // Under one Patient ID it is a conflict of that already.
        QIANLI_TRY(candidatesAmong(std::move(group), [](PatientRecord const& a, PatientRecord const& b) {
            return a.key.site != b.key.site || a.key.id != b.key.id;
        }));
    QIANLI_ASSIGN(auto byName, index_.suspects(Suspicion::SamePerson));
    auto const calledSo = [](Person const& person) { return person.hanzi.empty() ? person.latin : person.hanzi; };
    auto const samePerson = [&](PatientRecord const& a, PatientRecord const& b) {
        return a.person.birthDate == b.person.birthDate && a.person.sex == b.person.sex &&
               calledSo(a.person) == calledSo(b.person);
    };
    for (Group& group : groupsOf<PatientRecord>(std::move(byName), samePerson))
        QIANLI_TRY(candidatesAmong(std::move(group), [](PatientRecord const& a, PatientRecord const& b) {
            return a.person.nationalId.empty() || a.person.nationalId != b.person.nationalId;
        }));
    return {};
}

Result<void> Search::nationalIds()
{
    QIANLI_ASSIGN(auto suspects, index_.suspects(Suspicion::UnusableNationalId));
    for (PatientRecord& patient : suspects) {
        std::string reason = contradictionOf(patient);
        if (!patient.unusableId.empty())
            reason = fmt::format("{} looks like a national ID, but {}", model::maskedId(patient.unusableId),
                                 model::nationalIdFault(patient.unusableId));
        if (!reason.empty())
            found_.push_back({Conflict::Kind::NationalId, std::move(reason), {std::move(patient)}, ""});
    }
    return {};
}

// Who was known as that person under the key, though the key may be another one by now; nothing when nobody is.
Result<std::optional<PatientRecord>> Search::nowOf(model::PatientKey const& key, Person const& person) const
{
    Group candidates;
    if (key.id.empty()) {
        // It has become known who that study's patient is.
        QIANLI_ASSIGN(auto studies, index_.studiesOf(dicom::Uid::ofKnown(key.studyUid)));
        std::erase_if(studies, [&](StudyRecord const& one) { return one.site != key.site; });
        QIANLI_ASSIGN(candidates, patientsOf(studies));
    } else {
        QIANLI_ASSIGN(candidates, index_.variantsOf(key));
    }
    std::optional<PatientRecord> best;
    for (PatientRecord& one : candidates)
        if (auto const agreed = likeness(person, one.person);
            agreed && (!best || *agreed > *likeness(person, best->person)))
            best = std::move(one);
    return best;
}

// What was decided about persons who are somebody else by now.
Result<void> Search::decided()
{
    QIANLI_ASSIGN(auto const newest, decisions_.newest());
    for (Decision const& decision : newest) {
        if (decision.after == Standing::Open)
            continue;
        QIANLI_ASSIGN(auto first, persons_.patient(decision.first));
        QIANLI_ASSIGN(auto second, persons_.patient(decision.second));
        bool const isMoved = !first || !second;
        if (!first) {
            QIANLI_ASSIGN(first, nowOf(decision.first, decision.firstPerson));
        }
        if (!second) {
            QIANLI_ASSIGN(second, nowOf(decision.second, decision.secondPerson));
        }
        if (!first || !second || first->key == second->key)
            continue;
        Said const said{decision.after, decision.firstPerson, decision.secondPerson};
        if (isMoved) {
            QIANLI_ASSIGN(auto const since, decisions_.about(first->key));
            if (since.contains(second->key))
                continue;
        } else if (said.of(first->person, second->person) != Standing::Outdated) {
            continue;
        }
        found_.push_back({Conflict::Kind::Outdated,
                          fmt::format("{} and {} were said to be {}, but that was about persons who {}: decide again",
                                      maskedText(decision.first), maskedText(decision.second), inWords(decision.after),
                                      isMoved ? "stand elsewhere by now" : "are not the ones under these IDs now"),
                          {*std::move(first), *std::move(second)},
                          ""});
    }
    return {};
}

} // namespace

std::string_view code(Conflict::Kind kind)
{
    switch (kind) {
    case Conflict::Kind::PatientId:
        return "patient-id";
    case Conflict::Kind::SplitStudy:
        return "split-study";
    case Conflict::Kind::SharedUid:
        return "shared-study-uid";
    case Conflict::Kind::Candidate:
        return "candidate";
    case Conflict::Kind::Outdated:
        return "outdated-decision";
    case Conflict::Kind::NationalId:
        break;
    }
    return "national-id";
}

Result<std::vector<Conflict>> conflictsOf(StudyIndex const& index, Decisions const& decisions)
{
    return Search(index, decisions).run();
}

} // namespace qianli::gateway
