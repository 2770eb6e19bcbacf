#include "viewer/ui/workplace.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"

#include <QPointer>

namespace qianli::viewer {

void Workplace::open(GatewayClient& gateway, QString const& password, QObject* guard,
                     std::function<void(Result<std::shared_ptr<Workplace>>)> then)
{
    struct Opened {
        Profile profile;
        std::shared_ptr<ProfileLock> lock;
        SealedBox box;
    };
    Session const session = *gateway.session();
    std::string const secret = password.toStdString();
    inBackground<std::shared_ptr<Opened>>(
        guard,
        [session, secret]() -> Result<std::shared_ptr<Opened>> {
            QIANLI_ASSIGN(auto profile, Profile::open(session.host, session.user.name));
            QIANLI_ASSIGN(auto lock, ProfileLock::take(profile.lockFile(), session.user.displayName.empty()
                                                                               ? session.user.name
                                                                               : session.user.displayName));
            QIANLI_ASSIGN(auto const salt, profile.salt());
            QIANLI_ASSIGN(auto box, SealedBox::fromPassword(secret, salt));
            return std::make_shared<Opened>(Opened{std::move(profile), std::move(lock), std::move(box)});
        },
        [&gateway, then = std::move(then)](Result<std::shared_ptr<Opened>> opened) {
            if (!opened)
                return then(tl::unexpected(std::move(opened).error()));
            then(std::make_shared<Workplace>(gateway, (*opened)->profile, (*opened)->lock, (*opened)->box));
        });
}

Workplace::Workplace(GatewayClient& gateway, Profile profile, std::shared_ptr<ProfileLock> lock, SealedBox box)
    : gateway_(gateway), session_(*gateway.session()), profile_(std::move(profile)), lock_(std::move(lock)),
      journal_(std::make_unique<DraftJournal>(profile_.drafts(), std::move(box),
                                              [this](Error error) {
                                                  QString const reason = sentence(error);
                                                  QMetaObject::invokeMethod(
                                                      this, [this, reason] { emit journalFailed(reason); },
                                                      Qt::QueuedConnection);
                                              })),
      keys_(profile_, gateway), outbox_(profile_.outbox(), gateway)
{
}

void Workplace::reopen(model::ReadingTask const& task, QObject* guard,
                       std::function<void(Result<model::ReadingTask>)> then)
{
    // Task numbers begin anew with a gateway that was set up anew: words about another study are not this patient's.
    if (auto const entry = outbox_.entryOf(task.id); !entry || entry->studyUid != task.studyUid)
        return then(fail(ErrorCode::NotFound,
                         say("发件箱里没有这个检查的报告", "the outbox has no report of this study").toStdString()));
    QPointer<QObject> const alive(guard);
    gateway_.claim(this, task.id, [this, alive, then = std::move(then)](Result<model::ReadingTask> claimed) {
        if (claimed)
            if (auto done = makeDraft(*claimed); !done)
                claimed = tl::unexpected(std::move(done).error());
        if (alive)
            then(std::move(claimed));
    });
}

Result<void> Workplace::makeDraft(model::ReadingTask const& claimed)
{
    auto const entry = outbox_.entryOf(claimed.id);
    if (!entry || entry->state != OutboxEntry::State::Refused)
        return fail(ErrorCode::Conflict, say("这份报告正在重新发送", "this report is on its way again").toStdString());
    JournalledDraft draft = entry->draft;
    draft.studyUid = entry->studyUid;
    draft.sent = false;
    // What is signed next is another report: under the UIDs of this one the gateway knows other content.
    draft.srUid.clear();
    draft.pdfUid.clear();
    draft.srSeriesUid.clear();
    draft.pdfSeriesUid.clear();
    QIANLI_TRY(journal_->keep(claimed.id, draft));
    return outbox_.discard(claimed.id);
}

} // namespace qianli::viewer
