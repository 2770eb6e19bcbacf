#include "gateway/identity/persons.h"

#include <algorithm>
#include <set>

namespace qianli::gateway {
namespace {

// Nobody is known at more places; what grows beyond it is a mistake that must not cost everybody's time.
constexpr std::size_t mostPatients = 200;

} // namespace

Result<std::optional<PatientRecord>> Persons::patient(model::PatientKey const& key) const
{
    QIANLI_ASSIGN(auto variants, index_.variantsOf(key));
    auto const found = std::ranges::find(variants, key, &PatientRecord::key);
    return found == variants.end() ? std::nullopt : std::optional(std::move(*found));
}

Result<std::map<model::PatientKey, Standing>> Persons::standings(PatientRecord const& patient) const
{
    QIANLI_ASSIGN(auto const decided, decisions_.about(patient.key));
    std::map<model::PatientKey, Standing> standings;
    for (auto const& [key, said] : decided) {
        QIANLI_ASSIGN(auto const other, this->patient(key));
        standings[key] = said.of(patient.person, other ? other->person : said.other);
    }
    return standings;
}

// One step: those that are one person with it by their data sets or by a decision.
Result<std::vector<PatientRecord>> Persons::neighbours(PatientRecord const& patient) const
{
    QIANLI_ASSIGN(auto const decided, standings(patient));
    std::vector<PatientRecord> found;
    if (!patient.person.nationalId.empty()) {
        PatientQuery query;
        query.nationalId = patient.person.nationalId;
        query.limit = mostPatients;
        QIANLI_ASSIGN(auto alike, index_.patients(query));
        std::erase_if(alike, [&](PatientRecord const& other) {
            return other.key == patient.key || decided.contains(other.key) ||
                   resemblanceOf(patient, other).kind != Resemblance::Kind::Same;
        });
        found = std::move(alike);
    }
    for (auto const& [key, standing] : decided) {
        // An open pair is judged by its data sets again.
        if (standing == Standing::Two)
            continue;
        QIANLI_ASSIGN(auto other, this->patient(key));
        if (other && (standing == Standing::One || resemblanceOf(patient, *other).kind == Resemblance::Kind::Same))
            found.push_back(std::move(*other));
    }
    return found;
}

Result<std::vector<PatientRecord>> Persons::sameAs(model::PatientKey const& key) const
{
    std::vector<PatientRecord> group;
    QIANLI_ASSIGN(auto start, patient(key));
    if (!start)
        return group;
    QIANLI_ASSIGN(auto const decided, standings(*start));
    std::set<model::PatientKey> seen{key};
    for (auto const& [other, standing] : decided)
        if (standing == Standing::Two)
            seen.insert(other);
    group.push_back(std::move(*start));
    for (std::size_t i = 0; i < group.size() && group.size() < mostPatients; ++i) {
        QIANLI_ASSIGN(auto next, neighbours(group[i]));
        for (PatientRecord& one : next)
            if (seen.insert(one.key).second)
                group.push_back(std::move(one));
    }
    return group;
}

Result<std::vector<model::PatientKey>> Persons::around(model::PatientKey const& key) const
{
    std::set<model::PatientKey> keys;
    QIANLI_ASSIGN(auto const group, sameAs(key));
    for (PatientRecord const& one : group)
        keys.insert(one.key);
    if (!group.empty() && !group.front().person.nationalId.empty()) {
        PatientQuery query;
        query.nationalId = group.front().person.nationalId;
        query.limit = mostPatients;
        QIANLI_ASSIGN(auto const alike, index_.patients(query));
        for (PatientRecord const& one : alike)
            keys.insert(one.key);
    }
    QIANLI_ASSIGN(auto const decided, decisions_.about(key));
    for (auto const& [other, said] : decided)
        keys.insert(other);
    keys.erase(key);
    return std::vector(keys.begin(), keys.end());
}

} // namespace qianli::gateway
