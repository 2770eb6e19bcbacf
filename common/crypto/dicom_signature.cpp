#include "common/crypto/dicom_signature.h"

#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "common/dicom/uid.h"

#include <array>
#include <charconv>
#include <dcmtk/dcmsign/dcsignat.h>
#include <dcmtk/dcmsign/sibrsapr.h>
#include <dcmtk/dcmsign/sicert.h>
#include <dcmtk/dcmsign/simaccon.h>
#include <dcmtk/dcmsign/simdmac.h>
#include <dcmtk/dcmsign/sipurpos.h>
#include <dcmtk/dcmsign/sisrvpr.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <set>
#include <vector>

namespace qianli::crypto {

namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Result<void> check(OFCondition const& condition, std::string_view what)
{
    if (condition.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {}", what, condition.text()));
    return {};
}

bool isStructuredReport(SignedObject& object)
{
    return object.dataSet().tagExists(DCM_VerificationFlag);
}

std::unique_ptr<SiSecurityProfile> profileFor(SignedObject& object)
{
    if (isStructuredReport(object))
        return std::make_unique<SiStructuredReportingVerificationProfile>();
    return std::make_unique<SiBaseRSAProfile>();
}

// In UTC: DCMTK 3.6.7 compares the digits with the certificate's validity and ignores the offset, so any other zone
// west of Greenwich would make dcmsign say "not yet valid".
std::string signatureDateTime(TimePoint now)
{
    auto const seconds = std::chrono::floor<std::chrono::seconds>(now);
    auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(now - seconds).count();
    return fmt::format("{:%Y%m%d%H%M%S}.{:06}+0000", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                       micros);
}

int digits(std::string_view text, std::size_t offset, std::size_t count)
{
    int value = 0;
    char const* const begin = text.data() + offset;
    auto const [end, error] = std::from_chars(begin, begin + count, value);
    return error == std::errc() && end == begin + count && value >= 0 ? value : -1;
}

// DT with seconds and an offset (PS3.5 6.2): without an offset the time of a signature means nothing to a stranger.
Result<TimePoint> parseSignatureDateTime(std::string_view text)
{
    auto const refuse = [&] {
        return fail(ErrorCode::Refused,
                    fmt::format("the signature's time '{}' can't be read", text::escapeControl(text)));
    };
    std::size_t const zone = text.find_first_of("+-");
    if (zone == std::string_view::npos || text.size() != zone + 5 || zone < 14 || zone == 15 || zone > 21 ||
        (zone > 14 && text[14] != '.'))
        return refuse();
    int const zoneHours = digits(text, zone + 1, 2);
    int const zoneMinutes = digits(text, zone + 3, 2);
    int const hour = digits(text, 8, 2);
    int const minute = digits(text, 10, 2);
    int const second = digits(text, 12, 2);
    std::chrono::year_month_day const day{std::chrono::year(digits(text, 0, 4)),
                                          std::chrono::month(static_cast<unsigned>(digits(text, 4, 2))),
                                          std::chrono::day(static_cast<unsigned>(digits(text, 6, 2)))};
    int const fraction = zone > 15 ? digits(text, 15, zone - 15) : 0;
    if (!day.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 || zoneHours < 0 ||
        zoneHours > 14 || zoneMinutes < 0 || zoneMinutes > 59 || fraction < 0)
        return refuse();
    auto const offset =
        (std::chrono::hours(zoneHours) + std::chrono::minutes(zoneMinutes)) * (text[zone] == '-' ? -1 : 1);
    return TimePoint(std::chrono::sys_days(day)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) - offset;
}

Result<void> insertMacParameters(DcmItem& item, DcmAttributeTag const& signedTags)
{
    QIANLI_TRY(check(item.putAndInsertUint16(DCM_MACIDNumber, 0), "MAC ID Number"));
    QIANLI_TRY(check(item.putAndInsertString(DCM_MACCalculationTransferSyntaxUID, dicom::transfer::explicitLittle),
                     "MAC transfer syntax"));
    QIANLI_TRY(check(item.putAndInsertString(DCM_MACAlgorithm, SI_DEFTERMS_SHA256), "MAC Algorithm"));
    auto list = std::make_unique<DcmAttributeTag>(signedTags);
    QIANLI_TRY(check(item.insert(list.get()), "Data Elements Signed"));
    static_cast<void>(list.release()); // now the item's
    return {};
}

// All of a signature's item that goes under the MAC itself, and the certificate.
Result<void> insertSignatureItem(DcmItem& item, SigningKey::Handles const& key, TimePoint now,
                                 SiSignaturePurpose::E_SignaturePurposeType purpose)
{
    QIANLI_TRY(check(item.putAndInsertUint16(DCM_MACIDNumber, 0), "MAC ID Number"));
    QIANLI_TRY(check(item.putAndInsertString(DCM_DigitalSignatureUID, dicom::Uid::generate().value().c_str()),
                     "Digital Signature UID"));
    QIANLI_TRY(check(item.putAndInsertString(DCM_DigitalSignatureDateTime, signatureDateTime(now).c_str()),
                     "Digital Signature DateTime"));
    QIANLI_TRY(
        check(SiSignaturePurpose::insertDigitalSignaturePurposeCodeSQ(item, purpose), "Digital Signature Purpose"));
    SiCertificate certificate(X509_dup(key.certificate.get()));
    return check(certificate.write(item), "Certificate of Signer");
}

Result<Digest> digestOf(SignedObject& object, DcmItem& signatureItem, DcmAttributeTag& tags, DcmAttributeTag& covered)
{
    SiMDMAC mac(EMT_SHA256);
    SiMACConstructor constructor;
    QIANLI_TRY(check(mac.initialize(), "starting the digest"));
    QIANLI_TRY(check(constructor.encodeDataset(object.dataSet(), mac, EXS_LittleEndianExplicit, covered, &tags),
                     "the data set can't be signed"));
    QIANLI_TRY(check(constructor.encodeDigitalSignatureItem(signatureItem, mac, EXS_LittleEndianExplicit),
                     "the signature's item"));
    QIANLI_TRY(check(constructor.flush(mac), "finishing the digest"));
    Digest digest{};
    QIANLI_TRY(check(mac.finalize(digest.data()), "finishing the digest"));
    return digest;
}

// PKCS#1 v1.5 over the digest, as PS3.15 C.1.2 asks for RSA.
Result<std::vector<unsigned char>> rsaSignature(EVP_PKEY& key, Digest const& digest)
{
    KeyContextHandle const context(EVP_PKEY_CTX_new(&key, nullptr));
    std::size_t length = 0;
    bool made = context && EVP_PKEY_sign_init(context.get()) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
                EVP_PKEY_sign(context.get(), nullptr, &length, digest.data(), digest.size()) == 1;
    std::vector<unsigned char> signature(length);
    made = made && EVP_PKEY_sign(context.get(), signature.data(), &length, digest.data(), digest.size()) == 1;
    if (!made)
        return failOpenSsl("signing");
    signature.resize(length);
    return signature;
}

using TagList = std::vector<DcmTagKey>;

TagList presentTags(DcmItem& item)
{
    TagList tags;
    for (unsigned long i = 0; i < item.card(); ++i) {
        DcmTagKey const tag = item.getElement(i)->getTag().getXTag();
        if (tag != DCM_MACParametersSequence && tag != DCM_DigitalSignaturesSequence)
            tags.push_back(tag);
    }
    return tags;
}

Result<DcmItem*> onlyItem(SignedObject& object, DcmTagKey const& tag, std::string_view what)
{
    DcmSequenceOfItems* sequence = nullptr;
    if (object.dataSet().findAndGetSequence(tag, sequence).bad() || sequence == nullptr || sequence->card() == 0)
        return fail(ErrorCode::Refused, fmt::format("the object is not signed: it has no {}", what));
    if (sequence->card() != 1)
        return fail(ErrorCode::Refused, fmt::format("the {} holds {} items; a report of this version has one signature",
                                                    what, sequence->card()));
    return sequence->getItem(0);
}

// What the MAC does not cover must be exactly what we know: nothing may hide in these two items.
Result<void> checkElements(DcmItem& item, std::set<DcmTagKey> const& known, std::string_view what)
{
    for (unsigned long i = 0; i < item.card(); ++i) {
        DcmTagKey const tag = item.getElement(i)->getTag().getXTag();
        if (!known.contains(tag))
            return fail(ErrorCode::Refused, fmt::format("({:04X},{:04X}) in the {} is an element that is not signed",
                                                        tag.getGroup(), tag.getElement(), what));
    }
    return {};
}

Result<void> checkMacParameters(SignedObject& object, DcmItem& item)
{
    QIANLI_TRY(checkElements(
        item, {DCM_MACIDNumber, DCM_MACCalculationTransferSyntaxUID, DCM_MACAlgorithm, DCM_DataElementsSigned},
        "MAC Parameters Sequence"));
    OFString algorithm;
    item.findAndGetOFString(DCM_MACAlgorithm, algorithm);
    if (algorithm != SI_DEFTERMS_SHA256 && algorithm != SI_DEFTERMS_SHA384 && algorithm != SI_DEFTERMS_SHA512)
        return fail(ErrorCode::Refused, fmt::format("the signature's digest '{}' is not of the SHA-2 family",
                                                    text::escapeControl(algorithm.c_str())));
    DcmElement* list = nullptr;
    if (item.findAndGetElement(DCM_DataElementsSigned, list).bad() || list->ident() != EVR_AT)
        return fail(ErrorCode::Refused, "the signature doesn't say which data elements it covers");
    auto& tags = static_cast<DcmAttributeTag&>(*list);
    TagList listed(tags.getVM());
    for (unsigned long i = 0; i < listed.size(); ++i)
        tags.getTagVal(listed[i], i);
    TagList const present = presentTags(object.dataSet());
    for (DcmTagKey const& tag : present) {
        if (std::find(listed.begin(), listed.end(), tag) == listed.end())
            return fail(ErrorCode::Refused, fmt::format("the data element ({:04X},{:04X}) is present but not signed",
                                                        tag.getGroup(), tag.getElement()));
    }
    if (listed != present)
        return fail(ErrorCode::Refused, "a data element that was signed is missing");
    return {};
}

Result<CertificateHandle> signerCertificate(DcmItem& item)
{
    DcmElement* element = nullptr;
    Uint8* bytes = nullptr;
    if (item.findAndGetElement(DCM_CertificateOfSigner, element).bad() || element->getUint8Array(bytes).bad() ||
        bytes == nullptr)
        return fail(ErrorCode::Refused, "the signature holds no certificate");
    unsigned char const* position = bytes;
    CertificateHandle certificate(d2i_X509(nullptr, &position, static_cast<long>(element->getLength())));
    ERR_clear_error();
    if (!certificate)
        return fail(ErrorCode::Refused, "the signer's certificate can't be read");
    // Neither OpenSSL nor DCMTK looks behind the certificate: one zero to make the length even is all that may be
    // there.
    auto const rest = static_cast<std::size_t>(bytes + element->getLength() - position);
    if (rest > 1 || (rest == 1 && *position != 0))
        return fail(ErrorCode::Refused, "there are bytes behind the signer's certificate");
    EVP_PKEY* const key = X509_get0_pubkey(certificate.get());
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < minimumRsaBits)
        return fail(ErrorCode::Refused,
                    fmt::format("the signer's key is no RSA key of at least {} bits", minimumRsaBits));
    return certificate;
}

} // namespace

Result<void> addSignature(SignedObject& object, SigningKey::Handles const& key, TimePoint now)
{
    auto const profile = profileFor(object);
    QIANLI_TRY(
        check(profile->inspectSignatureDataset(object.dataSet()), "the object doesn't fit the signature profile"));
    DcmAttributeTag tags(DCM_DataElementsSigned);
    QIANLI_TRY(check(profile->createAttributeList(object.dataSet(), tags),
                     "the object lacks what the signature profile asks for"));

    auto const purpose = isStructuredReport(object) ? SiSignaturePurpose::ESP_VerificationSignature
                                                    : SiSignaturePurpose::ESP_AuthorsSignature;
    auto signatureItem = std::make_unique<DcmItem>();
    QIANLI_TRY(insertSignatureItem(*signatureItem, key, now, purpose));
    DcmAttributeTag covered(DCM_DataElementsSigned);
    QIANLI_ASSIGN(Digest const digest, digestOf(object, *signatureItem, tags, covered));
    QIANLI_ASSIGN(auto const signature, rsaSignature(*key.key, digest));
    auto value = std::make_unique<DcmOtherByteOtherWord>(DCM_Signature);
    value->setVR(EVR_OB);
    QIANLI_TRY(
        check(value->putUint8Array(signature.data(), static_cast<unsigned long>(signature.size())), "Signature"));
    QIANLI_TRY(check(signatureItem->insert(value.get()), "Signature"));
    static_cast<void>(value.release());

    auto parameters = std::make_unique<DcmItem>();
    QIANLI_TRY(insertMacParameters(*parameters, covered));
    QIANLI_TRY(check(object.dataSet().insertSequenceItem(DCM_MACParametersSequence, parameters.get()),
                     "MAC Parameters Sequence"));
    static_cast<void>(parameters.release());
    QIANLI_TRY(check(object.dataSet().insertSequenceItem(DCM_DigitalSignaturesSequence, signatureItem.get()),
                     "Digital Signatures Sequence"));
    static_cast<void>(signatureItem.release());
    return {};
}

Result<CheckedSignature> checkSignature(SignedObject& object)
{
    QIANLI_ASSIGN(DcmItem * signatureItem,
                  onlyItem(object, DCM_DigitalSignaturesSequence, "Digital Signatures Sequence"));
    QIANLI_ASSIGN(DcmItem * parameters, onlyItem(object, DCM_MACParametersSequence, "MAC Parameters Sequence"));
    QIANLI_TRY(
        checkElements(*signatureItem,
                      {DCM_MACIDNumber, DCM_DigitalSignatureUID, DCM_DigitalSignatureDateTime, DCM_CertificateType,
                       DCM_CertificateOfSigner, DCM_Signature, DCM_DigitalSignaturePurposeCodeSequence},
                      "Digital Signatures Sequence"));
    QIANLI_TRY(checkMacParameters(object, *parameters));
    CheckedSignature result;
    QIANLI_ASSIGN(result.certificate, signerCertificate(*signatureItem));
    OFString time;
    signatureItem->findAndGetOFString(DCM_DigitalSignatureDateTime, time);
    QIANLI_ASSIGN(result.signedAt, parseSignatureDateTime(text::trim(std::string_view(time.c_str(), time.length()))));

    DcmSignature verifier;
    verifier.attach(&object.dataSet());
    bool const selected = verifier.selectSignature(0).good();
    auto const profile = profileFor(object);
    if (!selected || verifier.verifySignatureProfile(*profile).bad())
        return fail(ErrorCode::Refused, "the signature doesn't fulfil the signature profile of this kind of object");
    OFCondition const verified = verifier.verifyCurrent();
    ERR_clear_error();
    // The times are checked against the certificate with the offset, elsewhere: DCMTK ignores it.
    if (verified.bad() && verified != SI_EC_VerificationFailed_CertExpiredAtSignature &&
        verified != SI_EC_VerificationFailed_CertNotYetValidAtSig)
        return fail(ErrorCode::Refused, fmt::format("the signature doesn't fit the object: {}", verified.text()));
    return result;
}

} // namespace qianli::crypto
