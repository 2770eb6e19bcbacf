#include "viewer/ui/workplace.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"

namespace qianli::viewer {

void Workplace::open(GatewayClient& gateway, QString const& password, QObject* guard,
                     std::function<void(Result<std::shared_ptr<Workplace>>)> then)
{
    struct Opened {
        Profile profile;
        SealedBox box;
    };
    Session const session = *gateway.session();
    std::string const secret = password.toStdString();
    inBackground<std::shared_ptr<Opened>>(
        guard,
        [session, secret]() -> Result<std::shared_ptr<Opened>> {
            QIANLI_ASSIGN(auto profile, Profile::open(session.host, session.user.name));
            QIANLI_ASSIGN(auto const salt, profile.salt());
            QIANLI_ASSIGN(auto box, SealedBox::fromPassword(secret, salt));
            return std::make_shared<Opened>(Opened{std::move(profile), std::move(box)});
        },
        [&gateway, then = std::move(then)](Result<std::shared_ptr<Opened>> opened) {
            if (!opened)
                return then(tl::unexpected(std::move(opened).error()));
            then(std::make_shared<Workplace>(gateway, (*opened)->profile, (*opened)->box));
        });
}

Workplace::Workplace(GatewayClient& gateway, Profile const& profile, SealedBox box)
    : gateway_(gateway), session_(*gateway.session()),
      journal_(std::make_unique<DraftJournal>(profile.drafts(), std::move(box),
                                              [this](Error error) {
                                                  QString const reason = sentence(error);
                                                  QMetaObject::invokeMethod(
                                                      this, [this, reason] { emit journalFailed(reason); },
                                                      Qt::QueuedConnection);
                                              })),
      keys_(profile, gateway), outbox_(profile.outbox(), gateway)
{
}

} // namespace qianli::viewer
