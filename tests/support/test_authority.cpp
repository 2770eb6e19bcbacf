#include "tests/support/test_authority.h"

#include <cstdio>
#include <ctime>
#include <map>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <sys/stat.h>
#include <vector>

namespace qianli::test {

namespace {

void need(bool good)
{
    if (!good)
        throw std::runtime_error("OpenSSL makes no certificate for the test");
}

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using List = std::unique_ptr<X509_CRL, void (*)(X509_CRL*)>;

Key newKey(bool rsa = false)
{
    Key key(rsa ? EVP_RSA_gen(2048u) : EVP_EC_gen("P-256"), &EVP_PKEY_free);
    need(key != nullptr);
    return key;
}

void write(std::filesystem::path const& path, auto const& writeTo)
{
    std::FILE* const file = std::fopen(path.c_str(), "w");
    need(file != nullptr && writeTo(file) == 1);
    need(std::fclose(file) == 0);
}

void addExtension(X509& certificate, X509& issuer, int nid, std::string const& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    need(extension != nullptr && X509_add_ext(&certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

void setName(X509_NAME* name, std::string const& common)
{
    need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<unsigned char const*>(common.data()),
                                    static_cast<int>(common.size()), -1, 0) == 1);
}

Certificate begin(EVP_PKEY& key, std::string const& common, long serial, std::chrono::hours from,
                  std::chrono::hours until)
{
    Certificate certificate(X509_new(), &X509_free);
    need(certificate != nullptr && X509_set_version(certificate.get(), 2) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), std::chrono::seconds(from).count());
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), std::chrono::seconds(until).count());
    setName(X509_get_subject_name(certificate.get()), common);
    need(X509_set_pubkey(certificate.get(), &key) == 1);
    return certificate;
}

} // namespace

struct TestAuthority::State {
    std::filesystem::path folder;
    std::string name;
    Key key = newKey();
    Certificate certificate{nullptr, &X509_free};
    std::vector<long> revoked;
    long lastSerial = 1;
    std::map<std::string, long> serials;
};

TestAuthority::TestAuthority(std::filesystem::path folder, std::string const& name) : state_(std::make_unique<State>())
{
    auto& state = *state_;
    state.folder = std::move(folder);
    state.name = name;
    state.certificate = begin(*state.key, name, 1, std::chrono::hours(-24 * 30), std::chrono::hours(24 * 300));
    X509* const own = state.certificate.get();
    need(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
    addExtension(*own, *own, NID_basic_constraints, "critical,CA:TRUE");
    addExtension(*own, *own, NID_key_usage, "critical,keyCertSign,cRLSign");
    addExtension(*own, *own, NID_subject_key_identifier, "hash");
    need(X509_sign(own, state.key.get(), EVP_sha256()) > 0);
    write(certificate(), [&](std::FILE* file) { return PEM_write_X509(file, own); });
    writeList(std::chrono::hours(240));
}

TestAuthority::~TestAuthority() = default;

std::filesystem::path TestAuthority::certificate() const
{
    return state_->folder / (state_->name + ".crt");
}

std::filesystem::path TestAuthority::list() const
{
    return state_->folder / (state_->name + ".crl");
}

std::filesystem::path TestAuthority::issue(std::string const& name, CertificateWish const& wish)
{
    auto& state = *state_;
    auto const key = newKey(wish.rsa);
    auto const serial = ++state.lastSerial;
    auto const made = begin(*key, wish.subject.empty() ? name : wish.subject, serial, wish.begins, wish.ends);
    X509* const issuer = wish.selfSigned ? made.get() : state.certificate.get();
    need(X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1);
    addExtension(*made, *issuer, NID_basic_constraints, "critical,CA:FALSE");
    if (!wish.altName.empty())
        addExtension(*made, *issuer, NID_subject_alt_name, wish.altName);
    need(X509_sign(made.get(), wish.selfSigned ? key.get() : state.key.get(), EVP_sha256()) > 0);
    state.serials[name] = serial;
    auto const path = state.folder / name;
    write(path.string() + ".crt", [&](std::FILE* file) { return PEM_write_X509(file, made.get()); });
    write(path.string() + ".key", [&](std::FILE* file) {
        return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    need(::chmod((path.string() + ".key").c_str(), 0600) == 0);
    return path;
}

void TestAuthority::revoke(std::string const& name, std::chrono::hours ends)
{
    state_->revoked.push_back(state_->serials.at(name));
    writeList(ends);
}

void TestAuthority::writeList(std::chrono::hours ends)
{
    auto& state = *state_;
    List list(X509_CRL_new(), &X509_CRL_free);
    need(list != nullptr && X509_CRL_set_version(list.get(), 1) == 1);
    need(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(state.certificate.get())) == 1);
    std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> time(ASN1_TIME_new(), &ASN1_TIME_free);
    X509_gmtime_adj(time.get(), std::chrono::seconds(std::chrono::hours(-24 * 20)).count());
    X509_CRL_set1_lastUpdate(list.get(), time.get());
    for (long const serial : state.revoked) {
        X509_REVOKED* const entry = X509_REVOKED_new();
        std::unique_ptr<ASN1_INTEGER, void (*)(ASN1_INTEGER*)> number(ASN1_INTEGER_new(), &ASN1_INTEGER_free);
        ASN1_INTEGER_set(number.get(), serial);
        need(X509_REVOKED_set_serialNumber(entry, number.get()) == 1 &&
             X509_REVOKED_set_revocationDate(entry, time.get()) == 1 && X509_CRL_add0_revoked(list.get(), entry) == 1);
    }
    X509_gmtime_adj(time.get(), std::chrono::seconds(ends).count());
    X509_CRL_set1_nextUpdate(list.get(), time.get());
    need(X509_CRL_sort(list.get()) == 1 && X509_CRL_sign(list.get(), state.key.get(), EVP_sha256()) > 0);
    write(this->list(), [&](std::FILE* file) { return PEM_write_X509_CRL(file, list.get()); });
}

} // namespace qianli::test
