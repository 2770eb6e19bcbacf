// TlsContext: what one end of TLS connections shows of itself, whom it believes, and how it speaks.
//
// Promise: the non-downgrading profile of BCP 195 (PS3.15 B.12, RFC 9325): TLS 1.2 and 1.3 only, ephemeral keys and
// authenticated encryption only, no renegotiation, no compression, no resumption (each handshake looks at the
// certificate anew). A server's certificate must be for the host name or address that was called. Where revocation
// lists are given, every certificate of a chain must be covered by one that has not run out.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st;

namespace qianli::crypto {

struct TlsFiles {                           // PEM
    std::filesystem::path certificate, key; // the certificate first, then those between it and its authority
    std::filesystem::path trust;            // authorities
    std::filesystem::path revoked;          // their lists; empty: none
    std::string trustPem;                   // more authorities, as text
};

enum class PeerCertificate { Require, Request, No }; // asked of clients; what one shows is always checked

class TlsContext {
public:
    // Errors name the file. Refused for a key that others may read (R35); InvalidInput for files that are damaged or
    // don't belong together.
    static Result<std::shared_ptr<TlsContext const>> server(TlsFiles const& files, PeerCertificate ofClients);
    static Result<std::shared_ptr<TlsContext const>> client(TlsFiles const& files);

    ssl_ctx_st* handle() const { return handle_.get(); }

private:
    using Handle = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;
    explicit TlsContext(Handle handle) : handle_(std::move(handle)) {}

    Handle handle_;
};

// A context that may be replaced while it is in use: connections to come get the new one.
class TlsContextSlot {
public:
    explicit TlsContextSlot(std::shared_ptr<TlsContext const> context = nullptr) : context_(std::move(context)) {}
    std::shared_ptr<TlsContext const> get() const
    {
        std::lock_guard const lock(mutex_);
        return context_;
    }
    void set(std::shared_ptr<TlsContext const> context)
    {
        std::lock_guard const lock(mutex_);
        context_ = std::move(context);
    }

private:
    mutable std::mutex mutex_; // guards context_
    std::shared_ptr<TlsContext const> context_;
};

} // namespace qianli::crypto
