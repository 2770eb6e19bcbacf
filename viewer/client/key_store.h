// KeyStore: a person's signing key on this workstation: RSA 3072 in a PKCS#12 under the profile, protected by a PIN.
//
// Promise: the private key is made here and never leaves; only the certificate request goes to the gateway.
#pragma once

#include "common/crypto/report_signature.h"
#include "viewer/client/gateway_client.h"
#include "viewer/client/profile.h"

#include <QObject>

namespace qianli::viewer {

inline constexpr int minimumPinLength = 6;

class KeyStore : public QObject {
    Q_OBJECT

public:
    KeyStore(Profile profile, GatewayClient& gateway, QObject* parent = nullptr);

    bool hasKey() const;
    // Makes a key, asks the gateway for its certificate, keeps both. Runs beside the window; an existing key is
    // replaced.
    void create(QObject* guard, QString const& pin, std::function<void(Result<void>)> then);
    std::filesystem::path file() const { return profile_.keyFile(); }
    // Blocks for a moment: for a worker thread, see unlockKey().
    Result<crypto::SigningKey> unlock(QString const& pin) const;

private:
    Profile profile_;
    GatewayClient& gateway_;
};

// The key of such a file, where the store itself may be gone before the work is done.
Result<crypto::SigningKey> unlockKey(std::filesystem::path const& file, QString const& pin);

} // namespace qianli::viewer
