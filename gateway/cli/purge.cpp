// purge: what has been kept long enough: --dry-run lists it, --confirm by two administrators deletes it.
#include "gateway/upkeep/purge.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/deletion.h"
#include "gateway/cli/password_input.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/cli/words.h"
#include "gateway/daemon/deletion_requests.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

struct PurgeArguments {
    bool dryRun = false;
    std::string at, digest, user;
};

ordered_json toJson(Retained const& one)
{
    return {{"studyInstanceUid", one.study.header.studyUid.value()},
            {"site", one.study.site.value},
            {"part", one.study.part},
            {"class", code(one.patientClass)},
            {"lastVisit", toIso8601(one.lastVisit)},
            {"retainUntil", toIso8601(one.retainUntil)},
            {"objects", one.study.instances},
            {"obstacles", one.obstacles}};
}

std::string shortDate(TimePoint time)
{
    return toLocalText(time).substr(0, 10);
}

void print(Context& context, PurgeList const& list)
{
    Table table({{"SITE"},
                 {"STUDY INSTANCE UID", Table::Align::Left, 64},
                 {"CLASS"},
                 {"LAST VISIT"},
                 {"KEPT UNTIL"},
                 {"OBJECTS", Table::Align::Right},
                 {"STAYS, BECAUSE", Table::Align::Left, 120}});
    auto goes = ordered_json::array(), stays = ordered_json::array();
    for (auto const* group : {&list.goes, &list.stays})
        for (Retained const& one : *group) {
            (group == &list.goes ? goes : stays).push_back(toJson(one));
            auto const patientClass = code(one.patientClass);
            table.add({one.study.site.value, one.study.header.studyUid.value(),
                       patientClass.empty() ? "unknown" : std::string(patientClass), shortDate(one.lastVisit),
                       shortDate(one.retainUntil), fmt::format("{}", one.study.instances),
                       fmt::format("{}", fmt::join(one.obstacles, "; "))});
        }
    context.out().json({{"digest", list.digest}, {"file", list.file.string()}, {"goes", goes}, {"stays", stays}});
    context.out().table(table, "nothing has been kept as long as the law says");
    context.out().line(fmt::format("{} studies would go, {} stay; the list is {}", list.goes.size(), list.stays.size(),
                                   list.file.string()));
    context.out().line(fmt::format("SHA-256 {}", list.digest));
    if (!list.goes.empty())
        context.out().line("two administrators confirm it within 24 hours: purge --confirm DIGEST --user NAME");
}

Result<void> dryRun(Context& context, PurgeArguments const& arguments)
{
    QIANLI_ASSIGN(auto const given, parseLocalTime("--at", arguments.at, Edge::Begin));
    QIANLI_ASSIGN(auto const data, context.data());
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    PurgeList list;
    {
        ProgressLine line;
        QIANLI_ASSIGN(list, Purges(*workflow).list(*index, given.value_or(context.clock().now()), operatingSystemUser(),
                                                   data / "purge", [&](std::uint64_t done, std::uint64_t total) {
                                                       line.show(done, total, "objects looked at");
                                                       return true;
                                                   }));
    }
    print(context, list);
    return {};
}

Result<void> confirm(Context& context, PurgeArguments const& arguments)
{
    QIANLI_ASSIGN(auto const password, readPassword(arguments.user));
    QIANLI_ASSIGN(auto const answer,
                  askToDelete(context, toJson(PurgeConfirmation{arguments.digest, arguments.user, password})));
    context.out().json(ordered_json(answer));
    if (!answer.value("executed", false)) {
        context.out().line("confirmed; nothing is deleted before another administrator confirms the same list");
        return {};
    }
    context.out().line(fmt::format("deleted: {} studies, {} objects, {}", answer.value("studies", std::uint64_t{0}),
                                   answer.value("objects", std::uint64_t{0}),
                                   bytesForPeople(answer.value("bytes", std::uint64_t{0}))));
    for (auto const& line : answer["leftOut"])
        context.out().line("left out: " + line.get<std::string>());
    return {};
}

Result<void> purge(Context& context, PurgeArguments const& arguments)
{
    if (arguments.dryRun)
        return dryRun(context, arguments);
    QIANLI_TRY(context.mustBeOnRecord());
    return confirm(context, arguments);
}

} // namespace

void addPurge(Words& words)
{
    auto [app, arguments] = verb<PurgeArguments>(
        words, &words.app, "purge", "delete what has been kept as long as the law says; two administrators confirm it",
        &purge);
    auto* what = app->add_option_group("what");
    auto* list =
        what->add_flag("--dry-run", arguments->dryRun, "list what would go, and write the list to data/purge/");
    auto* digest = what->add_option("--confirm", arguments->digest, "the list's SHA-256, as --dry-run printed it");
    what->require_option(1);
    app->add_option("--at", arguments->at, "what may go by then, 2041-11-22; such a list can't be confirmed before")
        ->needs(list);
    auto* user = app->add_option("--user", arguments->user,
                                 "who confirms; the password is asked for or read from standard input");
    user->needs(digest);
    digest->needs(user);
}

} // namespace qianli::gateway::cli
