// Reports as the viewer signs them, in each encoding, and what becomes of them on the way: parts missing, other
// syntaxes, no signature, twice the same.
#include "common/base/file.h"
#include "common/crypto/certificate_authority.h"
#include "common/crypto/report_signature.h"
#include "common/crypto/signed_object.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/targets.h"

#include <array>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>

namespace qianli::fuzz {
namespace {

constexpr char pin[] = "246810";
constexpr std::uint64_t largest = 1 << 20;

void put(DcmItem& item, DcmTagKey const& tag, char const* value)
{
    expect(item.putAndInsertString(tag, value).good(), "DCMTK takes a text");
}

DcmItem& itemOf(DcmItem& item, DcmTagKey const& sequence, int number = 0)
{
    DcmItem* made = nullptr;
    expect(item.findOrCreateSequenceItem(sequence, made, number).good() && made != nullptr, "DCMTK makes an item");
    return *made;
}

void code(DcmItem& item, DcmTagKey const& sequence, char const* value, char const* scheme, char const* meaning)
{
    auto& made = itemOf(item, sequence);
    put(made, DCM_CodeValue, value);
    put(made, DCM_CodingSchemeDesignator, scheme);
    put(made, DCM_CodeMeaning, meaning);
}

void addText(DcmItem& root, int number, char const* concept_, char const* meaning, std::string const& text)
{
    auto& item = itemOf(root, DCM_ContentSequence, number);
    put(item, DCM_RelationshipType, "CONTAINS");
    put(item, DCM_ValueType, "TEXT");
    code(item, DCM_ConceptNameCodeSequence, concept_, "DCM", meaning);
    put(item, DCM_TextValue, text.c_str());
}

// A verified Basic Text SR, with a tree and all that the profile of its signature asks for.
void fillReport(DcmDataset& report, int number)
{
    put(report, DCM_SpecificCharacterSet, "ISO_IR 192");
    put(report, DCM_SOPClassUID, dicom::sop::basicTextSr);
    put(report, DCM_SOPInstanceUID, fmt::format("2.25.77.{}", number).c_str());
    put(report, DCM_StudyDate, "20260415");
    put(report, DCM_ContentDate, "20260415");
    put(report, DCM_StudyTime, "131422");
    put(report, DCM_ContentTime, "140509");
    put(report, DCM_AccessionNumber, "A2604150031");
    put(report, DCM_Modality, "SR");
    put(report, DCM_Manufacturer, "Qianli");
    put(report, DCM_ReferringPhysicianName, "李^医生");
    put(report, DCM_PatientName, "Ouyang^Qing=欧阳^清");
    put(report, DCM_PatientID, "PZ20260415007");
    put(report, DCM_PatientBirthDate, "19610307");
    put(report, DCM_PatientSex, "F");
    put(report, DCM_StudyInstanceUID, "2.25.77");
    put(report, DCM_SeriesInstanceUID, "2.25.77.1");
    put(report, DCM_StudyID, "CT0031");
    put(report, DCM_SeriesNumber, "99");
    put(report, DCM_InstanceNumber, std::to_string(number).c_str());
    put(report, DCM_ValueType, "CONTAINER");
    put(report, DCM_ContinuityOfContent, "SEPARATE");
    put(report, DCM_CompletionFlag, "COMPLETE");
    put(report, DCM_VerificationFlag, "VERIFIED");
    code(report, DCM_ConceptNameCodeSequence, "18748-4", "LN", "Diagnostic Imaging Report");
    auto& observer = itemOf(report, DCM_VerifyingObserverSequence);
    put(observer, DCM_VerifyingOrganization, "云阳县人民医院");
    put(observer, DCM_VerificationDateTime, "20260415140509");
    put(observer, DCM_VerifyingObserverName, "王^敏");
    code(observer, DCM_VerifyingObserverIdentificationCodeSequence, "wangmin", "99QIANLI", "wangmin");
    auto& evidence = itemOf(report, DCM_CurrentRequestedProcedureEvidenceSequence);
    put(evidence, DCM_StudyInstanceUID, "2.25.77");
    auto& series = itemOf(evidence, DCM_ReferencedSeriesSequence);
    put(series, DCM_SeriesInstanceUID, "2.25.77.2");
    auto& image = itemOf(series, DCM_ReferencedSOPSequence);
    put(image, DCM_ReferencedSOPClassUID, "1.2.840.10008.5.1.4.1.1.2");
    put(image, DCM_ReferencedSOPInstanceUID, "2.25.77.2.1");
    put(itemOf(report, DCM_IssuerOfAccessionNumberSequence), DCM_LocalNamespaceEntityID, "puzi");
    itemOf(report, DCM_PerformedProcedureCodeSequence);
    addText(report, 0, "121071", "Finding", "双肺纹理清晰。\n未见实变影。");
    addText(report, 1, "121077", "Conclusion", std::string(static_cast<std::size_t>(number) * 40 + 10, 'x'));
}

std::string fileOf(std::string const& dataSet, char const* syntax, std::string const& instance)
{
    dicom::FileMeta meta;
    meta.sopClassUid = dicom::Uid::ofKnown(dicom::sop::basicTextSr);
    meta.sopInstanceUid = dicom::Uid::ofKnown(instance);
    meta.transferSyntaxUid = dicom::Uid::ofKnown(syntax);
    return dicom::encodeFileMeta(meta) + dataSet;
}

std::string unsignedReport(int number)
{
    DcmDataset report;
    fillReport(report, number);
    return fileOf(need(crypto::encodeDataSet(report, EXS_LittleEndianExplicit, EET_ExplicitLength)),
                  dicom::transfer::explicitLittle, fmt::format("2.25.77.{}", number));
}

struct Encoding {
    E_TransferSyntax syntax;
    char const* uid;
};
constexpr std::array<Encoding, 3> encodings{{{EXS_LittleEndianExplicit, dicom::transfer::explicitLittle},
                                             {EXS_LittleEndianImplicit, dicom::transfer::implicitLittle},
                                             {EXS_BigEndianExplicit, dicom::transfer::explicitBig}}};

void keepEncodings(std::filesystem::path const& folder, std::string const& file, int number)
{
    int way = 0;
    for (auto const& encoding : encodings) {
        for (auto const lengths : {EET_ExplicitLength, EET_UndefinedLength}) {
            auto object = need(crypto::SignedObject::parse(file));
            auto const bytes = need(crypto::encodeDataSet(object.dataSet(), encoding.syntax, lengths));
            need(writeFileDurably(folder / "signed" / fmt::format("{}-{}", number, way++), bytes));
        }
    }
}

} // namespace

void prepareReports(std::filesystem::path const& folder)
{
    std::filesystem::create_directories(folder / "signed");
    auto const now = need(parseIso8601("2026-04-15T06:05:09Z"));
    ManualClock const clock(now);
    auto authority = need(crypto::CertificateAuthority::open(folder / "authority", clock));
    auto const request = need(crypto::makeKeyRequest("wangmin", pin));
    auto const certificate = need(authority.issue(request.requestPem, "wangmin", "王敏"));
    auto const box = need(crypto::makePkcs12(request, certificate, authority.certificatePem(), pin));
    auto const key = need(crypto::SigningKey::fromPkcs12(box, pin));
    need(writeFileDurably(folder / "authority.pem", authority.certificatePem()));
    need(writeFileDurably(folder / "revoked.pem", need(authority.revocationListPem())));
    for (int number = 1; number <= 4; ++number) {
        auto const file = folder / fmt::format("report-{}.dcm", number);
        need(writeFileDurably(file, unsignedReport(number)));
        need(crypto::signReportFile(file, key, now));
        keepEncodings(folder, need(readFile(file, largest)), number);
    }
}

Corpus signedReportCorpus()
{
    Corpus corpus;
    for (int number = 1; number <= 4; ++number) {
        auto const instance = fmt::format("2.25.77.{}", number);
        corpus.push_back(unsignedReport(number));
        std::string whole;
        for (int way = 0; way < 6; ++way) {
            auto const bytes = need(readFile(reportsFolder() / "signed" / fmt::format("{}-{}", number, way), largest));
            whole = fileOf(bytes, encodings[static_cast<std::size_t>(way) / 2].uid, instance);
            corpus.push_back(whole);
        }
        // Cut off, without its signature's end, with something behind it, under another name.
        for (std::size_t const part : {3u, 5u, 7u})
            corpus.push_back(whole.substr(0, whole.size() * part / 8));
        corpus.push_back(whole + std::string(4, '\0'));
        corpus.push_back(fileOf(whole.substr(whole.size() - whole.size() / 2), dicom::transfer::explicitBig, "2.25.1"));
        corpus.push_back(whole + whole);
    }
    return corpus;
}

} // namespace qianli::fuzz
