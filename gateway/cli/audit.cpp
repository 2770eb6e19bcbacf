// audit: what is on record: list, verify.
#include "gateway/audit/audit_message.h"
#include "gateway/audit/audit_query.h"
#include "gateway/audit/audit_verify.h"
#include "gateway/audit/audit_words.h"
#include "gateway/audit/trail_check.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/cli/words.h"
#include "gateway/daemon/audit_parts.h"

#include "common/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

struct AuditListArguments {
    std::string from, to, person, site, study;
    std::vector<std::string> events;
    std::size_t limit = 1000; // 0: all
    bool xml = false;
};
struct AuditVerifyArguments {
    std::filesystem::path folder, key, head; // of a copy; empty: the gateway's own
    std::string seen;                        // why what is wrong is known; empty: it is not
};

Result<AuditFilter> filterOf(AuditListArguments const& arguments)
{
    AuditFilter filter;
    QIANLI_ASSIGN(filter.from, parseLocalTime("--from", arguments.from, Edge::Begin));
    QIANLI_ASSIGN(filter.to, parseLocalTime("--to", arguments.to, Edge::End));
    for (auto const& word : arguments.events) {
        QIANLI_ASSIGN(auto const kind, parseAuditEventKind(word));
        filter.kinds.push_back(kind);
    }
    filter.person = arguments.person;
    filter.site = arguments.site;
    filter.study = arguments.study;
    filter.limit = arguments.limit;
    return filter;
}

std::string shownPatient(Context& context, AuditEvent const& event)
{
    return context.out().idsAreRevealed() ? event.patient : maskedPatient(event.patient);
}

ordered_json toJson(Context& context, AuditEntry const& entry)
{
    auto const& event = entry.event;
    return {{"entry", entry.sequence},
            {"time", entry.timeText},
            {"event", code(event.kind)},
            {"standardEvent", standardName(event.kind)},
            {"outcome", code(event.outcome)},
            {"person", event.person},
            {"callingAe", event.callingAe},
            {"calledAe", event.calledAe},
            {"address", event.address},
            {"certificateSubject", event.certificateSubject},
            {"site", event.site},
            {"studyInstanceUids", event.studies},
            {"sopInstanceUids", event.objects},
            {"objects", event.objectCount},
            {"sent", event.sent},
            {"patient", shownPatient(context, event)},
            {"detail", event.detail},
            {"hash", entry.hash}};
}

void addRow(Context& context, Table& table, AuditEntry const& entry)
{
    auto const& event = entry.event;
    std::vector<std::string> what;
    if (!event.studies.empty())
        what.push_back(event.studies.size() == 1 ? event.studies.front()
                                                 : fmt::format("{} studies", event.studies.size()));
    if (event.objectCount > 0)
        what.push_back(fmt::format("{} {}", event.objectCount,
                                   event.kind == AuditEventKind::Query ? "answers"
                                   : event.sent                        ? "objects sent"
                                                                       : "objects"));
    if (!event.patient.empty())
        what.push_back(shownPatient(context, event));
    if (!event.detail.empty())
        what.push_back(event.detail);
    auto const from = event.callingAe.empty() ? event.address
                      : event.address.empty() ? event.callingAe
                                              : fmt::format("{}@{}", event.callingAe, event.address);
    table.add({fmt::format("{}", entry.sequence), toLocalText(entry.time, TimePrecision::Seconds),
               std::string(code(event.kind)),
               event.outcome == AuditOutcome::Success ? "" : std::string(code(event.outcome)), event.person, from,
               event.site, text::join(what, "; ")});
}

void recordUse(Context& context, AuditOutcome outcome, std::string detail)
{
    AuditEvent event;
    event.kind = AuditEventKind::AuditLogUsed;
    event.outcome = outcome;
    event.detail = std::move(detail);
    context.record(std::move(event));
}

Result<void> list(Context& context, AuditListArguments const& arguments)
{
    QIANLI_ASSIGN(auto const filter, filterOf(arguments));
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto const data, context.data());
    QIANLI_ASSIGN(auto const entries, auditEntries(data / "audit", filter));
    recordUse(context, AuditOutcome::Success, fmt::format("{} entries shown", entries.size()));
    if (arguments.xml) {
        AuditSource const source{configuration->dicom.aeTitle, machineName()};
        auto const ids = context.out().idsAreRevealed() ? AuditIds::Revealed : AuditIds::Masked;
        for (AuditEntry const& entry : entries)
            context.out().line(auditMessageXml(entry, source, ids));
        return {};
    }
    auto document = ordered_json::array();
    Table table({{"ENTRY", Table::Align::Right},
                 {"TIME"},
                 {"EVENT"},
                 {"OUTCOME"},
                 {"PERSON", Table::Align::Left, 24},
                 {"FROM", Table::Align::Left, 40},
                 {"SITE"},
                 {"WHAT", Table::Align::Left, 200}});
    for (AuditEntry const& entry : entries) {
        addRow(context, table, entry);
        if (context.out().isJson())
            document.push_back(toJson(context, entry));
    }
    context.out().table(table, "nothing of that kind is on record");
    context.out().json(document);
    return {};
}

ordered_json toJson(TrailJudgement const& judgement)
{
    ordered_json document{
        {"good", judgement.good()}, {"endKnown", judgement.endKnown},  {"entries", judgement.entries},
        {"first", judgement.first}, {"last", judgement.last},          {"from", judgement.firstTime},
        {"to", judgement.lastTime}, {"seals", judgement.seals},        {"notSealedYet", judgement.unsealed},
        {"torn", judgement.torn},   {"faults", ordered_json::array()}, {"moreFaults", judgement.moreFaults}};
    for (TrailFault const& fault : judgement.faults)
        document["faults"].push_back({{"kind", code(fault.kind)},
                                      {"file", fault.file},
                                      {"line", fault.line},
                                      {"entry", fault.sequence},
                                      {"text", fault.text}});
    return document;
}

void print(Output const& out, TrailJudgement const& judgement)
{
    for (TrailFault const& fault : judgement.faults)
        out.line(text::escapeControl(
            fault.line == 0 ? fmt::format("{}: {}", code(fault.kind), fault.text)
                            : fmt::format("{}: {} line {}: {}", code(fault.kind), fault.file, fault.line, fault.text)));
    if (judgement.moreFaults > 0)
        out.line(fmt::format("and {} more", judgement.moreFaults));
    if (judgement.entries > 0)
        out.line(fmt::format("{} entries, {} to {}, from {} to {}; {} seals, {} entries not sealed yet",
                             judgement.entries, judgement.first, judgement.last, judgement.firstTime,
                             judgement.lastTime, judgement.seals, judgement.unsealed));
    if (judgement.torn > 0)
        out.line(
            fmt::format("{} bytes at the end are of an entry whose writing was cut short; the next one removes them",
                        judgement.torn));
    if (!judgement.good())
        return;
    if (judgement.endKnown)
        out.line(judgement.entries > 0 ? "the trail is whole" : "nothing is on record yet");
    else
        out.line("what is there is as it was written; whether its end was cut off can't be told without audit.head: "
                 "`--head FILE`");
}

// On record first: an alarm ends by nobody unknown.
Result<void> noteThatItIsSeen(Context& context, TrailJudgement const& judgement, std::string const& reason)
{
    QIANLI_TRY(context.mustBeOnRecord());
    recordUse(context, AuditOutcome::MinorFailure,
              fmt::format("{} faults are seen, and told no more: {}", judgement.faults.size(), reason));
    if (!context.observers().isOnRecord())
        return fail(ErrorCode::Unavailable, "it can't be put on record that the faults are seen, so the alarm stays");
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    return noteSeen(trailPlace(*configuration), judgement);
}

Result<void> verify(Context& context, AuditVerifyArguments const& arguments)
{
    TrailToVerify trail{arguments.folder, arguments.key, arguments.head};
    bool const own = arguments.folder.empty();
    if (own) {
        QIANLI_ASSIGN(auto const data, context.data());
        trail = {data / "audit", arguments.key.empty() ? data / "keys/audit.pub" : arguments.key,
                 arguments.head.empty() ? data / "keys/audit.head" : arguments.head};
    }
    TrailJudgement judgement;
    {
        ProgressLine progress;
        QIANLI_ASSIGN(judgement, verifyTrail(trail, [&](std::uint64_t done, std::uint64_t total) {
                          progress.show(done, total, "bytes of the trail");
                          return true;
                      }));
    }
    if (own)
        recordUse(context, judgement.good() ? AuditOutcome::Success : AuditOutcome::SeriousFailure,
                  judgement.good() ? "verified: whole" : "verified: " + judgement.faults.front().text);
    if (own && !judgement.good() && !arguments.seen.empty())
        QIANLI_TRY(noteThatItIsSeen(context, judgement, arguments.seen));
    context.out().json(toJson(judgement));
    print(context.out(), judgement);
    if (judgement.good())
        return {};
    auto const faults = judgement.faults.size() + judgement.moreFaults;
    return fail(ErrorCode::Corrupt,
                fmt::format("the trail is not as it was written: {} {}", faults, faults == 1 ? "fault" : "faults"));
}

} // namespace

void addAudit(Words& words)
{
    auto* audit = noun(words, "audit", "what is on record");
    auto [list, wanted] = verb<AuditListArguments>(words, audit, "list", "entries, newest first", &cli::list);
    list->add_option("--from", wanted->from, "from, 2026-11-22 or \"2026-11-22 12:30\"");
    list->add_option("--to", wanted->to, "until");
    list->add_option("--event", wanted->events, "only these events, separated by commas")->delimiter(',');
    list->add_option("--person", wanted->person, "only of this person");
    list->add_option("--site", wanted->site, "only of this site");
    list->add_option("--study", wanted->study, "only about this study: its Study Instance UID");
    list->add_option("--limit", wanted->limit, "at most so many; 0: all")->capture_default_str();
    list->add_flag("--xml", wanted->xml, "audit messages of PS3.15 A.5, one a line");
    auto [verify, which] = verb<AuditVerifyArguments>(
        words, audit, "verify", "is it as it was written: nothing altered, removed, reordered, rewritten, cut",
        &cli::verify);
    auto* folder = verify->add_option("--folder", which->folder, "a copy of data/audit, anywhere");
    auto* key = verify->add_option("--key", which->key, "the public key, a copy of data/keys/audit.pub");
    verify->add_option("--head", which->head,
                       "a copy of data/keys/audit.head: without it nobody can tell whether the end was cut off");
    folder->needs(key);
    verify->add_option("--seen", which->seen, "what is wrong is known, for this reason: ends the alarm `audit verify`")
        ->excludes(folder);
}

} // namespace qianli::gateway::cli
