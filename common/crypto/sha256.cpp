#include "common/crypto/sha256.h"

#include <cstdlib>
#include <openssl/evp.h>

namespace qianli::crypto {
namespace {

// Only want of memory makes these fail.
void must(bool done)
{
    if (!done)
        std::abort();
}

} // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const
{
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new())
{
    must(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::span<std::uint8_t const> bytes)
{
    must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish()
{
    Sha256Digest digest{};
    unsigned length = 0;
    must(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1 && length == digest.size());
    return digest;
}

} // namespace qianli::crypto
