#include "viewer/client/key_store.h"

#include "common/base/file.h"
#include "common/crypto/certificate_authority.h"
#include "viewer/client/background.h"
#include "viewer/i18n/language.h"

namespace qianli::viewer {

KeyStore::KeyStore(Profile profile, GatewayClient& gateway, QObject* parent)
    : QObject(parent), profile_(std::move(profile)), gateway_(gateway)
{
}

bool KeyStore::hasKey() const
{
    std::error_code error;
    return std::filesystem::exists(profile_.keyFile(), error);
}

void KeyStore::create(QObject* guard, QString const& pin, std::function<void(Result<void>)> then)
{
    if (pin.size() < minimumPinLength)
        return then(fail(
            ErrorCode::InvalidInput,
            say("签名口令至少 %1 位", "the PIN needs at least %1 characters").arg(minimumPinLength).toStdString()));
    if (!gateway_.session())
        return then(fail(ErrorCode::Refused, say("尚未登录", "not signed in").toStdString()));
    std::string const user = gateway_.session()->user.name;
    std::string const secret = pin.toStdString();
    QPointer<QObject> const alive(guard);
    inBackground<crypto::KeyRequest>(
        this, [user, secret] { return crypto::makeKeyRequest(user, secret); },
        [this, alive, secret, then = std::move(then)](Result<crypto::KeyRequest> made) {
            if (!alive)
                return;
            if (!made)
                return then(tl::unexpected(std::move(made).error()));
            auto const request = std::make_shared<crypto::KeyRequest>(*std::move(made));
            gateway_.certificate(
                alive, request->requestPem, [this, request, secret, then](Result<Certificates> answer) {
                    if (!answer)
                        return then(tl::unexpected(std::move(answer).error()));
                    auto const packed =
                        crypto::makePkcs12(*request, answer->certificatePem, answer->authorityPem, secret);
                    if (!packed)
                        return then(tl::unexpected(packed.error()));
                    then(writeFileDurably(profile_.keyFile(), *packed));
                });
        });
}

Result<crypto::SigningKey> KeyStore::unlock(QString const& pin) const
{
    return unlockKey(file(), pin);
}

Result<crypto::SigningKey> unlockKey(std::filesystem::path const& file, QString const& pin)
{
    QIANLI_ASSIGN(std::string const packed, readFile(file, 1 << 20));
    auto key = crypto::SigningKey::fromPkcs12(packed, pin.toStdString());
    if (!key && key.error().code == ErrorCode::Refused)
        return fail(ErrorCode::Refused, say("签名口令不正确", "the PIN is wrong").toStdString());
    if (key && SystemClock().now() > key->notAfter())
        return fail(ErrorCode::Refused,
                    say("签名证书已过期，请重新设定签名口令", "the signing certificate has expired; set up a new one")
                        .toStdString());
    return key;
}

} // namespace qianli::viewer
