// patient: who is who: list, conflicts, link, unlink, merge, unmerge.
#include "common/base/text.h"
#include "common/model/national_id.h"
#include "common/model/patient_key.h"
#include "common/names/name_query.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/identity/conflicts.h"
#include "gateway/identity/persons.h"
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

ordered_json toJson(PatientRecord const& patient, Output const& out)
{
    ordered_json json{{"patient", out.key(patient.key)}, {"site", patient.key.site.value},
                      {"patientId", patient.key.id},     {"variant", patient.key.variant},
                      {"patientName", patient.name},     {"sex", patient.sex},
                      {"birthDate", patient.birthDate},  {"studies", patient.studies}};
    // A patient without Patient ID is known by the study.
    if (!patient.key.studyUid.empty())
        json["studyInstanceUid"] = patient.key.studyUid;
    return json;
}

ordered_json toJson(Decision const& decision, Output const& out)
{
    return {{"at", toIso8601(decision.at)},    {"person", decision.person},
            {"verb", decision.verb},           {"patients", {out.key(decision.first), out.key(decision.second)}},
            {"reason", decision.reason},       {"before", decision.before},
            {"after", inWords(decision.after)}};
}

// A pattern is DICOM's; everything else is looked for as people type.
bool isPattern(std::string const& text)
{
    return text.find_first_of("*?") != std::string::npos;
}

// Patients of the studies whose names a text finds, best answers first; no more than `studies` of these are looked at,
// and `all` says whether that were all.
struct Typed {
    std::vector<PatientRecord> patients;
    bool all = true;
};

Result<Typed> typedAmong(StudyIndex const& index, PatientListArguments const& arguments, std::size_t studies)
{
    Query query;
    query.name = {arguments.name};
    query.limit = studies;
    if (!arguments.id.empty())
        query.matches.push_back({isPattern(arguments.id) ? Match::Kind::Wildcard : Match::Kind::Value,
                                 dicom::tag::patientId,
                                 {arguments.id}});
    Typed typed;
    std::size_t answers = 0;
    std::set<model::PatientKey> seen;
    Result<void> failed;
    auto const take = [&](Answer const& answer) -> Result<void> {
        ++answers;
        auto const uid = answer.values.find(dicom::tag::studyInstanceUid);
        if (uid == answer.values.end())
            return {};
        QIANLI_ASSIGN(auto const study, index.study(answer.site, dicom::Uid::ofKnown(uid->second), answer.part));
        if (!study || !seen.insert(study->patient).second)
            return {};
        QIANLI_ASSIGN(auto variants, index.variantsOf(study->patient));
        auto const found = std::ranges::find(variants, study->patient, &PatientRecord::key);
        if (found != variants.end())
            typed.patients.push_back(std::move(*found));
        return {};
    };
    QIANLI_TRY(index.find(scopeOf(arguments.site), query, [&](Answer const& answer) {
        failed = take(answer);
        return failed.has_value();
    }));
    QIANLI_TRY(failed);
    typed.all = studies == 0 || answers < studies;
    return typed;
}

// One more than the limit, to know whether there are more.
Result<std::vector<PatientRecord>> listed(StudyIndex const& index, PatientListArguments const& arguments)
{
    if (!names::NameQuery(arguments.name).empty() && !isPattern(arguments.name)) {
        // A patient may have many studies: further, until there are enough patients.
        for (std::size_t studies = arguments.limit == 0 ? 0 : 2 * (arguments.limit + 1);; studies *= 4) {
            QIANLI_ASSIGN(Typed typed, typedAmong(index, arguments, studies));
            if (typed.all || typed.patients.size() > arguments.limit)
                return std::move(typed.patients);
        }
    }
    PatientQuery query;
    query.site = {arguments.site};
    query.id = arguments.id;
    query.name = arguments.name;
    query.limit = arguments.limit == 0 ? 0 : arguments.limit + 1;
    return index.patients(query);
}

// What is said of one patient besides what it sent.
struct Standings {
    std::vector<std::string> same; // others that are one person with it
    bool conflict = false;         // another person under its Patient ID
    std::vector<Decision> decisions;
};

Result<Standings> standingsOf(Workflow& workflow, StudyIndex const& index, PatientRecord const& patient,
                              Output const& out)
{
    return workflow.database().read([&](sqlite::Database& database) -> Result<Standings> {
        Decisions const decisions(database);
        Standings standings;
        QIANLI_ASSIGN(auto const group, Persons(index, decisions).sameAs(patient.key));
        for (PatientRecord const& one : group)
            if (one.key != patient.key)
                standings.same.push_back(out.key(one.key));
        if (!patient.key.id.empty()) {
            QIANLI_ASSIGN(auto const variants, index.variantsOf(patient.key));
            standings.conflict = std::ranges::any_of(variants, [&](PatientRecord const& one) {
                return std::ranges::find(group, one.key, &PatientRecord::key) == group.end();
            });
        }
        QIANLI_ASSIGN(standings.decisions, decisions.history(patient.key));
        return standings;
    });
}

std::string noteOf(PatientRecord const& patient, Standings const& standings)
{
    std::vector<std::string> notes;
    if (standings.conflict)
        notes.emplace_back("others under this Patient ID");
    if (!patient.unusableId.empty())
        notes.push_back("national ID: " + model::nationalIdFault(patient.unusableId));
    if (auto contradiction = contradictionOf(patient); !contradiction.empty())
        notes.push_back("national ID: " + contradiction);
    return text::join(notes, "; ");
}

// As it was typed, or as it is shown: "puzi/500101********1236".
Result<model::PatientKey> keyOf(StudyIndex const& index, std::string const& text)
{
    QIANLI_ASSIGN(auto key, model::parsePatientKey(text));
    if (key.id.find('*') == std::string::npos)
        return key;
    PatientQuery query;
    query.site = key.site;
    query.id = key.id;
    // Few share eight digits and their place, unless that is not what was typed.
    constexpr std::size_t most = 1000;
    query.limit = most;
    QIANLI_ASSIGN(auto patients, index.patients(query));
    if (patients.size() == most)
        return fail(ErrorCode::Conflict, fmt::format("too many patients look like {}: write the ID in full", text));
    std::erase_if(patients, [&](PatientRecord const& one) { return model::maskedId(one.key.id) != key.id; });
    std::vector<std::string> ids;
    for (PatientRecord const& one : patients)
        if (std::ranges::find(ids, one.key.id) == ids.end())
            ids.push_back(one.key.id);
    if (ids.size() > 1)
        return fail(ErrorCode::Conflict,
                    fmt::format("{} patients look like {}: write the ID in full", ids.size(), text));
    if (!ids.empty())
        key.id = ids.front();
    return key;
}

// The reason stays in workflow.db: people write names there.
void record(Context& context, IdentityRequest const& request, Decision const& decision)
{
    AuditEvent event;
    event.kind = AuditEventKind::PatientMerged;
    event.site = request.one.site.value;
    event.patient = model::toText(request.one);
    auto other = request.other;
    other.id = model::maskedId(other.id);
    event.detail = fmt::format("and {}: {}", model::toText(other),
                               decision.after == Standing::Open ? "nobody says any more that they are one person"
                                                                : inWords(decision.after));
    context.record(std::move(event));
}

Result<void> say(Context& context, IdentityVerb verb, PatientPairArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    IdentityRequest request;
    request.verb = verb;
    QIANLI_ASSIGN(request.one, keyOf(*index, arguments.one));
    QIANLI_ASSIGN(request.other, keyOf(*index, arguments.other));
    request.person = operatingSystemUser();
    request.reason = arguments.reason;
    request.at = context.clock().now();
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const decision, decideIdentity(*workflow, *index, request));
    record(context, request, decision);
    auto const names = fmt::format("{} and {}", context.out().key(request.one), context.out().key(request.other));
    context.out().line(decision.after == Standing::Open
                           ? fmt::format("{}: nobody says any more that they are one person", names)
                           : fmt::format("{} are {} from now on", names, inWords(decision.after)));
    context.out().json(toJson(decision, context.out()));
    return {};
}

} // namespace

Result<void> patientList(Context& context, PatientListArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto patients, listed(*index, arguments));
    if (arguments.limit != 0 && patients.size() > arguments.limit) {
        patients.resize(arguments.limit);
        Output::note(fmt::format("only the newest {}; --limit 0 lists all", arguments.limit));
    }
    auto document = ordered_json::array();
    Table table({{"SITE"},
                 {"PATIENT ID", Table::Align::Left, 20},
                 {"#", Table::Align::Right},
                 {"NAME", Table::Align::Left, 24},
                 {"SEX"},
                 {"BIRTH"},
                 {"STUDIES", Table::Align::Right},
                 {"SAME PERSON AS", Table::Align::Left, 60},
                 {"NOTE", Table::Align::Left, 80}});
    for (PatientRecord const& patient : patients) {
        QIANLI_ASSIGN(auto const standings, standingsOf(*workflow, *index, patient, context.out()));
        table.add({patient.key.site.value, patient.key.id, fmt::format("{}", patient.key.variant),
                   nameForPeople(patient.name), patient.sex, dateForPeople(patient.birthDate),
                   fmt::format("{}", patient.studies), text::join(standings.same, ", "), noteOf(patient, standings)});
        if (!context.out().isJson())
            continue;
        auto json = toJson(patient, context.out());
        json["samePersonAs"] = standings.same;
        json["identityConflict"] = standings.conflict;
        json["note"] = noteOf(patient, standings);
        json["decisions"] = ordered_json::array();
        for (Decision const& decision : standings.decisions)
            json["decisions"].push_back(toJson(decision, context.out()));
        document.push_back(std::move(json));
    }
    context.out().table(table, "no patients");
    context.out().json(document);
    return {};
}

Result<void> patientConflicts(Context& context)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const conflicts, workflow->database().read([&](sqlite::Database& database) {
        return conflictsOf(*index, Decisions(database));
    }));
    auto document = ordered_json::array();
    for (Conflict const& conflict : conflicts) {
        ordered_json json{{"kind", code(conflict.kind)},
                          {"reason", conflict.reason},
                          {"studyInstanceUid", conflict.studyUid},
                          {"patients", ordered_json::array()}};
        context.out().line(fmt::format("{}: {}{}", code(conflict.kind), text::escapeControl(conflict.reason),
                                       conflict.studyUid.empty() ? "" : fmt::format(" ({})", conflict.studyUid)));
        for (PatientRecord const& patient : conflict.patients) {
            json["patients"].push_back(toJson(patient, context.out()));
            context.out().line(fmt::format("    {}  {}  {} {}", text::escapeControl(context.out().key(patient.key)),
                                           text::escapeControl(inWords(patient)), patient.studies,
                                           patient.studies == 1 ? "study" : "studies"));
        }
        document.push_back(std::move(json));
    }
    if (conflicts.empty())
        context.out().line("nobody is mistaken for anybody, as far as can be told");
    context.out().json(document);
    return {};
}

Result<void> patientLink(Context& context, PatientPairArguments const& arguments)
{
    return say(context, IdentityVerb::Link, arguments);
}

Result<void> patientUnlink(Context& context, PatientPairArguments const& arguments)
{
    return say(context, IdentityVerb::Unlink, arguments);
}

Result<void> patientMerge(Context& context, PatientPairArguments const& arguments)
{
    return say(context, IdentityVerb::Merge, arguments);
}

Result<void> patientUnmerge(Context& context, PatientPairArguments const& arguments)
{
    return say(context, IdentityVerb::Unmerge, arguments);
}

} // namespace qianli::gateway::cli
