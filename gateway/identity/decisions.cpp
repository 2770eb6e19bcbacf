#include "gateway/identity/decisions.h"

#include "gateway/index/records.h"

#include <array>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::array<std::string_view, 3> storedStandings{"open", "one", "two"};

Standing standingOf(std::string_view stored)
{
    return stored == "one" ? Standing::One : stored == "two" ? Standing::Two : Standing::Open;
}

model::PatientKey keyAt(sqlite::Statement const& row, int column)
{
    model::PatientKey key = keyOfIdentity({row.text(column)}, row.textView(column + 1));
    key.variant = static_cast<int>(row.integer(column + 2));
    return key;
}

// All that name the patient, oldest first.
Result<sqlite::Statement> select(sqlite::Database& database, model::PatientKey const& patient)
{
    QIANLI_ASSIGN(auto read, database.prepare(
                                 "SELECT id, at, person, verb, first_site, first_identity, first_variant, second_site, "
                                 "second_identity, second_variant, reason, before, after FROM identity_decisions WHERE "
                                 "(first_identity = ?1 AND first_site = ?2 AND first_variant = ?3) OR (second_identity "
                                 "= ?1 AND second_site = ?2 AND second_variant = ?3) ORDER BY id"));
    QIANLI_TRY(read.bind({identityOf(patient), patient.site.value, patient.variant}));
    return read;
}

} // namespace

std::string_view inWords(Standing standing)
{
    switch (standing) {
    case Standing::One:
        return "one person";
    case Standing::Two:
        return "two persons";
    case Standing::Open:
        break;
    }
    return "open";
}

Result<std::vector<Decision>> Decisions::history(model::PatientKey const& patient) const
{
    QIANLI_ASSIGN(auto read, select(database_, patient));
    std::vector<Decision> decisions;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return decisions;
        decisions.push_back({read.integer(0), TimePoint(Duration(read.integer(1))), read.text(2), read.text(3),
                             keyAt(read, 4), keyAt(read, 7), read.text(10), read.text(11),
                             standingOf(read.textView(12))});
    }
}

Result<std::map<model::PatientKey, Standing>> Decisions::about(model::PatientKey const& patient) const
{
    QIANLI_ASSIGN(auto read, select(database_, patient));
    std::map<model::PatientKey, Standing> standings;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return standings;
        auto const first = keyAt(read, 4), second = keyAt(read, 7);
        standings[first == patient ? second : first] = standingOf(read.textView(12));
    }
}

Result<Standing> Decisions::between(model::PatientKey const& one, model::PatientKey const& other) const
{
    QIANLI_ASSIGN(auto const all, about(one));
    auto const found = all.find(other);
    return found == all.end() ? Standing::Open : found->second;
}

Result<void> Decisions::add(Decision const& decision)
{
    auto const& [first, second] = std::minmax(decision.first, decision.second);
    QIANLI_ASSIGN(
        auto insert,
        database_.prepare("INSERT INTO identity_decisions (at, person, verb, first_site, first_identity, "
                          "first_variant, second_site, second_identity, second_variant, reason, before, after) "
                          "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)"));
    return insert.run({decision.at.time_since_epoch().count(), decision.person, decision.verb, first.site.value,
                       identityOf(first), first.variant, second.site.value, identityOf(second), second.variant,
                       decision.reason, decision.before, storedStandings[static_cast<std::size_t>(decision.after)]});
}

} // namespace qianli::gateway
