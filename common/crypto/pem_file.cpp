#include "common/crypto/pem_file.h"

#include "common/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

namespace qianli::crypto {

namespace {

constexpr std::uint64_t largestFile = 16 << 20; // a revocation list of a big authority

using InfosHandle =
    std::unique_ptr<STACK_OF(X509_INFO),
                    decltype([](STACK_OF(X509_INFO) * infos) { sk_X509_INFO_pop_free(infos, X509_INFO_free); })>;

// Nobody is there to be asked for it.
int noPassphrase(char*, int, int, void*)
{
    return -1;
}

} // namespace

Result<PemFile> PemFile::parse(std::string_view pem)
{
    BioHandle const bio = readingBio(pem);
    InfosHandle const infos(PEM_X509_INFO_read_bio(bio.get(), nullptr, &noPassphrase, nullptr));
    ERR_clear_error();
    if (!infos)
        return fail(ErrorCode::InvalidInput, "a part of it is damaged or no PEM");
    PemFile content;
    for (int i = 0; i < sk_X509_INFO_num(infos.get()); ++i) {
        X509_INFO* const info = sk_X509_INFO_value(infos.get(), i);
        if (info->x509 != nullptr)
            content.certificates.emplace_back(std::exchange(info->x509, nullptr));
        if (info->crl != nullptr)
            content.revocationLists.emplace_back(std::exchange(info->crl, nullptr));
    }
    return content;
}

Result<PemFile> PemFile::read(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const bytes, readFile(file, largestFile));
    auto content = parse(bytes);
    if (!content)
        return tl::unexpected(std::move(content).error().at(file.string()));
    return content;
}

Result<KeyHandle> readPrivateKey(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const descriptor, openFile(file, O_RDONLY));
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0)
        return failErrno(file.string());
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(ErrorCode::Refused, fmt::format("the key {} can be read by others than its owner: chmod 600 {}",
                                                    file.string(), file.string()));
    if (status.st_size > static_cast<off_t>(1 << 20))
        return fail(ErrorCode::InvalidInput, fmt::format("{} is too large for a key", file.string()));
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
    auto const read = readAllAt(descriptor.get(), bytes, 0);
    BioHandle const bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    KeyHandle key(read ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &noPassphrase, nullptr) : nullptr);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    QIANLI_TRY(read);
    ERR_clear_error();
    if (!key)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} holds no private key in PEM form, or one under a passphrase", file.string()));
    return key;
}

} // namespace qianli::crypto
