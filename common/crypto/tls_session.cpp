#include "common/crypto/tls_session.h"

#include "common/crypto/openssl_handles.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace qianli::crypto {

namespace {

constexpr std::size_t longestSubjectShown = 200;
// OpenSSL goes on within one call as long as records come that carry nothing for us. A record that does (16 KiB) is
// always whole within this.
constexpr std::size_t mostReadInOneCall = 64 << 10;

int sessionIndex()
{
    static int const index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

TlsLine& lineOf(BIO* bio)
{
    return *static_cast<TlsLine*>(BIO_get_data(bio));
}

// OpenSSL's own socket BIO would raise SIGPIPE, and would wait on a socket that waits.
int writeSocket(BIO* bio, char const* bytes, int length)
{
    BIO_clear_retry_flags(bio);
    auto const count =
        ::send(lineOf(bio).socket, bytes, static_cast<std::size_t>(std::max(length, 0)), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

int readSocket(BIO* bio, char* buffer, int length)
{
    BIO_clear_retry_flags(bio);
    auto& line = lineOf(bio);
    auto const most = std::min(static_cast<std::size_t>(std::max(length, 0)), line.mayRead);
    if (most == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    auto const count = ::recv(line.socket, buffer, most, MSG_DONTWAIT);
    if (count > 0) {
        line.mayRead -= static_cast<std::size_t>(count);
        line.received += static_cast<std::uint64_t>(count);
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_retry_read(bio);
    return static_cast<int>(count);
}

long controlSocket(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* socketMethod()
{
    static BIO_METHOD* const method = [] {
        BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        BIO_meth_set_write(made, &writeSocket);
        BIO_meth_set_read(made, &readSocket);
        BIO_meth_set_ctrl(made, &controlSocket);
        return made;
    }();
    return method;
}

bool isIpAddress(std::string const& host)
{
    unsigned char address[16];
    return ::inet_pton(AF_INET, host.c_str(), address) == 1 || ::inet_pton(AF_INET6, host.c_str(), address) == 1;
}

bool nameServer(SSL& handle, std::string name)
{
    return SSL_ctrl(&handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

} // namespace

TlsSession::TlsSession(std::shared_ptr<TlsContext const> context, Handle handle)
    : context_(std::move(context)), handle_(std::move(handle))
{
}

Result<std::unique_ptr<TlsSession>> TlsSession::make(std::shared_ptr<TlsContext const> context, int socket)
{
    Handle handle(SSL_new(context->handle()), &SSL_free);
    BIO* const bio = handle ? BIO_new(socketMethod()) : nullptr;
    if (bio == nullptr)
        return failOpenSsl("beginning TLS");
    BIO_set_init(bio, 1);
    SSL_set_bio(handle.get(), bio, bio);
    SSL_set_read_ahead(handle.get(), 1); // one call of the system for many records
    std::unique_ptr<TlsSession> session(new TlsSession(std::move(context), std::move(handle)));
    session->line_.socket = socket;
    BIO_set_data(bio, &session->line_);
    SSL_set_ex_data(session->handle_.get(), sessionIndex(), session.get());
    return session;
}

Result<std::unique_ptr<TlsSession>> TlsSession::accept(std::shared_ptr<TlsContext const> context, int socket)
{
    QIANLI_ASSIGN(auto session, make(std::move(context), socket));
    SSL_set_accept_state(session->handle_.get());
    return session;
}

Result<std::unique_ptr<TlsSession>> TlsSession::connect(std::shared_ptr<TlsContext const> context, int socket,
                                                        std::string const& host)
{
    QIANLI_ASSIGN(auto session, make(std::move(context), socket));
    SSL* const handle = session->handle_.get();
    SSL_set_connect_state(handle);
    bool good = true;
    if (isIpAddress(host)) {
        good = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str()) == 1;
    } else {
        // RFC 9525: by subjectAltName only; "*" stands for a whole label.
        SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        good = SSL_set1_host(handle, host.c_str()) == 1 && nameServer(*handle, host);
    }
    if (!good)
        return failOpenSsl("beginning TLS");
    return session;
}

int TlsSession::onVerify(int good, X509_STORE_CTX* check)
{
    if (good == 1)
        return 1;
    auto const* handle = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* session = handle ? static_cast<TlsSession*>(SSL_get_ex_data(handle, sessionIndex())) : nullptr;
    if (session == nullptr) // HTTPS
        return 0;
    X509* const certificate = X509_STORE_CTX_get0_cert(check); // not the one of the chain that is wrong
    auto subject = certificate ? nameText(*X509_get_subject_name(certificate)) : std::string();
    if (subject.size() > longestSubjectShown)
        subject.resize(longestSubjectShown);
    session->refusal_ = fmt::format("certificate {} is refused: {}", subject,
                                    X509_verify_cert_error_string(X509_STORE_CTX_get_error(check)));
    return 0;
}

// What SSL_get_error() makes of a call that returned 0 or less.
Result<TlsSession::State> TlsSession::stateAfter(int returned, char const* what)
{
    int const kind = SSL_get_error(handle_.get(), returned);
    if (kind == SSL_ERROR_WANT_READ)
        return State::WantsInput;
    if (kind == SSL_ERROR_WANT_WRITE)
        return State::WantsOutput;
    if (kind == SSL_ERROR_ZERO_RETURN)
        return State::Ended;
    broken_ = true;
    auto const error = ERR_peek_error();
    auto const* reason = ERR_reason_error_string(error);
    ERR_clear_error();
    if (!refusal_.empty())
        return fail(ErrorCode::Refused, refusal_);
    if (kind == SSL_ERROR_SYSCALL || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return State::Ended;
    if (ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        return fail(ErrorCode::Refused, "it showed no certificate");
    return fail(ErrorCode::Unavailable, fmt::format("{}: {}", what, reason != nullptr ? reason : "unknown error"));
}

Result<TlsSession::State> TlsSession::handshake()
{
    ERR_clear_error();
    line_.mayRead = mostReadInOneCall;
    int const done = SSL_do_handshake(handle_.get());
    if (done != 1)
        return stateAfter(done, "TLS handshake");
    drained_ = false;
    return State::Done;
}

Result<TlsSession::Progress> TlsSession::read(std::span<std::uint8_t> buffer)
{
    ERR_clear_error();
    line_.mayRead = mostReadInOneCall;
    std::size_t count = 0;
    if (int const done = SSL_read_ex(handle_.get(), buffer.data(), buffer.size(), &count); done != 1) {
        QIANLI_ASSIGN(auto const state, stateAfter(done, "TLS"));
        drained_ = true;
        return Progress{state, 0};
    }
    drained_ = false;
    return Progress{State::Done, count};
}

Result<TlsSession::Progress> TlsSession::write(std::span<std::uint8_t const> bytes)
{
    ERR_clear_error();
    line_.mayRead = mostReadInOneCall;
    std::size_t count = 0;
    if (int const done = SSL_write_ex(handle_.get(), bytes.data(), bytes.size(), &count); done != 1) {
        QIANLI_ASSIGN(auto const state, stateAfter(done, "TLS"));
        return Progress{state, 0};
    }
    return Progress{State::Done, count};
}

bool TlsSession::holdsInput() const
{
    return !drained_ && SSL_has_pending(handle_.get()) == 1;
}

void TlsSession::sayNoMore()
{
    ERR_clear_error();
    if (!broken_ && SSL_is_init_finished(handle_.get()) == 1)
        SSL_shutdown(handle_.get());
    ERR_clear_error();
}

std::shared_ptr<PeerChain const> TlsSession::peerChain() const
{
    return PeerChain::of(handle_.get());
}

std::shared_ptr<PeerChain const> PeerChain::of(SSL* session)
{
    X509* const certificate = SSL_get1_peer_certificate(session);
    if (certificate == nullptr)
        return nullptr;
    auto chain = std::make_shared<PeerChain>();
    chain->certificate_ = std::shared_ptr<X509>(certificate, &X509_free);
    if (auto* const others = SSL_get_peer_cert_chain(session))
        chain->others_ = std::shared_ptr<STACK_OF(X509)>(
            X509_chain_up_ref(others), [](STACK_OF(X509) * all) { sk_X509_pop_free(all, &X509_free); });
    return chain;
}

bool PeerChain::isBelievedBy(TlsContext const& server) const
{
    std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> const check(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
    return check &&
           X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(server.handle()), certificate_.get(),
                               others_.get()) == 1 &&
           X509_STORE_CTX_set_default(check.get(), "ssl_client") == 1 && X509_verify_cert(check.get()) == 1;
}

std::string TlsSession::peerSubject() const
{
    X509* const certificate = SSL_get0_peer_certificate(handle_.get());
    if (certificate == nullptr || SSL_get_verify_result(handle_.get()) != X509_V_OK)
        return {};
    return nameText(*X509_get_subject_name(certificate));
}

} // namespace qianli::crypto
