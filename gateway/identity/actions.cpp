#include "gateway/identity/actions.h"

#include "common/base/text.h"
#include "common/model/national_id.h"
#include "common/model/patient_key.h"
#include "gateway/identity/persons.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t longestReason = 1024;

// Two patients, and what holds of them.
struct Pair {
    PatientRecord one, other;
    Standing standing{};
    Resemblance resemblance;

    std::string names() const { return maskedText(one.key) + " and " + maskedText(other.key); }
    bool isOne() const
    {
        return standing == Standing::One || (standing != Standing::Two && resemblance.kind == Resemblance::Kind::Same);
    }
    // Under one Patient ID the question is asked anyway.
    bool isAsked() const
    {
        bool const oneId = one.key.site == other.key.site && one.key.id == other.key.id && !one.key.id.empty();
        return oneId || standing == Standing::Outdated || resemblance.kind != Resemblance::Kind::None;
    }
    std::string heldSoFar() const
    {
        std::string_view const by = standing == Standing::One || standing == Standing::Two ? " (a person said so)" : "";
        std::string const held = isOne() && standing != Standing::One ? "one person by " + resemblance.reason
                                                                      : fmt::format("{}{}", inWords(standing), by);
        return fmt::format("{}: {}; {}: {}", held, maskedText(one.key), inWords(one), maskedText(other.key)) + ": " +
               inWords(other);
    }
};

Result<PatientRecord> known(Persons const& persons, model::PatientKey const& key)
{
    QIANLI_ASSIGN(auto patient, persons.patient(key));
    if (!patient)
        return fail(ErrorCode::NotFound, fmt::format("{} is not known: `patient list --site {}` says who is",
                                                     maskedText(key), key.site.value));
    return std::move(*patient);
}

Result<Pair> pairOf(StudyIndex const& index, Decisions const& decisions, IdentityRequest const& request)
{
    if (request.one == request.other)
        return fail(ErrorCode::InvalidInput, fmt::format("{} is named twice", maskedText(request.one)));
    Persons const persons(index, decisions);
    Pair pair;
    QIANLI_ASSIGN(pair.one, known(persons, request.one));
    QIANLI_ASSIGN(pair.other, known(persons, request.other));
    QIANLI_ASSIGN(auto const standings, persons.standings(pair.one));
    if (auto const said = standings.find(request.other); said != standings.end())
        pair.standing = said->second;
    pair.resemblance = resemblanceOf(pair.one, pair.other);
    return pair;
}

Result<void> mustFit(IdentityVerb verb, Pair const& pair)
{
    bool const sameSite = pair.one.key.site == pair.other.key.site;
    bool const isMerge = verb == IdentityVerb::Merge || verb == IdentityVerb::Unmerge;
    if (isMerge == sameSite)
        return {};
    std::string_view const prefix = verb == IdentityVerb::Unlink || verb == IdentityVerb::Unmerge ? "un" : "";
    if (sameSite)
        return fail(ErrorCode::Refused,
                    fmt::format("{} are patients of one site: that is `patient {}merge`", pair.names(), prefix));
    return fail(ErrorCode::Refused,
                fmt::format("{} are patients of two sites: that is `patient {}link`", pair.names(), prefix));
}

Result<Standing> afterJoining(Pair const& pair)
{
    if (pair.standing == Standing::One)
        return fail(ErrorCode::Refused, pair.names() + " are one person already: somebody said so");
    if (pair.isOne())
        return fail(ErrorCode::Refused,
                    fmt::format("{} are one person already: {}", pair.names(), pair.resemblance.reason));
    return Standing::One;
}

Result<Standing> afterParting(Pair const& pair, Persons const& persons)
{
    bool const isSame = pair.resemblance.kind == Resemblance::Kind::Same;
    if (pair.standing == Standing::One)
        return isSame ? Standing::Two : Standing::Open;
    if (pair.standing == Standing::Two)
        return fail(ErrorCode::Refused, pair.names() + " are two persons already: somebody said so");
    if (pair.isAsked())
        return Standing::Two;
    QIANLI_ASSIGN(auto const group, persons.sameAs(pair.one.key));
    if (std::ranges::find(group, pair.other.key, &PatientRecord::key) == group.end())
        return fail(ErrorCode::Refused, fmt::format("nothing joins {}", pair.names()));
    std::vector<std::string> others;
    for (PatientRecord const& one : group)
        if (one.key != pair.one.key && one.key != pair.other.key)
            others.push_back(maskedText(one.key));
    return fail(ErrorCode::Refused, fmt::format("{} are joined only through {}: part one of them from that",
                                                pair.names(), text::join(others, ", ")));
}

} // namespace

std::string_view code(IdentityVerb verb)
{
    switch (verb) {
    case IdentityVerb::Link:
        return "link";
    case IdentityVerb::Unlink:
        return "unlink";
    case IdentityVerb::Merge:
        return "merge";
    case IdentityVerb::Unmerge:
        break;
    }
    return "unmerge";
}

std::string maskedText(model::PatientKey const& key)
{
    model::PatientKey masked = key;
    masked.id = model::maskedId(key.id);
    return model::toText(masked);
}

std::string inWords(PatientRecord const& patient)
{
    std::string const& date = patient.birthDate;
    return fmt::format("{} {} {}", patient.name.empty() ? "(no name)" : patient.name,
                       patient.sex.empty() ? "-" : patient.sex,
                       date.size() == 8 ? fmt::format("{}-{}-{}", date.substr(0, 4), date.substr(4, 2), date.substr(6))
                       : date.empty()   ? "-"
                                        : date);
}

Result<Decision> decide(StudyIndex const& index, Decisions& decisions, IdentityRequest const& request)
{
    if (text::trim(request.reason).empty() || request.reason.size() > longestReason || !text::isUtf8(request.reason))
        return fail(ErrorCode::InvalidInput, fmt::format("a reason of 1 to {} bytes is needed", longestReason));
    QIANLI_ASSIGN(Pair const pair, pairOf(index, decisions, request));
    QIANLI_TRY(mustFit(request.verb, pair));
    Decision decision;
    decision.at = request.at;
    decision.person = request.person;
    decision.verb = code(request.verb);
    decision.first = request.one;
    decision.second = request.other;
    decision.firstPerson = pair.one.person;
    decision.secondPerson = pair.other.person;
    decision.reason = request.reason;
    decision.before = pair.heldSoFar();
    bool const joins = request.verb == IdentityVerb::Link || request.verb == IdentityVerb::Merge;
    QIANLI_ASSIGN(decision.after, joins ? afterJoining(pair) : afterParting(pair, Persons(index, decisions)));
    QIANLI_TRY(decisions.add(decision));
    return decision;
}

} // namespace qianli::gateway
