// Workplace: what a signed-in person works with: the gateway, the profile on this disk, journal, key, outbox.
#pragma once

#include "viewer/client/draft_journal.h"
#include "viewer/client/gateway_client.h"
#include "viewer/client/key_store.h"
#include "viewer/client/profile.h"
#include "viewer/client/profile_lock.h"
#include "viewer/client/report_outbox.h"

#include <memory>

namespace qianli::viewer {

class Workplace : public QObject {
    Q_OBJECT

public:
    // Opens the profile and derives the drafts' key from the password, beside the window. Conflict when another window
    // of this workstation works with the profile.
    static void open(GatewayClient& gateway, QString const& password, QObject* guard,
                     std::function<void(Result<std::shared_ptr<Workplace>>)> then);
    Workplace(GatewayClient& gateway, Profile profile, std::shared_ptr<ProfileLock> lock, SealedBox box);

    GatewayClient& gateway() { return gateway_; }
    Session const& session() const { return session_; }
    DraftJournal& journal() { return *journal_; }
    KeyStore& keys() { return keys_; }
    ReportOutbox& outbox() { return outbox_; }
    std::filesystem::path settingsFile() const { return profile_.settingsFile(); }

    // A report that the gateway has refused becomes a draft again: the task is claimed, the words are journalled, and
    // only then the signed pair goes. On an Error the report stays in the outbox as it is.
    void reopen(model::ReadingTask const& task, QObject* guard, std::function<void(Result<model::ReadingTask>)> then);

signals:
    // The disk of this workstation refuses: nothing that is typed now is safe.
    void journalFailed(QString const& reason);

private:
    Result<void> makeDraft(model::ReadingTask const& claimed);

    GatewayClient& gateway_;
    Session session_;
    Profile profile_;
    std::shared_ptr<ProfileLock> lock_; // before what it guards
    std::unique_ptr<DraftJournal> journal_;
    KeyStore keys_;
    ReportOutbox outbox_;
};

} // namespace qianli::viewer
