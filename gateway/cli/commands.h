// The commands of the command line, one file a noun: each takes its parsed words, calls the model once, and prints.
#pragma once

#include "gateway/cli/context.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace qianli::gateway::cli {

struct Words;
void addStudyKeeping(Words& words, CLI::App* study); // set, hold, unhold, delete
void addPurge(Words& words);
void addSiteEditing(Words& words, CLI::App* site); // add, set, remove
void addBackup(Words& words);
void addAudit(Words& words);
void addDoctor(Words& words);

// serve; config check
Result<void> serve(Context& context);
Result<void> configCheck(Context& context);

// status: Unavailable when the gateway doesn't run; what is stored is printed all the same.
Result<void> status(Context& context);

Result<void> siteList(Context& context);
struct SiteArguments {
    std::string id;
};
Result<void> siteShow(Context& context, SiteArguments const& arguments);
struct SiteSilentArguments {
    bool all = false; // those that are not silent, too
};
Result<void> siteSilent(Context& context, SiteSilentArguments const& arguments);

struct QuarantineArguments {
    std::string selector, site, reason;
};
Result<void> quarantineList(Context& context);
Result<void> quarantineRelease(Context& context, QuarantineArguments const& arguments);
Result<void> quarantineDrop(Context& context, QuarantineArguments const& arguments);

struct StudyListArguments {
    std::string site, patient, name, from, to, receivedFrom, receivedTo, modality, accession, state;
    std::size_t limit = 1000; // 0: all
};
struct StudyArguments {
    std::string uid, site;
    std::optional<int> part;      // which patient, where the UID has several at the site
    std::filesystem::path folder; // export
};
Result<void> studyList(Context& context, StudyListArguments const& arguments);
Result<void> studyShow(Context& context, StudyArguments const& arguments);
Result<void> studyExport(Context& context, StudyArguments const& arguments);
Result<void> studyVerify(Context& context, StudyArguments const& arguments);
struct StudyRecodeArguments {
    std::string site, from, to, charset;
    bool dryRun = false;
};
Result<void> studyRecode(Context& context, StudyRecodeArguments const& arguments);

struct PatientListArguments {
    std::string site, name, id;
    std::size_t limit = 1000; // 0: all
};
// A and B as SITE/PATIENT-ID or SITE/PATIENT-ID#VARIANT.
struct PatientPairArguments {
    std::string one, other, reason;
};
Result<void> patientList(Context& context, PatientListArguments const& arguments);
Result<void> patientConflicts(Context& context);
Result<void> patientLink(Context& context, PatientPairArguments const& arguments);
Result<void> patientUnlink(Context& context, PatientPairArguments const& arguments);
Result<void> patientMerge(Context& context, PatientPairArguments const& arguments);
Result<void> patientUnmerge(Context& context, PatientPairArguments const& arguments);

struct ArchiveImportArguments {
    std::filesystem::path path;
    std::string site;
};
Result<void> archiveImport(Context& context, ArchiveImportArguments const& arguments);
Result<void> archiveVerify(Context& context);
Result<void> archiveReindex(Context& context);
Result<void> archiveUsage(Context& context);

struct UserArguments {
    std::string name, role, site, displayName;
};
Result<void> userAdd(Context& context, UserArguments const& arguments);
Result<void> userList(Context& context);
Result<void> userDisable(Context& context, UserArguments const& arguments);
Result<void> userPassword(Context& context, UserArguments const& arguments);

struct ReadingListArguments {
    std::vector<std::string> states;
    std::string site, name;
    std::size_t limit = 500;
};
struct ReadingReleaseArguments {
    std::int64_t task = 0;
    std::string reason;
};
Result<void> readingList(Context& context, ReadingListArguments const& arguments);
struct ReadingSetArguments {
    std::int64_t task = 0;
    bool stat = false, routine = false;
};
Result<void> readingRelease(Context& context, ReadingReleaseArguments const& arguments);
Result<void> readingSet(Context& context, ReadingSetArguments const& arguments);

struct ReportListArguments {
    std::size_t limit = 500;
};
struct ReportVerifyArguments {
    std::vector<std::filesystem::path> files;
    std::filesystem::path trust, revoked;
};
Result<void> reportList(Context& context, ReportListArguments const& arguments);
Result<void> reportVerify(Context& context, ReportVerifyArguments const& arguments);

struct QueueListArguments {
    std::string state, destination;
    std::size_t limit = 500;
};
struct QueueRetryArguments {
    std::vector<std::int64_t> ids;
    bool all = false; // all that were given up
};
Result<void> queueList(Context& context, QueueListArguments const& arguments);
Result<void> queueRetry(Context& context, QueueRetryArguments const& arguments);

} // namespace qianli::gateway::cli
