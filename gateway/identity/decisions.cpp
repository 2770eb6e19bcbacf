#include "gateway/identity/decisions.h"

#include "common/base/text.h"
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

std::string stored(Person const& person)
{
    std::vector<std::string> const parts{person.hanzi, person.latin, person.birthDate, person.sex, person.nationalId};
    return text::join(parts, "\\");
}

// Of somebody of whom nothing is stored nothing is known.
Person personAt(sqlite::Statement const& row, int column)
{
    auto const parts = text::split(row.textView(column), '\\');
    return parts.size() == 5 ? Person{parts[0], parts[1], parts[2], parts[3], parts[4]} : Person{};
}

constexpr std::string_view selectDecisions =
    "SELECT id, at, person, verb, first_site, first_identity, first_variant, second_site, second_identity, "
    "second_variant, reason, before, after, first_person, second_person FROM identity_decisions ";

Result<std::vector<Decision>> decisionsOf(sqlite::Statement& read)
{
    std::vector<Decision> decisions;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return decisions;
        decisions.push_back({read.integer(0), TimePoint(Duration(read.integer(1))), read.text(2), read.text(3),
                             keyAt(read, 4), keyAt(read, 7), read.text(10), read.text(11),
                             standingOf(read.textView(12)), personAt(read, 13), personAt(read, 14)});
    }
}

} // namespace

std::string_view inWords(Standing standing)
{
    switch (standing) {
    case Standing::One:
        return "one person";
    case Standing::Two:
        return "two persons";
    case Standing::Outdated:
        return "open (what was decided was about somebody else)";
    case Standing::Open:
        break;
    }
    return "open";
}

Standing Said::of(Person const& selfNow, Person const& otherNow) const
{
    bool const areTheSame = disagreements(self, selfNow).empty() && disagreements(other, otherNow).empty();
    return areTheSame || standing == Standing::Open ? standing : Standing::Outdated;
}

Result<std::vector<Decision>> Decisions::history(model::PatientKey const& patient) const
{
    QIANLI_ASSIGN(auto read, database_.prepare(std::string(selectDecisions) +
                                               "WHERE (first_identity = ?1 AND first_site = ?2 AND first_variant = ?3) "
                                               "OR (second_identity = ?1 AND second_site = ?2 AND second_variant = ?3) "
                                               "ORDER BY id"));
    QIANLI_TRY(read.bind({identityOf(patient), patient.site.value, patient.variant}));
    return decisionsOf(read);
}

Result<std::vector<Decision>> Decisions::newest() const
{
    QIANLI_ASSIGN(auto read,
                  database_.prepare(std::string(selectDecisions) +
                                    "WHERE id IN (SELECT max(id) FROM identity_decisions GROUP BY first_site, "
                                    "first_identity, first_variant, second_site, second_identity, second_variant) "
                                    "ORDER BY id"));
    return decisionsOf(read);
}

Result<std::map<model::PatientKey, Said>> Decisions::about(model::PatientKey const& patient) const
{
    QIANLI_ASSIGN(auto const all, history(patient));
    std::map<model::PatientKey, Said> said;
    for (Decision const& one : all)
        if (one.first == patient)
            said[one.second] = {one.after, one.firstPerson, one.secondPerson};
        else
            said[one.first] = {one.after, one.secondPerson, one.firstPerson};
    return said;
}

Result<void> Decisions::add(Decision const& decision)
{
    bool const isOrdered = decision.first < decision.second;
    auto const& [first, second] = std::minmax(decision.first, decision.second);
    QIANLI_ASSIGN(
        auto insert,
        database_.prepare("INSERT INTO identity_decisions (at, person, verb, first_site, first_identity, "
                          "first_variant, second_site, second_identity, second_variant, reason, before, after, "
                          "first_person, second_person) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"));
    return insert.run({decision.at.time_since_epoch().count(), decision.person, decision.verb, first.site.value,
                       identityOf(first), first.variant, second.site.value, identityOf(second), second.variant,
                       decision.reason, decision.before, storedStandings[static_cast<std::size_t>(decision.after)],
                       stored(isOrdered ? decision.firstPerson : decision.secondPerson),
                       stored(isOrdered ? decision.secondPerson : decision.firstPerson)});
}

} // namespace qianli::gateway
