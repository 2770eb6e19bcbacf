#include "common/crypto/certificate_authority.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/crypto/openssl_handles.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <optional>
#include <sys/file.h>
#include <vector>

namespace qianli::crypto {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr hours authorityLifetime{24 * 365 * 20};
constexpr hours signerLifetime{24 * 365 * 3};
// Workstation clocks differ: a certificate must be older than the second of the first signature made with it.
constexpr minutes clockDifference{5};
constexpr hours revocationListLifetime{24 * 30};
constexpr std::size_t longestFile = 16 << 20;
constexpr std::size_t longestRequest = 16 << 10;
constexpr std::size_t longestName = 64; // ub-common-name, RFC 5280

// One line of the list of issued certificates.
struct Issued {
    std::string serial; // hex
    std::string userName;
    TimePoint notAfter{};
    std::optional<TimePoint> revokedAt;
};

// Commands work beside the daemon: one writer at a time, also between programs.
class FolderLock {
public:
    static Result<FolderLock> take(std::filesystem::path const& folder)
    {
        QIANLI_ASSIGN(FileDescriptor file, openFile(folder / "lock", O_RDWR | O_CREAT));
        while (::flock(file.get(), LOCK_EX) != 0) {
            if (errno != EINTR)
                return failErrno("locking the key folder");
        }
        return FolderLock(std::move(file));
    }

private:
    explicit FolderLock(FileDescriptor file) : file_(std::move(file)) {}
    FileDescriptor file_; // closing it gives the lock back
};

Result<std::vector<Issued>> readIssued(std::filesystem::path const& path)
{
    auto const content = readFile(path, longestFile);
    if (!content && content.error().code == ErrorCode::NotFound)
        return std::vector<Issued>{};
    if (!content)
        return tl::unexpected(content.error());
    std::vector<Issued> list;
    int number = 0;
    for (std::string const& line : text::split(*content, '\n')) {
        ++number;
        if (line.empty())
            continue;
        auto const parts = text::split(line, '\t');
        auto const notAfter = parts.size() == 4 ? parseIso8601(parts[2]) : fail(ErrorCode::Corrupt, "");
        bool const revoked = parts.size() == 4 && parts[3] != "-";
        auto const revokedAt = revoked ? parseIso8601(parts[3]) : Result<TimePoint>{};
        if (!notAfter || !revokedAt)
            return fail(ErrorCode::Corrupt, fmt::format("{}: line {} is no issued certificate", path.string(), number));
        list.push_back({parts[0], parts[1], *notAfter, revoked ? std::optional(*revokedAt) : std::nullopt});
    }
    return list;
}

Result<void> writeIssued(std::filesystem::path const& path, std::vector<Issued> const& list)
{
    std::string content;
    for (Issued const& entry : list)
        content += fmt::format("{}\t{}\t{}\t{}\n", entry.serial, entry.userName, toIso8601(entry.notAfter),
                               entry.revokedAt ? toIso8601(*entry.revokedAt) : "-");
    return writeFileDurably(path, content);
}

bool addExtension(X509& certificate, X509& issuer, int nid, char const* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    ExtensionHandle const extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

bool addNameEntry(X509_NAME& name, int nid, std::string_view value)
{
    return X509_NAME_add_entry_by_NID(&name, nid, MBSTRING_UTF8, reinterpret_cast<unsigned char const*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1;
}

// Version, serial number, validity: what both kinds of certificate need.
bool setFrame(X509& certificate, TimePoint notBefore, TimePoint notAfter)
{
    return X509_set_version(&certificate, X509_VERSION_3) == 1 &&
           X509_set_serialNumber(&certificate, newSerialNumber().get()) == 1 &&
           X509_set1_notBefore(&certificate, toAsn1Time(notBefore).get()) == 1 &&
           X509_set1_notAfter(&certificate, toAsn1Time(notAfter).get()) == 1;
}

Result<CertificateHandle> makeAuthority(EVP_PKEY& key, TimePoint now)
{
    CertificateHandle certificate(X509_new());
    NameHandle const name(X509_NAME_new());
    std::string const distinction = serialHex(*newSerialNumber()).substr(0, 16);
    bool const made = certificate && name && setFrame(*certificate, now - clockDifference, now + authorityLifetime) &&
                      addNameEntry(*name, NID_organizationName, "Qianli") &&
                      addNameEntry(*name, NID_commonName, "Qianli report signers " + distinction) &&
                      X509_set_subject_name(certificate.get(), name.get()) == 1 &&
                      X509_set_issuer_name(certificate.get(), name.get()) == 1 &&
                      X509_set_pubkey(certificate.get(), &key) == 1 &&
                      addExtension(*certificate, *certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                      addExtension(*certificate, *certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      addExtension(*certificate, *certificate, NID_subject_key_identifier, "hash") &&
                      X509_sign(certificate.get(), &key, EVP_sha256()) > 0;
    if (!made)
        return failOpenSsl("making the authority's certificate");
    return certificate;
}

Result<std::string> privateKeyPem(EVP_PKEY& key)
{
    BioHandle const bio = writingBio();
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failOpenSsl("writing the authority's key");
    return contentOf(*bio);
}

Result<std::string> makeRevocationList(X509& authority, EVP_PKEY& key, std::vector<Issued> const& issued, TimePoint now)
{
    RevocationListHandle const list(X509_CRL_new());
    bool made = list && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
                X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(&authority)) == 1 &&
                X509_CRL_set1_lastUpdate(list.get(), toAsn1Time(now).get()) == 1 &&
                X509_CRL_set1_nextUpdate(list.get(), toAsn1Time(now + revocationListLifetime).get()) == 1;
    for (Issued const& entry : issued) {
        if (!made || !entry.revokedAt)
            continue;
        BIGNUM* number = nullptr;
        RevokedHandle revoked(X509_REVOKED_new());
        made = BN_hex2bn(&number, entry.serial.c_str()) > 0 && revoked;
        NumberHandle const owner(number);
        IntegerHandle const serial(made ? BN_to_ASN1_INTEGER(number, nullptr) : nullptr);
        made = serial && X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) == 1 &&
               X509_REVOKED_set_revocationDate(revoked.get(), toAsn1Time(*entry.revokedAt).get()) == 1 &&
               X509_CRL_add0_revoked(list.get(), revoked.get()) == 1;
        if (made)
            static_cast<void>(revoked.release()); // now the list's
    }
    // The number only has to grow: the milliseconds of its making do (RFC 5280 5.2.3).
    IntegerHandle const number(ASN1_INTEGER_new());
    made = made && ASN1_INTEGER_set_int64(number.get(), now.time_since_epoch().count()) == 1 &&
           X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, number.get(), 0, 0) == 1 &&
           X509_CRL_sort(list.get()) == 1 && X509_CRL_sign(list.get(), &key, EVP_sha256()) > 0;
    BioHandle const bio = writingBio();
    if (!made || PEM_write_bio_X509_CRL(bio.get(), list.get()) != 1)
        return failOpenSsl("making the revocation list");
    return contentOf(*bio);
}

Result<RequestHandle> checkedRequest(std::string_view pem)
{
    if (pem.size() > longestRequest)
        return fail(ErrorCode::InvalidInput, "the certificate request is too long");
    BioHandle const bio = readingBio(pem);
    RequestHandle request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
    EVP_PKEY* const key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
    bool const signedByItself = key != nullptr && X509_REQ_verify(request.get(), key) == 1;
    ERR_clear_error();
    if (!request)
        return fail(ErrorCode::InvalidInput, "this is no certificate request (PKCS#10) in PEM form");
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < minimumRsaBits)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the request's key is no RSA key of at least {} bits", minimumRsaBits));
    if (!signedByItself)
        return fail(ErrorCode::InvalidInput, "the certificate request is not signed by its own key");
    return request;
}

Result<void> checkName(std::string_view name, std::string_view what)
{
    auto const points = text::isUtf8(name) ? text::toCodePoints(name) : std::u32string();
    bool const control =
        std::any_of(points.begin(), points.end(), [](char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); });
    if (points.empty() || points.size() > longestName || control)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the {} '{}' can't stand in a certificate (1 to {} characters)", what,
                                text::escapeControl(name), longestName));
    return {};
}

} // namespace

struct CertificateAuthority::State {
    std::filesystem::path folder;
    Clock const* clock = nullptr;
    KeyHandle key;
    CertificateHandle certificate;
    std::string pem;
    std::mutex mutex; // one operation on the folder at a time in this program; FolderLock keeps other programs out

    std::filesystem::path issuedPath() const { return folder / "issued.tsv"; }
    std::filesystem::path listPath() const { return folder / "ca.crl"; }

    Result<void> load();
    Result<void> create();
    Result<std::string> writeRevocationList(std::vector<Issued> const& issued) const;
    Result<CertificateHandle> sign(X509_REQ& request, std::string_view userName, std::string_view displayName) const;
};

Result<void> CertificateAuthority::State::load()
{
    QIANLI_ASSIGN(pem, readFile(folder / "ca.crt", longestFile));
    QIANLI_ASSIGN(certificate, certificateFromPem(pem));
    QIANLI_ASSIGN(std::string const keyPem, readFile(folder / "ca.key", longestFile));
    BioHandle const bio = readingBio(keyPem);
    key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!key || X509_check_private_key(certificate.get(), key.get()) != 1)
        return fail(ErrorCode::Corrupt, "ca.key is not the key of ca.crt");
    return {};
}

Result<void> CertificateAuthority::State::create()
{
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(minimumRsaBits)));
    if (!key)
        return failOpenSsl("making the authority's key");
    QIANLI_ASSIGN(certificate, makeAuthority(*key, clock->now()));
    QIANLI_ASSIGN(pem, toPem(*certificate));
    QIANLI_ASSIGN(std::string const keyPem, privateKeyPem(*key));
    // The certificate last: its presence says that the authority is complete.
    QIANLI_TRY(writeFileDurably(folder / "ca.key", keyPem, 0600));
    QIANLI_TRY(writeRevocationList({}));
    return writeFileDurably(folder / "ca.crt", pem, 0644);
}

Result<std::string> CertificateAuthority::State::writeRevocationList(std::vector<Issued> const& issued) const
{
    QIANLI_ASSIGN(std::string list, makeRevocationList(*certificate, *key, issued, clock->now()));
    QIANLI_TRY(writeFileDurably(listPath(), list, 0644));
    return list;
}

Result<CertificateHandle> CertificateAuthority::State::sign(X509_REQ& request, std::string_view userName,
                                                            std::string_view displayName) const
{
    CertificateHandle made(X509_new());
    NameHandle const name(X509_NAME_new());
    TimePoint const now = clock->now();
    TimePoint const notAfter = std::min(now + signerLifetime, toTimePoint(*X509_get0_notAfter(certificate.get())));
    bool const done = made && name && setFrame(*made, now - clockDifference, notAfter) &&
                      addNameEntry(*name, NID_userId, userName) && addNameEntry(*name, NID_commonName, displayName) &&
                      X509_set_subject_name(made.get(), name.get()) == 1 &&
                      X509_set_issuer_name(made.get(), X509_get_subject_name(certificate.get())) == 1 &&
                      X509_set_pubkey(made.get(), X509_REQ_get0_pubkey(&request)) == 1 &&
                      addExtension(*made, *certificate, NID_basic_constraints, "critical,CA:FALSE") &&
                      addExtension(*made, *certificate, NID_key_usage, "critical,digitalSignature,nonRepudiation") &&
                      addExtension(*made, *certificate, NID_subject_key_identifier, "hash") &&
                      addExtension(*made, *certificate, NID_authority_key_identifier, "keyid") &&
                      X509_sign(made.get(), key.get(), EVP_sha256()) > 0;
    if (!done)
        return failOpenSsl(fmt::format("issuing a certificate for {}", userName));
    return made;
}

CertificateAuthority::CertificateAuthority(std::unique_ptr<State> state) : state_(std::move(state)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

Result<CertificateAuthority> CertificateAuthority::open(std::filesystem::path folder, Clock const& clock)
{
    auto state = std::make_unique<State>();
    state->folder = std::move(folder);
    state->clock = &clock;
    QIANLI_TRY(createDirectoryDurably(state->folder));
    QIANLI_ASSIGN(FolderLock const lock, FolderLock::take(state->folder));
    bool const present = std::filesystem::exists(state->folder / "ca.crt");
    auto done = present ? state->load() : state->create();
    if (!done)
        return tl::unexpected(std::move(done).error().at("certificate authority in " + state->folder.string()));
    return CertificateAuthority(std::move(state));
}

std::string CertificateAuthority::certificatePem() const
{
    return state_->pem;
}

Result<std::string> CertificateAuthority::revocationListPem() const
{
    std::lock_guard const guard(state_->mutex);
    QIANLI_ASSIGN(FolderLock const lock, FolderLock::take(state_->folder));
    auto const pem = readFile(state_->listPath(), longestFile);
    auto const list = pem ? revocationListFromPem(*pem) : fail(ErrorCode::NotFound, "");
    // Renewed at half of its life, so that whoever fetches it has one that is current for weeks.
    if (list && toTimePoint(*X509_CRL_get0_nextUpdate(list->get())) > state_->clock->now() + revocationListLifetime / 2)
        return *pem;
    QIANLI_ASSIGN(auto const issued, readIssued(state_->issuedPath()));
    return state_->writeRevocationList(issued);
}

Result<std::string> CertificateAuthority::issue(std::string_view requestPem, std::string_view userName,
                                                std::string_view displayName)
{
    QIANLI_TRY(checkName(userName, "user name"));
    QIANLI_TRY(checkName(displayName, "name"));
    QIANLI_ASSIGN(RequestHandle const request, checkedRequest(requestPem));
    std::lock_guard const guard(state_->mutex);
    QIANLI_ASSIGN(FolderLock const lock, FolderLock::take(state_->folder));
    QIANLI_ASSIGN(auto issued, readIssued(state_->issuedPath()));
    QIANLI_ASSIGN(CertificateHandle const certificate, state_->sign(*request, userName, displayName));
    QIANLI_ASSIGN(std::string pem, toPem(*certificate));
    issued.push_back({serialHex(*X509_get0_serialNumber(certificate.get())), std::string(userName),
                      toTimePoint(*X509_get0_notAfter(certificate.get())), std::nullopt});
    // On the list before it is out of the house: what isn't on the list can't be revoked.
    QIANLI_TRY(writeIssued(state_->issuedPath(), issued));
    return pem;
}

Result<void> CertificateAuthority::revokeAll(std::string_view userName)
{
    std::lock_guard const guard(state_->mutex);
    QIANLI_ASSIGN(FolderLock const lock, FolderLock::take(state_->folder));
    QIANLI_ASSIGN(auto issued, readIssued(state_->issuedPath()));
    for (Issued& entry : issued) {
        if (entry.userName == userName && !entry.revokedAt)
            entry.revokedAt = state_->clock->now();
    }
    QIANLI_TRY(writeIssued(state_->issuedPath(), issued));
    QIANLI_TRY(state_->writeRevocationList(issued));
    return {};
}

} // namespace qianli::crypto
