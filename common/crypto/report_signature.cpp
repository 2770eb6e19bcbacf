#include "common/crypto/report_signature.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/crypto/certificate_trust.h"
#include "common/crypto/dicom_signature.h"
#include "common/crypto/pdf_page_text.h"
#include "common/crypto/signed_object.h"
#include "common/dicom/sop_class.h"

#include <exception>
#include <fmt/format.h>

namespace qianli::crypto {

namespace {

// All that a stranger can check without knowing whom to trust.
Result<CheckedSignature> checkIntegrity(SignedObject& object)
{
    QIANLI_TRY(object.checkMeta());
    QIANLI_TRY(object.checkSignable());
    QIANLI_ASSIGN(CheckedSignature signature, checkSignature(object));
    QIANLI_TRY(object.checkEncoding());
    return signature;
}

Result<DcmItem*> onlyItem(DcmItem& parent, DcmTagKey const& tag, std::string_view what)
{
    DcmSequenceOfItems* sequence = nullptr;
    if (parent.findAndGetSequence(tag, sequence).bad() || sequence == nullptr || sequence->card() != 1)
        return fail(ErrorCode::Refused, fmt::format("the object has no {} of one item", what));
    return sequence->getItem(0);
}

std::string textIn(DcmItem& item, DcmTagKey const& tag)
{
    OFString value;
    if (item.findAndGetOFStringArray(tag, value).bad())
        return {};
    return std::string(text::trim(std::string_view(value.c_str(), value.length())));
}

Result<std::string_view> encapsulatedDocument(SignedObject& object)
{
    DcmElement* element = nullptr;
    Uint8* bytes = nullptr;
    if (object.dataSet().findAndGetElement(DCM_EncapsulatedDocument, element).bad() ||
        element->getUint8Array(bytes).bad() || bytes == nullptr)
        return fail(ErrorCode::Refused, "the object holds no document");
    return std::string_view(reinterpret_cast<char const*>(bytes), element->getLength());
}

// The SR that a PDF object says it was made from, and says so on each of its pages.
Result<std::string> reportOfPdf(SignedObject& object)
{
    QIANLI_ASSIGN(DcmItem * source,
                  onlyItem(object.dataSet(), DCM_SourceInstanceSequence, "Source Instance Sequence (0042,0013)"));
    std::string uid = textIn(*source, DCM_ReferencedSOPInstanceUID);
    if (uid.empty() || textIn(*source, DCM_ReferencedSOPClassUID) != dicom::sop::basicTextSr)
        return fail(ErrorCode::Refused, "the PDF doesn't name the structured report it belongs to in (0042,0013)");
    QIANLI_ASSIGN(std::string_view const pdf, encapsulatedDocument(object));
    auto pages = pdfPageTexts(pdf);
    if (!pages)
        return tl::unexpected(std::move(pages).error().at("reading the PDF's pages"));
    for (std::size_t i = 0; i < pages->size(); ++i) {
        if (!holdsUid((*pages)[i], uid))
            return fail(
                ErrorCode::Refused,
                fmt::format("page {} of the PDF doesn't bear the UID of its structured report, {}", i + 1, uid));
    }
    return uid;
}

std::string siteOf(SignedObject& object)
{
    DcmItem* issuer = nullptr;
    if (object.dataSet().findAndGetSequenceItem(DCM_IssuerOfAccessionNumberSequence, issuer).bad() || issuer == nullptr)
        return {};
    return textIn(*issuer, DCM_LocalNamespaceEntityID);
}

Result<Verification> verifyParsed(SignedObject& object, Trust const& trust, TimePoint now)
{
    QIANLI_ASSIGN(CheckedSignature const signature, checkIntegrity(object));
    QIANLI_ASSIGN(TrustedSigner const trusted, checkSigner(*signature.certificate, signature.signedAt, trust, now));
    X509_NAME const& subject = *X509_get_subject_name(signature.certificate.get());
    Verification result;
    result.sopInstanceUid = object.text(DCM_SOPInstanceUID);
    result.sopClassUid = object.text(DCM_SOPClassUID);
    result.studyUid = object.text(DCM_StudyInstanceUID);
    result.patientName = object.text(DCM_PatientName);
    result.patientId = object.text(DCM_PatientID);
    result.site = siteOf(object);
    result.signer = nameText(subject);
    result.signerName = nameEntry(subject, NID_commonName);
    result.signerLogin = nameEntry(subject, NID_userId);
    result.signedAt = signature.signedAt;
    result.certificateExpiredSince = trusted.expiredSince;
    result.certificateRevokedSince = trusted.revokedSince;
    if (result.sopClassUid == dicom::sop::encapsulatedPdf) {
        QIANLI_ASSIGN(result.belongsToSr, reportOfPdf(object));
    }
    return result;
}

Result<void> checkBelongs(Verification const& pdf, std::vector<Verification> const& all)
{
    bool anyReport = false;
    for (Verification const& other : all) {
        if (other.sopClassUid != dicom::sop::basicTextSr)
            continue;
        anyReport = true;
        if (pdf.belongsToSr != other.sopInstanceUid)
            continue;
        if (pdf.studyUid != other.studyUid || pdf.patientId != other.patientId || pdf.patientName != other.patientName)
            return fail(ErrorCode::Refused, "the PDF is of another study or patient than its structured report");
        return {};
    }
    if (anyReport)
        return fail(ErrorCode::Refused,
                    fmt::format("the PDF belongs to another version of the report: {}", *pdf.belongsToSr));
    return {};
}

} // namespace

Result<void> signReportFile(std::filesystem::path const& file, SigningKey const& key, TimePoint now)
{
    try {
        if (now < key.notBefore() || now > key.notAfter())
            return fail(ErrorCode::Refused,
                        fmt::format("the certificate of {} is not valid now", key.subjectCommonName()));
        QIANLI_ASSIGN(std::string const unsignedBytes, readFile(file, largestReportFile));
        QIANLI_ASSIGN(SignedObject object, SignedObject::parse(unsignedBytes));
        if (object.dataSet().tagExists(DCM_DigitalSignaturesSequence) ||
            object.dataSet().tagExists(DCM_MACParametersSequence))
            return fail(ErrorCode::Refused, "the object is signed already");
        QIANLI_TRY(object.checkSignable());
        QIANLI_TRY(addSignature(object, key.handles(), now));
        QIANLI_ASSIGN(std::string const bytes, object.encode());
        // What a stranger will check is checked before the file is there.
        QIANLI_ASSIGN(SignedObject again, SignedObject::parse(bytes));
        if (auto checked = checkIntegrity(again); !checked)
            return fail(ErrorCode::Internal, "the signature just made doesn't verify: " + checked.error().message);
        return writeFileDurably(file, bytes);
    } catch (std::exception const& exception) {
        return fail(ErrorCode::Internal, fmt::format("signing {}: {}", file.filename().string(), exception.what()));
    }
}

Result<Verification> verifyReport(std::string_view file, Trust const& trust, TimePoint now)
{
    try {
        QIANLI_ASSIGN(SignedObject object, SignedObject::parse(file));
        return verifyParsed(object, trust, now);
    } catch (std::exception const& exception) {
        return fail(ErrorCode::Internal, fmt::format("verifying: {}", exception.what()));
    }
}

Result<Verification> verifyReportFile(std::filesystem::path const& file, Trust const& trust, TimePoint now)
{
    QIANLI_ASSIGN(std::string const bytes, readFile(file, largestReportFile));
    return verifyReport(bytes, trust, now);
}

Result<std::vector<Verification>> verifyReportFiles(std::vector<std::filesystem::path> const& files, Trust const& trust,
                                                    TimePoint now)
{
    std::vector<Verification> all;
    for (std::filesystem::path const& file : files) {
        auto verified = verifyReportFile(file, trust, now);
        if (!verified)
            return tl::unexpected(std::move(verified).error().at(file.string()));
        all.push_back(*std::move(verified));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!all[i].belongsToSr)
            continue;
        if (auto done = checkBelongs(all[i], all); !done)
            return tl::unexpected(std::move(done).error().at(files[i].string()));
    }
    return all;
}

} // namespace qianli::crypto
