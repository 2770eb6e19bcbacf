#include "gateway/cli/command_line.h"

#include "common/base/text.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/words.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <new>
#include <system_error>

namespace qianli::gateway {
namespace {

using namespace cli;

void addWhose(CLI::App* app, StudyArguments& arguments)
{
    app->add_option("--site", arguments.site, "where two sites hold that UID");
    app->add_option("--part", arguments.part, "where two patients of a site have that UID: 0, 1, ...");
}

void addPatient(Words& words)
{
    auto* patient = noun(words, "patient", "who is who");
    auto [list, wanted] = verb<PatientListArguments>(words, patient, "list", "patients, newest first", &patientList);
    list->add_option("--site", wanted->site, "only of this site");
    list->add_option("--name", wanted->name, "the name as one types it: characters, pinyin, initials; or a pattern");
    list->add_option("--id", wanted->id, "Patient ID; * and ? match anything");
    list->add_option("--limit", wanted->limit, "at most so many; 0: all")->capture_default_str();
    verb(words, patient, "conflicts", "what somebody has to look at, because who is who is not sure", patientConflicts);
    for (auto const& [name, description, command] :
         {std::tuple("link", "two patients of two sites are one person", &patientLink),
          std::tuple("unlink", "take that back; of two who are not linked: they are two persons", &patientUnlink),
          std::tuple("merge", "two patients of one site are one person", &patientMerge),
          std::tuple("unmerge", "take that back; of two who are not merged: they are two persons", &patientUnmerge)}) {
        auto [app, arguments] = verb<PatientPairArguments>(words, patient, name, description, command);
        constexpr auto form = "SITE/PATIENT-ID, with #VARIANT where several stand under that ID";
        app->add_option("A", arguments->one, form)->required();
        app->add_option("B", arguments->other, form)->required();
        app->add_option("--reason", arguments->reason, "kept with the decision")->required();
    }
}

void addStudy(Words& words)
{
    auto* study = noun(words, "study", "what was received");
    auto [list, wanted] = verb<StudyListArguments>(words, study, "list", "studies, newest first", &studyList);
    list->add_option("--site", wanted->site, "only of this site");
    list->add_option("--patient", wanted->patient, "Patient ID; * and ? match anything");
    list->add_option(
        "--name", wanted->name,
        "the patient's name as one types it: characters, pinyin (zhangsan), initials (zs), a mixture; or a "
        "pattern with * and ?");
    list->add_option("--from", wanted->from, "study date from, 2026-11-22");
    list->add_option("--to", wanted->to, "study date to");
    list->add_option("--received-from", wanted->receivedFrom, "arrived here from, 2026-11-22 or \"2026-11-22 12:30\"");
    list->add_option("--received-to", wanted->receivedTo, "arrived here until");
    list->add_option("--modality", wanted->modality, "CT, DX, US, ...");
    list->add_option("--accession", wanted->accession, "accession number");
    list->add_option("--state", wanted->state,
                     "state of its reading task: receiving, ready, claimed, drafting, issued, delivered, ...");
    list->add_option("--limit", wanted->limit, "at most so many; 0: all")->capture_default_str();
    for (auto const& [name, description, command] :
         {std::tuple("show", "one study with its series", &studyShow),
          std::tuple("verify", "compare its objects with what was received", &studyVerify)}) {
        auto [app, arguments] = verb<StudyArguments>(words, study, name, description, command);
        app->add_option("UID", arguments->uid, "Study Instance UID")->required();
        addWhose(app, *arguments);
    }
    auto [app, arguments] =
        verb<StudyArguments>(words, study, "export", "write its objects as files, as they were received", &studyExport);
    app->add_option("UID", arguments->uid, "Study Instance UID")->required();
    app->add_option("DIR", arguments->folder, "a folder; made where there is none")->required();
    addWhose(app, *arguments);
    auto [recode, recoding] = verb<StudyRecodeArguments>(
        words, study, "recode", "decide the character set again for what a site sent; objects stay as they are",
        &studyRecode);
    recode->add_option("--site", recoding->site, "whose studies")->required();
    recode->add_option("--from", recoding->from, "arrived here from, 2026-11-22 or \"2026-11-22 12:30\"");
    recode->add_option("--to", recoding->to, "arrived here until");
    recode->add_option(
        "--charset", recoding->charset,
        "what undeclared or wrongly declared text meant then; otherwise what the site's configuration says");
    recode->add_flag("--dry-run", recoding->dryRun, "only show what would change");
    addStudyKeeping(words, study);
}

void addArchive(Words& words)
{
    auto* archive = noun(words, "archive", "the objects on disk");
    auto [import, arguments] =
        verb<ArchiveImportArguments>(words, archive, "import", "take every DICOM file below a folder", &archiveImport);
    import->add_option("DIR", arguments->path, "a folder, a mounted CD, or one file")->required();
    import->add_option("--site", arguments->site, "whose studies these are")->required();
    verb(words, archive, "verify", "compare every object with what was received", archiveVerify);
    verb(words, archive, "reindex", "rebuild the index from the archive (with the gateway stopped)", archiveReindex);
    verb(words, archive, "usage", "how much is stored, by site", archiveUsage);
}

void addSite(Words& words)
{
    auto* site = noun(words, "site", "who sends to us");
    verb(words, site, "list", "the configured sites", siteList);
    auto [show, arguments] = verb<SiteArguments>(
        words, site, "show", "one site, its devices and what they do against the standard", &siteShow);
    show->add_option("ID", arguments->id, "the site")->required();
    auto [silent, whose] = verb<SiteSilentArguments>(
        words, site, "silent", "who usually sends at this time and doesn't; asks their end by C-ECHO", &siteSilent);
    silent->add_flag("--all", whose->all, "every site, the others too");
    addSiteEditing(words, site);
}

void addQuarantine(Words& words)
{
    auto* quarantine = noun(words, "quarantine", "what unknown callers sent");
    verb(words, quarantine, "list", "by caller and study, oldest first", quarantineList);
    constexpr auto which = "GROUP of the list, a Study Instance UID, AE@ADDRESS, or all";
    auto [release, released] = verb<QuarantineArguments>(
        words, quarantine, "release", "put it into the archive as a site's, received when it came", &quarantineRelease);
    release->add_option("SELECTOR", released->selector, which)->required();
    release->add_option("--site", released->site, "whose it is")->required();
    auto [drop, dropped] = verb<QuarantineArguments>(words, quarantine, "drop", "delete it for good", &quarantineDrop);
    drop->add_option("SELECTOR", dropped->selector, which)->required();
    drop->add_option("--reason", dropped->reason, "kept in data/quarantine/decisions.log")->required();
}

void addUser(Words& words)
{
    auto* user = noun(words, "user", "the people who sign in");
    auto [add, arguments] = verb<UserArguments>(
        words, user, "add", "a new person; the password is asked for or read from standard input", &userAdd);
    add->add_option("NAME", arguments->name, "what is typed at sign-in")->required();
    add->add_option("--role", arguments->role, "radiologist, reviewer, site or admin")
        ->required()
        ->check(CLI::IsMember({"radiologist", "reviewer", "site", "admin"}));
    add->add_option("--site", arguments->site, "for the role site: which");
    add->add_option("--display-name", arguments->displayName, "the name that others see and that reports print");
    verb(words, user, "list", "everybody", userList);
    auto [disable, disabled] =
        verb<UserArguments>(words, user, "disable", "no more sign-ins; certificates are revoked", &userDisable);
    disable->add_option("NAME", disabled->name, "who")->required();
    auto [password, changed] = verb<UserArguments>(
        words, user, "password", "a new password, asked for or read from standard input", &userPassword);
    password->add_option("NAME", changed->name, "who")->required();
}

void addReading(Words& words)
{
    auto* reading = noun(words, "reading", "the reading list");
    auto [list, wanted] =
        verb<ReadingListArguments>(words, reading, "list", "tasks, newest received first", &readingList);
    list->add_option("--state", wanted->states, "only in these states, separated by commas")->delimiter(',');
    list->add_option("--site", wanted->site, "only of this site");
    list->add_option("--name", wanted->name, "the patient's name as one types it: characters, pinyin, initials");
    list->add_option("--limit", wanted->limit, "at most so many; 0: all")->capture_default_str();
    auto [release, arguments] = verb<ReadingReleaseArguments>(
        words, reading, "release", "take a task from whoever holds it; the draft stays", &readingRelease);
    release->add_option("TASK", arguments->task, "number of the task")->required();
    release->add_option("--reason", arguments->reason, "kept in the task's history")->required();
    auto [set, changed] = verb<ReadingSetArguments>(words, reading, "set", "say how urgent a task is", &readingSet);
    set->add_option("TASK", changed->task, "number of the task")->required();
    auto* urgency = set->add_option_group("urgency");
    urgency->add_flag("--stat", changed->stat, "urgent: it is to be read first");
    urgency->add_flag("--routine", changed->routine, "not urgent");
    urgency->require_option(1);
}

void addReport(Words& words)
{
    auto* report = noun(words, "report", "signed reports");
    auto [list, wanted] = verb<ReportListArguments>(words, report, "list", "issued reports, newest first", &reportList);
    list->add_option("--limit", wanted->limit, "at most so many; 0: all")->capture_default_str();
    auto [verify, arguments] = verb<ReportVerifyArguments>(
        words, report, "verify", "check the signatures of SR and PDF objects; needs no gateway", &reportVerify);
    verify->add_option("FILE", arguments->files, "DICOM files")->required();
    verify->add_option("--trust", arguments->trust, "certificate of the authority, PEM; otherwise the gateway's own");
    verify->add_option("--revoked", arguments->revoked, "its revocation list, PEM");
}

void addQueue(Words& words)
{
    auto* queue = noun(words, "queue", "reports on their way back");
    auto [list, wanted] = verb<QueueListArguments>(words, queue, "list", "deliveries, newest first", &queueList);
    list->add_option("--state", wanted->state, "waiting, delivered or given-up")
        ->check(CLI::IsMember({"waiting", "delivered", "given-up"}));
    list->add_option("--to", wanted->destination, "only to this peer");
    list->add_option("--limit", wanted->limit, "at most so many; 0: all")->capture_default_str();
    auto [retry, arguments] = verb<QueueRetryArguments>(
        words, queue, "retry", "put deliveries back in line, to be tried at once", &queueRetry);
    auto* ids = retry->add_option("ID", arguments->ids, "which");
    auto* all = retry->add_flag("--given-up", arguments->all, "all that were given up");
    ids->excludes(all);
    retry->parse_complete_callback([arguments = arguments] {
        if (arguments->ids.empty() && !arguments->all)
            throw CLI::RequiredError("ID or --given-up");
    });
}

void addAll(Words& words)
{
    words.app.require_subcommand(1);
    words.app.fallthrough();
    words.app.add_option("--config", words.configuration, "the configuration file")->capture_default_str();
    words.app.add_flag("--json", words.json, "one JSON document on standard output");
    words.app.add_flag("--reveal", words.reveal, "show national IDs in full, which is put on record");
    verb(words, &words.app, "serve", "run the gateway in the foreground", serve);
    verb(words, &words.app, "status", "is the gateway running, what does it hold, what waits", status);
    addDoctor(words);
    verb(words, noun(words, "config", "the configuration file"), "check", "is it right", configCheck);
    addSite(words);
    addQuarantine(words);
    addStudy(words);
    addPatient(words);
    addArchive(words);
    addReading(words);
    addReport(words);
    addQueue(words);
    addUser(words);
    addPurge(words);
    addBackup(words);
    addAudit(words);
    // --config, --json and --reveal may stand behind noun and verb as well.
    for (auto* noun : words.app.get_subcommands({})) {
        noun->fallthrough();
        for (auto* one : noun->get_subcommands({}))
            one->fallthrough();
    }
}

int report(Error const& error)
{
    // Every line on its own: a configuration has a sentence for each mistake.
    for (auto const& line : text::split(error.message, '\n'))
        fmt::print(stderr, "qianli-gateway: {}\n", text::escapeControl(line));
    return 1;
}

int run(Words const& words, int argc, char** argv)
{
    Context context(words.configuration, words.json ? OutputForm::Json : OutputForm::Text);
    if (words.reveal)
        if (auto const noted = context.reveal(text::join(std::vector<std::string>(argv + 1, argv + argc), " ")); !noted)
            return report(noted.error());
    auto const done = words.chosen(context);
    return done ? 0 : report(done.error());
}

} // namespace

int runCommandLine(int argc, char** argv)
{
    Words words;
    addAll(words);
    if (auto const fault = faultOf(words))
        return report({ErrorCode::Internal, *fault});
    try {
        words.app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        // 0 for --help, which is no mistake.
        return words.app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return run(words, argc, argv);
    } catch (std::bad_alloc const&) {
        return report({ErrorCode::Unavailable, "the system gives no more memory; see `free -m`, `ulimit -v` and the "
                                               "service's MemoryMax"});
    } catch (std::system_error const& error) {
        bool const isShort =
            error.code() == std::errc::resource_unavailable_try_again || error.code() == std::errc::not_enough_memory;
        return report({ErrorCode::Unavailable,
                       isShort ? fmt::format("the system gives no more threads or memory ({}); see `free -m`, `ulimit "
                                             "-a` and the service's MemoryMax and TasksMax",
                                             error.what())
                               : error.what()});
    }
}

} // namespace qianli::gateway
