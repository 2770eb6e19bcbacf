// ReportOutbox: signed reports on their way to the gateway: two C-STOREs and the issue call, as one act.
//
// Promise: once submit() returned, the report is on stable storage and is tried again, with growing delay and the same
// UIDs, over restarts, until the gateway has issued it or refused it with a reason; a refused one stays, shown, with
// the words it was made of, until a person sends it again or takes it out.
#pragma once

#include "viewer/client/draft_journal.h"
#include "viewer/client/gateway_client.h"

#include <QObject>
#include <QTimer>

#include <filesystem>
#include <map>

namespace qianli::viewer {

struct OutboxEntry {
    model::TaskId task = 0;
    std::string studyUid, patientName, srUid, pdfUid;
    std::filesystem::path folder; // sr.dcm, pdf.dcm, report.pdf, ticket.json
    int attempts = 0;
    JournalledDraft draft; // what was signed, as it was written
    enum class State { Waiting, Sending, Refused } state = State::Waiting;
    QString lastProblem;
};

class ReportOutbox : public QObject {
    Q_OBJECT

public:
    ReportOutbox(std::filesystem::path folder, GatewayClient& gateway, QObject* parent = nullptr);

    // The folder to write a report's files into before submit(); what was there from an attempt cut short is removed.
    Result<std::filesystem::path> prepare(std::string const& srUid);
    // From here on the report is under way. `entry.folder` is prepare()'s.
    Result<void> submit(OutboxEntry entry);
    std::vector<OutboxEntry> entries() const;
    bool holds(model::TaskId task) const;
    std::optional<OutboxEntry> entryOf(model::TaskId task) const;
    // Tries everything that waits now: after sign-in, when the gateway is back, when a person asks.
    void retryNow();
    // Sends a refused report once more, because a person wants it.
    void retry(model::TaskId task);
    // Takes a refused report out for good, its files too. Refused for one that may still be issued.
    Result<void> discard(model::TaskId task);

signals:
    void changed();
    void issued(qianli::model::ReadingTask const& task);
    void refused(qianli::model::TaskId task, QString const& reason);

private:
    void load();
    void attempt(std::string const& srUid);
    void stored(std::string const& srUid, Result<void> result);
    void issueAnswered(std::string const& srUid, Result<model::ReadingTask> answer);
    void postpone(OutboxEntry& entry, Error const& error);
    void giveBack(OutboxEntry& entry, Error const& error);
    void scheduleNext();

    std::filesystem::path folder_;
    GatewayClient& gateway_;
    std::map<std::string, OutboxEntry> entries_; // by SR UID
    std::map<std::string, qint64> due_;          // milliseconds since the epoch
    bool sessionEnded_ = false;                  // then a refusal is not about the report
    QTimer timer_;
};

// Sends SR and PDF over one association; for a worker thread. When the gateway answers with a failure status:
// Unavailable if it may take them later, InvalidInput if not.
Result<void> storeReport(Session const& session, std::filesystem::path const& folder);

} // namespace qianli::viewer
