#include "gateway/upkeep/purge.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/crypto/password.h"
#include "gateway/workflow/users.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <span>

namespace qianli::gateway {
namespace {

constexpr std::chrono::hours listHolds{24};
constexpr std::string_view header = "qianli purge list 1";

// The same study in the same state, and nothing else, gives the same line. No patient's name or ID: the file outlives
// them.
std::string lineOf(Retained const& one)
{
    auto const patientClass = code(one.patientClass);
    return fmt::format("study\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", one.study.site.value,
                       one.study.header.studyUid.value(), one.study.part,
                       patientClass.empty() ? "unknown" : patientClass, toIso8601(one.lastVisit),
                       toIso8601(one.retainUntil), one.study.instances, one.study.lastSequence);
}

std::string textOf(std::vector<Retained> const& goes, std::vector<Retained> const& stays, TimePoint madeAt,
                   TimePoint at)
{
    std::string text =
        fmt::format("{}\nmade\t{}\nas-of\t{}\n# study, site, Study Instance UID, part, class, last visit, "
                    "kept until, objects, last receipt\n",
                    header, toIso8601(madeAt), toIso8601(at));
    for (Retained const& one : goes)
        text += lineOf(one);
    for (Retained const& one : stays)
        text += fmt::format("# stays\t{}\t{}\t{}\n", one.study.site.value, one.study.header.studyUid.value(),
                            fmt::join(one.obstacles, "; "));
    return text;
}

struct Listed {
    StudyKey study;
    int part = 0;
    std::string line;
};

std::vector<Listed> studiesOn(std::string const& text)
{
    std::vector<Listed> studies;
    for (std::string const& line : text::split(text, '\n')) {
        auto const fields = text::split(line, '\t');
        if (fields.size() == 9 && fields[0] == "study")
            studies.push_back({{{fields[1]}, fields[2]}, std::atoi(fields[3].c_str()), line + "\n"});
    }
    return studies;
}

// What hangs together by patient goes together: what stays of others is then read but once.
constexpr std::size_t studiesAtOnce = 50;

// With another patient's part of a study its later parts get another number; the last receipt stays what it was.
Result<std::vector<StudyRecord>> asTheyAreNow(StudyIndex const& index, std::span<StudyRecord const> studies)
{
    std::vector<StudyRecord> found;
    for (StudyRecord const& study : studies) {
        QIANLI_ASSIGN(auto all, index.studiesOf(study.header.studyUid));
        auto const same = std::ranges::find_if(all, [&](StudyRecord const& one) {
            return one.site == study.site && one.lastSequence == study.lastSequence;
        });
        if (same == all.end())
            return fail(ErrorCode::Conflict, "it changed meanwhile");
        found.push_back(std::move(*same));
    }
    return found;
}

Result<void> mustBeOver(std::span<StudyRecord const> studies, StudyIndex const& index, Workflow& workflow)
{
    Retention retention(index, workflow);
    for (StudyRecord const& study : studies) {
        QIANLI_ASSIGN(auto const looked, retention.look(study));
        if (looked.retainUntil > workflow.clock().now())
            return fail(ErrorCode::Conflict, "it changed after the list was made");
    }
    return {};
}

void add(PurgeReport& report, DeletionReport const& removed)
{
    report.studies += removed.studies;
    report.objects += removed.objects;
    report.bytes += removed.bytes;
    report.linkedElsewhere += removed.linkedElsewhere;
    if (!removed.unfinished.empty())
        report.leftOut.push_back(fmt::format("what the next start finishes: {}", removed.unfinished));
}

} // namespace

Result<PurgeList> Purges::list(StudyIndex const& index, TimePoint at, std::string const& person,
                               std::filesystem::path const& folder, Progress const& progress)
{
    auto const now = workflow_.clock().now();
    PurgeList list;
    QIANLI_ASSIGN(auto all, Retention(index, workflow_).expired(at, progress));
    for (Retained& one : all)
        (one.obstacles.empty() ? list.goes : list.stays).push_back(std::move(one));
    list.text = textOf(list.goes, list.stays, now, at);
    list.digest = crypto::sha256Hex(list.text);
    list.file = folder / fmt::format("{}.txt", list.digest.substr(0, 16));
    QIANLI_TRY(createDirectoryDurably(folder));
    QIANLI_TRY(writeFileDurably(list.file, list.text));
    QIANLI_TRY(workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto insert,
                      database.prepare("INSERT OR IGNORE INTO purges (digest, made_at, made_by, as_of, list) "
                                       "VALUES (?, ?, ?, ?, ?)"));
        return insert.run({list.digest, toStored(now), person, toStored(at), list.text});
    }));
    return list;
}

Result<Purges::Kept> Purges::kept(std::string_view digest) const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<Kept> {
        QIANLI_ASSIGN(auto select,
                      database.prepare("SELECT made_at, as_of, list, executed_at FROM purges WHERE digest = ?"));
        QIANLI_TRY(select.bind({digest}));
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return fail(ErrorCode::NotFound, "no list has this digest: `purge --dry-run` makes one, and prints it");
        Kept kept{fromStored(select.integer(0)), fromStored(select.integer(1)), select.text(2), {}, !select.isNull(3)};
        if (crypto::sha256Hex(kept.text) != digest)
            return fail(ErrorCode::Corrupt, "the list is not the one that has this digest: make a new one");
        QIANLI_ASSIGN(auto people,
                      database.prepare("SELECT person FROM purge_confirmations WHERE digest = ? ORDER BY at"));
        QIANLI_TRY(people.bind({digest}));
        for (;;) {
            QIANLI_ASSIGN(bool const more, people.step());
            if (!more)
                return kept;
            kept.confirmedBy.push_back(people.text(0));
        }
    });
}

// Gives all who have confirmed it by now.
Result<std::vector<std::string>> Purges::noteConfirmation(std::string_view digest, std::string_view person)
{
    auto const now = workflow_.clock().now();
    auto const noted = workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto insert,
                      database.prepare("INSERT INTO purge_confirmations (digest, person, at) VALUES (?, ?, "
                                       "?) ON CONFLICT DO NOTHING"));
        QIANLI_TRY(insert.run({digest, person, toStored(now)}));
        if (database.changes() != 1)
            return fail(ErrorCode::Refused,
                        fmt::format("{} has confirmed this list already; the second one must be another administrator",
                                    person));
        return {};
    });
    QIANLI_TRY(noted);
    QIANLI_ASSIGN(auto const list, kept(digest));
    return list.confirmedBy;
}

Result<void> Purges::mustStillBeAdministrators(std::vector<std::string> const& people) const
{
    for (std::string const& person : people) {
        QIANLI_ASSIGN(auto const user, workflow_.users().find(person));
        if (user.disabled || user.role != model::Role::Admin)
            return fail(ErrorCode::Refused,
                        fmt::format("{} has confirmed it, and is no administrator any more", person));
    }
    return {};
}

Result<PurgeReport> Purges::confirm(Deleter& deleter, StudyIndex const& index, std::string_view digest,
                                    std::string_view person, std::string_view password, std::string_view address,
                                    Progress const& progress)
{
    QIANLI_ASSIGN(auto const user, workflow_.users().authenticate(person, password, address));
    if (user.role != model::Role::Admin)
        return fail(ErrorCode::Refused, fmt::format("{} is no administrator", user.name));
    QIANLI_ASSIGN(auto list, kept(digest));
    auto const now = workflow_.clock().now();
    if (list.isExecuted)
        return fail(ErrorCode::Conflict, "what is on this list was deleted already");
    if (list.asOf > now)
        return fail(ErrorCode::Refused,
                    fmt::format("this list is of {}, which has not come yet", toLocalText(list.asOf)));
    if (now - list.madeAt > listHolds)
        return fail(ErrorCode::Refused,
                    fmt::format("this list was made {}, more than 24 hours ago: make a new one with `purge --dry-run`",
                                toLocalText(list.madeAt)));
    QIANLI_ASSIGN(list.confirmedBy, noteConfirmation(digest, user.name));
    if (list.confirmedBy.size() < 2)
        return PurgeReport{false, 0, 0, 0, 0, {}, list.confirmedBy};
    QIANLI_TRY(mustStillBeAdministrators(list.confirmedBy));
    return execute(deleter, index, digest, list, progress);
}

Result<PurgeReport> Purges::execute(Deleter& deleter, StudyIndex const& index, std::string_view digest,
                                    Kept const& list, Progress const& progress)
{
    PurgeReport report{true, 0, 0, 0, 0, {}, list.confirmedBy};
    auto const now = workflow_.clock().now();
    Deleter::Reason const reason{fmt::format("{}", fmt::join(list.confirmedBy, ", ")),
                                 fmt::format("{}{}", purgeReason, digest), DeletionCause::Purge};
    auto const leaveOut = [&](StudyKey const& study, std::string_view why) {
        report.leftOut.push_back(fmt::format("{} {}: {}", study.site.value, study.uid, why));
    };
    std::map<model::PatientKey, std::vector<StudyRecord>> byPatient;
    Retention retention(index, workflow_);
    auto const listed = studiesOn(list.text);
    for (Listed const& one : listed) {
        QIANLI_ASSIGN(auto study, index.study(one.study.site, dicom::Uid::ofKnown(one.study.uid), one.part));
        if (!study) {
            leaveOut(one.study, "it is not here any more");
            continue;
        }
        QIANLI_ASSIGN(auto looked, retention.look(*study));
        QIANLI_ASSIGN(auto const obstacles, deleter.obstacles(*study, DeletionCause::Purge));
        if (!obstacles.empty())
            leaveOut(one.study, fmt::format("{}", fmt::join(obstacles, "; ")));
        else if (looked.retainUntil > now || lineOf(looked) != one.line)
            leaveOut(one.study, "it changed after the list was made");
        else
            byPatient[study->patient].push_back(*std::move(study));
    }
    std::uint64_t done = 0;
    for (auto const& [patient, studies] : byPatient)
        for (std::span<StudyRecord const> rest = studies; !rest.empty();) {
            auto const some = rest.first(std::min(studiesAtOnce, rest.size()));
            rest = rest.subspan(some.size());
            // Anew: a person of the list may have come back since it was begun.
            auto const isOver = [&] { return mustBeOver(some, index, workflow_); };
            auto removed =
                isOver().and_then([&] { return asTheyAreNow(index, some); }).and_then([&](auto const& those) {
                    return deleter.remove(those, reason, isOver);
                });
            if (removed)
                add(report, *removed);
            else
                for (StudyRecord const& study : some)
                    leaveOut({study.site, study.header.studyUid.value()}, removed.error().message);
            done += some.size();
            if (progress && !progress(done, listed.size()) && done < listed.size())
                return fail(ErrorCode::Unavailable,
                            fmt::format("interrupted after {} studies; make a new list for the rest", report.studies));
        }
    QIANLI_TRY(workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto note, database.prepare("UPDATE purges SET executed_at = ? WHERE digest = ?"));
        return note.run({toStored(now), digest});
    }));
    return report;
}

} // namespace qianli::gateway
