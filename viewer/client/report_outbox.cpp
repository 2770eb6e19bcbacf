#include "viewer/client/report_outbox.h"

#include "common/base/file.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/part10.h"
#include "viewer/client/background.h"
#include "viewer/client/study_fetcher.h"
#include "viewer/i18n/language.h"

#include <QDateTime>

#include <fcntl.h>
#include <nlohmann/json.hpp>

namespace qianli::viewer {

using nlohmann::json;

namespace {
constexpr qint64 firstDelay = 2'000, longestDelay = 300'000; // milliseconds

qint64 now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

Result<OutboxEntry> readTicket(std::filesystem::path const& folder)
{
    QIANLI_ASSIGN(std::string const text, readFile(folder / "ticket.json", 16 << 20));
    try {
        json const ticket = json::parse(text);
        OutboxEntry entry;
        entry.task = ticket.at("task").get<model::TaskId>();
        entry.studyUid = ticket.at("studyUid").get<std::string>();
        entry.patientName = ticket.at("patientName").get<std::string>();
        entry.srUid = ticket.at("srUid").get<std::string>();
        entry.pdfUid = ticket.at("pdfUid").get<std::string>();
        if (ticket.contains("draft")) {
            QIANLI_ASSIGN(entry.draft, journalledDraftFromJson(ticket["draft"]));
        }
        if (auto const refused = ticket.find("refused"); refused != ticket.end()) {
            entry.state = OutboxEntry::State::Refused;
            entry.lastProblem = QString::fromStdString(refused->get<std::string>());
        }
        entry.folder = folder;
        return entry;
    } catch (json::exception const& error) {
        return fail(ErrorCode::Corrupt, (folder / "ticket.json").string() + ": " + error.what());
    }
}

Result<void> writeTicket(OutboxEntry const& entry)
{
    json ticket{{"task", entry.task},   {"studyUid", entry.studyUid}, {"patientName", entry.patientName},
                {"srUid", entry.srUid}, {"pdfUid", entry.pdfUid},     {"draft", toJson(entry.draft)}};
    if (entry.state == OutboxEntry::State::Refused)
        ticket["refused"] = entry.lastProblem.toStdString();
    return writeFileDurably(entry.folder / "ticket.json", ticket.dump(-1, ' ', false, json::error_handler_t::replace));
}

// Words of the gateway's that more tries won't change; everything else waits.
bool isFinal(ErrorCode code)
{
    return code == ErrorCode::InvalidInput || code == ErrorCode::Conflict || code == ErrorCode::Corrupt ||
           code == ErrorCode::Refused || code == ErrorCode::LimitExceeded;
}

// Of these failures of C-STORE the object is not the cause: out of resources (PS3.4 B.2.3), processing failure, busy
// with the same thing (PS3.7 C.5).
bool mayPass(std::uint16_t status)
{
    return (status & 0xFF00) == 0xA700 || status == 0x0110 || status == 0x0210 || status == 0x0213;
}
} // namespace

Result<void> storeReport(Session const& session, std::filesystem::path const& folder)
{
    struct File {
        dicom::Part10Layout layout;
        FileDescriptor descriptor;
    };
    std::vector<File> files;
    std::vector<dicom::ProposedContext> contexts;
    // A peer that answers nonsense may answer better next time; a file of ours that can't be read won't.
    auto const later = [](Error error) {
        return fail(error.code == ErrorCode::Refused ? error.code : ErrorCode::Unavailable, std::move(error.message));
    };
    for (char const* name : {"sr.dcm", "pdf.dcm"}) {
        QIANLI_ASSIGN(auto layout, dicom::readPart10Layout(folder / name));
        QIANLI_ASSIGN(auto descriptor, openFile(folder / name, O_RDONLY));
        contexts.push_back({layout.meta.sopClassUid, {layout.meta.transferSyntaxUid}, false});
        files.push_back({std::move(layout), std::move(descriptor)});
    }
    auto const client = dicom::DicomClient::connect(dicomDestination(session), contexts);
    if (!client)
        return later(client.error());
    for (File const& file : files) {
        dicom::OutgoingObject object;
        object.sopClass = file.layout.meta.sopClassUid;
        object.sopInstance = file.layout.meta.sopInstanceUid;
        object.transferSyntax = file.layout.meta.transferSyntaxUid;
        object.descriptor = file.descriptor.get();
        object.dataSetOffset = file.layout.dataSetOffset;
        object.dataSetLength = file.layout.fileSize - file.layout.dataSetOffset;
        auto const answer = (*client)->store(object);
        if (!answer)
            return later(answer.error());
        if (!answer->isSuccess() && !answer->isWarning())
            return fail(mayPass(answer->status) ? ErrorCode::Unavailable : ErrorCode::InvalidInput,
                        say("网关没有收下报告 (%1H)：%2", "the gateway did not take the report (%1H): %2")
                            .arg(answer->status, 4, 16, QLatin1Char('0'))
                            .arg(inReadersWords(answer->comment))
                            .toStdString());
    }
    (void)(*client)->release();
    return {};
}

ReportOutbox::ReportOutbox(std::filesystem::path folder, GatewayClient& gateway, QObject* parent)
    : QObject(parent), folder_(std::move(folder)), gateway_(gateway)
{
    timer_.setSingleShot(true);
    connect(&gateway_, &GatewayClient::sessionEnded, this, [this] { sessionEnded_ = true; });
    connect(&timer_, &QTimer::timeout, this, [this] {
        for (auto const& [uid, entry] : std::map(entries_))
            if (entry.state == OutboxEntry::State::Waiting && due_[uid] <= now())
                attempt(uid);
        scheduleNext();
    });
    load();
}

void ReportOutbox::load()
{
    std::error_code error;
    for (auto const& folder : std::filesystem::directory_iterator(folder_, error)) {
        if (auto entry = readTicket(folder.path()))
            entries_[entry->srUid] = std::move(*entry);
    }
}

Result<std::filesystem::path> ReportOutbox::prepare(std::string const& srUid)
{
    if (entries_.contains(srUid))
        return fail(ErrorCode::Refused,
                    say("这份报告已在发件箱", "this report is in the outbox already").toStdString());
    auto const folder = folder_ / srUid;
    std::error_code error;
    std::filesystem::remove_all(folder, error); // no ticket: it was never submitted
    QIANLI_TRY(createDirectoryDurably(folder));
    return folder;
}

Result<void> ReportOutbox::submit(OutboxEntry entry)
{
    for (char const* name : {"sr.dcm", "pdf.dcm"}) {
        QIANLI_ASSIGN(auto const file, openFile(entry.folder / name, O_RDONLY));
        QIANLI_TRY(syncFile(file.get()));
        std::error_code error;
        std::filesystem::permissions(entry.folder / name,
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
    }
    QIANLI_TRY(syncDirectory(entry.folder));
    entry.state = OutboxEntry::State::Waiting;
    QIANLI_TRY(writeTicket(entry));
    std::string const uid = entry.srUid;
    entries_[uid] = std::move(entry);
    emit changed();
    attempt(uid);
    return {};
}

std::vector<OutboxEntry> ReportOutbox::entries() const
{
    std::vector<OutboxEntry> all;
    for (auto const& [uid, entry] : entries_)
        all.push_back(entry);
    return all;
}

std::optional<OutboxEntry> ReportOutbox::entryOf(model::TaskId task) const
{
    auto const found =
        std::find_if(entries_.begin(), entries_.end(), [task](auto const& item) { return item.second.task == task; });
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

bool ReportOutbox::holds(model::TaskId task) const
{
    return entryOf(task).has_value();
}

void ReportOutbox::retryNow()
{
    for (auto const& [uid, entry] : std::map(entries_))
        if (entry.state == OutboxEntry::State::Waiting)
            attempt(uid);
}

void ReportOutbox::retry(model::TaskId task)
{
    auto const refused = entryOf(task);
    if (!refused || refused->state != OutboxEntry::State::Refused)
        return;
    // It may be issued by this attempt: from here on nobody may take it for a refused one, also after a crash.
    OutboxEntry& entry = entries_[refused->srUid];
    entry.state = OutboxEntry::State::Waiting;
    if (auto const written = writeTicket(entry); !written)
        return giveBack(entry, written.error());
    attempt(refused->srUid);
}

Result<void> ReportOutbox::discard(model::TaskId task)
{
    auto const entry = entryOf(task);
    if (!entry || entry->state != OutboxEntry::State::Refused)
        return fail(ErrorCode::Refused, say("这份报告不在被拒绝之列，不能移出发件箱",
                                            "only a refused report can be taken out of the outbox")
                                            .toStdString());
    std::error_code error;
    std::filesystem::remove(entry->folder / "ticket.json", error); // first: without it the rest is only litter
    if (error)
        return fail(ErrorCode::Unavailable, say("发件箱删不掉 %1", "the outbox can't remove %1")
                                                .arg(QString::fromStdString(entry->folder.string()))
                                                .toStdString());
    QIANLI_TRY(syncDirectory(entry->folder));
    std::filesystem::remove_all(entry->folder, error);
    due_.erase(entry->srUid);
    entries_.erase(entry->srUid);
    emit changed();
    return {};
}

void ReportOutbox::attempt(std::string const& srUid)
{
    OutboxEntry& entry = entries_[srUid];
    if (!gateway_.session() || entry.state == OutboxEntry::State::Sending)
        return;
    entry.state = OutboxEntry::State::Sending;
    ++entry.attempts;
    emit changed();
    inBackground<void>(
        this, [session = *gateway_.session(), folder = entry.folder] { return storeReport(session, folder); },
        [this, srUid](Result<void> result) { stored(srUid, std::move(result)); });
}

void ReportOutbox::stored(std::string const& srUid, Result<void> result)
{
    OutboxEntry& entry = entries_[srUid];
    // An association that is refused says nothing about the report.
    if (!result)
        return isFinal(result.error().code) && result.error().code != ErrorCode::Refused
                   ? giveBack(entry, result.error())
                   : postpone(entry, result.error());
    if (!gateway_.session())
        return postpone(entry, {ErrorCode::Unavailable, say("尚未登录", "not signed in").toStdString()});
    gateway_.issue(this, entry.task, entry.srUid, entry.pdfUid,
                   [this, srUid](Result<model::ReadingTask> answer) { issueAnswered(srUid, std::move(answer)); });
}

void ReportOutbox::issueAnswered(std::string const& srUid, Result<model::ReadingTask> answer)
{
    OutboxEntry& entry = entries_[srUid];
    if (!answer)
        return isFinal(answer.error().code) && !sessionEnded_ ? giveBack(entry, answer.error())
                                                              : postpone(entry, answer.error());
    std::error_code error;
    std::filesystem::remove(entry.folder / "ticket.json", error); // first: without it the rest is only litter
    std::filesystem::remove_all(entry.folder, error);
    entries_.erase(srUid);
    due_.erase(srUid);
    emit changed();
    emit issued(*answer);
}

void ReportOutbox::postpone(OutboxEntry& entry, Error const& error)
{
    entry.state = OutboxEntry::State::Waiting;
    entry.lastProblem = sentence(error);
    due_[entry.srUid] = now() + std::min(longestDelay, firstDelay << std::min(entry.attempts - 1, 10));
    emit changed();
    scheduleNext();
}

void ReportOutbox::giveBack(OutboxEntry& entry, Error const& error)
{
    entry.state = OutboxEntry::State::Refused;
    entry.lastProblem = sentence(error);
    (void)writeTicket(entry); // the files stay in any case
    emit changed();
    emit refused(entry.task, entry.lastProblem);
}

void ReportOutbox::scheduleNext()
{
    qint64 next = std::numeric_limits<qint64>::max();
    for (auto const& [uid, entry] : entries_)
        if (entry.state == OutboxEntry::State::Waiting)
            next = std::min(next, due_[uid]);
    if (next != std::numeric_limits<qint64>::max())
        timer_.start(static_cast<int>(std::clamp<qint64>(next - now(), 50, longestDelay)));
}

} // namespace qianli::viewer
