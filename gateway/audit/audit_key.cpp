#include "gateway/audit/audit_key.h"

#include "common/base/file.h"
#include "common/crypto/password.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <optional>
#include <sys/file.h>
#include <vector>

namespace qianli::gateway {
namespace {

using namespace crypto;

constexpr std::size_t longestFile = 1 << 20;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

Result<std::string> fingerprintOf(EVP_PKEY& key)
{
    unsigned char* der = nullptr;
    int const size = i2d_PUBKEY(&key, &der);
    if (size <= 0)
        return failOpenSsl("the public key of the trail");
    std::string fingerprint = sha256Hex({reinterpret_cast<char const*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return fingerprint;
}

Result<std::string> publicPem(EVP_PKEY& key)
{
    BioHandle const bio = writingBio();
    if (PEM_write_bio_PUBKEY(bio.get(), &key) != 1)
        return failOpenSsl("writing the public key of the trail");
    return contentOf(*bio);
}

Result<KeyHandle> makeKey(std::filesystem::path const& folder)
{
    KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    if (!key)
        return failOpenSsl("making the key of the trail");
    BioHandle const bio = writingBio();
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failOpenSsl("writing the key of the trail");
    QIANLI_ASSIGN(auto const pem, publicPem(*key));
    auto const before = readFile(folder / "audit.pub", longestFile);
    // The public key first: what it checks must never be without it.
    QIANLI_TRY(writeFileDurably(folder / "audit.pub", before.value_or("") + pem, 0644));
    QIANLI_TRY(writeFileDurably(folder / "audit.key", contentOf(*bio), 0600));
    return key;
}

std::string toBase64(std::vector<unsigned char> const& bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    int const size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::vector<unsigned char>> fromBase64(std::string_view text)
{
    std::vector<unsigned char> bytes(text.size() / 4 * 3 + 3);
    int const size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<unsigned char const*>(text.data()),
                                     static_cast<int>(text.size()));
    if (size < 0)
        return std::nullopt;
    auto const padding = static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0);
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

} // namespace

Result<AuditKey> AuditKey::open(std::filesystem::path const& folder)
{
    QIANLI_TRY(createDirectoryDurably(folder));
    // Commands and the daemon may be the first at the same time.
    QIANLI_ASSIGN(FileDescriptor const lock, openFile(folder / "audit.lock", O_RDWR | O_CREAT));
    if (::flock(lock.get(), LOCK_EX) != 0)
        return failErrno("locking the key folder");
    KeyHandle key;
    if (auto const pem = readFile(folder / "audit.key", longestFile); pem) {
        BioHandle const bio = readingBio(*pem);
        key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
        ERR_clear_error();
        if (!key)
            return fail(ErrorCode::Corrupt, (folder / "audit.key").string() + ": this is no private key in PEM form");
    } else if (pem.error().code != ErrorCode::NotFound) {
        return tl::unexpected(pem.error());
    } else {
        QIANLI_ASSIGN(key, makeKey(folder));
    }
    QIANLI_ASSIGN(auto fingerprint, fingerprintOf(*key));
    return AuditKey(std::move(key), std::move(fingerprint));
}

Result<std::string> AuditKey::sign(std::string_view text) const
{
    DigestHandle const context(EVP_MD_CTX_new());
    std::size_t size = 0;
    auto const* bytes = reinterpret_cast<unsigned char const*>(text.data());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
        return failOpenSsl("sealing the trail");
    std::vector<unsigned char> signature(size);
    if (EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) != 1)
        return failOpenSsl("sealing the trail");
    signature.resize(size);
    return toBase64(signature);
}

Result<AuditPublicKeys> AuditPublicKeys::read(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const pem, readFile(file, longestFile));
    BioHandle const bio = readingBio(pem);
    AuditPublicKeys keys;
    for (;;) {
        KeyHandle key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
        if (!key)
            break;
        QIANLI_ASSIGN(auto fingerprint, fingerprintOf(*key));
        keys.keys_[std::move(fingerprint)] = std::move(key);
    }
    ERR_clear_error();
    if (keys.keys_.empty())
        return fail(ErrorCode::InvalidInput, file.string() + ": there is no public key in PEM form in it");
    return keys;
}

bool AuditPublicKeys::verifies(std::string_view fingerprint, std::string_view text, std::string_view signature) const
{
    auto const found = keys_.find(fingerprint);
    auto const bytes = fromBase64(signature);
    DigestHandle const context(EVP_MD_CTX_new());
    bool const good = found != keys_.end() && bytes && context &&
                      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, found->second.get()) == 1 &&
                      EVP_DigestVerify(context.get(), bytes->data(), bytes->size(),
                                       reinterpret_cast<unsigned char const*>(text.data()), text.size()) == 1;
    ERR_clear_error();
    return good;
}

} // namespace qianli::gateway
