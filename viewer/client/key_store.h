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
    // Blocks for a moment: for a worker thread.
    Result<crypto::SigningKey> unlock(QString const& pin) const;

private:
    Profile profile_;
    GatewayClient& gateway_;
};

} // namespace qianli::viewer
