#include "viewer/client/sealed_box.h"

#include "common/base/file.h"

#include <limits>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace qianli::viewer {

namespace {
constexpr std::size_t nonceBytes = 12;
constexpr std::size_t tagBytes = 16;
constexpr std::size_t maximumClear = 64 << 20;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytesOf(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

unsigned char const* bytesOf(std::string_view text)
{
    return reinterpret_cast<unsigned char const*>(text.data());
}
} // namespace

SealedBox::~SealedBox()
{
    OPENSSL_cleanse(key_.data(), key_.size());
}

Result<SealedBox> SealedBox::fromPassword(std::string_view password, std::string_view salt)
{
    SealedBox box;
    if (EVP_PBE_scrypt(password.data(), password.size(), bytesOf(salt), salt.size(), 1 << 15, 8, 1, 64 << 20,
                       box.key_.data(), box.key_.size()) != 1)
        return fail(ErrorCode::Internal, "can't derive the key of the drafts");
    return box;
}

Result<std::string> SealedBox::seal(std::string_view clear, std::string_view context) const
{
    if (clear.size() > maximumClear)
        return fail(ErrorCode::LimitExceeded, "too much text for one record");
    std::array<std::uint8_t, nonceBytes> nonce{};
    fillRandom(nonce);
    std::string sealed(nonce.begin(), nonce.end());
    sealed.resize(nonceBytes + clear.size() + tagBytes);
    Context const cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int length = 0;
    bool const good =
        cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce.data()) == 1 &&
        EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytesOf(context), static_cast<int>(context.size())) == 1 &&
        EVP_EncryptUpdate(cipher.get(), bytesOf(sealed) + nonceBytes, &length, bytesOf(clear),
                          static_cast<int>(clear.size())) == 1 &&
        EVP_EncryptFinal_ex(cipher.get(), bytesOf(sealed) + nonceBytes + length, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tagBytes,
                            bytesOf(sealed) + nonceBytes + clear.size()) == 1;
    if (!good)
        return fail(ErrorCode::Internal, "can't encrypt");
    return sealed;
}

Result<std::string> SealedBox::open(std::string_view sealed, std::string_view context) const
{
    if (sealed.size() < nonceBytes + tagBytes || sealed.size() > maximumClear + nonceBytes + tagBytes)
        return fail(ErrorCode::Corrupt, "a sealed record has an impossible length");
    std::string clear(sealed.size() - nonceBytes - tagBytes, '\0');
    std::string tag(sealed.substr(sealed.size() - tagBytes));
    Context const cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int length = 0;
    bool const good =
        cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), bytesOf(sealed)) == 1 &&
        EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytesOf(context), static_cast<int>(context.size())) == 1 &&
        EVP_DecryptUpdate(cipher.get(), bytesOf(clear), &length, bytesOf(sealed) + nonceBytes,
                          static_cast<int>(clear.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tagBytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(cipher.get(), bytesOf(clear) + length, &length) == 1;
    if (!good)
        return fail(ErrorCode::Corrupt, "a sealed record can't be opened: damaged, or sealed under another password");
    return clear;
}

} // namespace qianli::viewer
