// "report verify" on everything that must make it fail, and on the little that must not.
#include "tests/report/sample_report.h"

#include "common/crypto/dicom_signature.h"
#include "viewer/report/encapsulated_pdf.h"
#include "viewer/report/report_files.h"
#include "viewer/report/structured_report.h"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>

using namespace qianli;
using crypto::Trust;
using crypto::verifyReport;

namespace {

std::string messageOf(Result<crypto::Verification> const& result)
{
    return result ? "verified" : result.error().message;
}

std::string verify(std::string const& file, Trust const& trust)
{
    return messageOf(verifyReport(file, trust, test::sampleTime()));
}

// The file as somebody else's program would write it after a change.
template <typename Change>
std::string edited(std::string const& file, Change change)
{
    test::TemporaryFolder const folder;
    test::writeAll(folder / "a.dcm", file);
    DcmFileFormat format;
    REQUIRE(format.loadFile((folder / "a.dcm").c_str()).good());
    change(*format.getDataset());
    REQUIRE(format.saveFile((folder / "b.dcm").c_str(), EXS_LittleEndianExplicit, EET_ExplicitLength, EGL_withoutGL)
                .good());
    return test::readAll(folder / "b.dcm");
}

DcmItem& itemOf(DcmItem& parent, DcmTagKey const& sequence, long index = 0)
{
    DcmItem* item = nullptr;
    REQUIRE(parent.findAndGetSequenceItem(sequence, item, index).good());
    return *item;
}

// Signed whatever the certificate says about the time: what an attacker, or another program, can always do.
std::string signedAt(TimePoint time, crypto::SigningKey const& key)
{
    test::TemporaryFolder const folder;
    REQUIRE(viewer::writeStructuredReport(test::sampleReport(), folder / "sr.dcm"));
    std::string const bytes = test::readAll(folder / "sr.dcm");
    auto object = crypto::SignedObject::parse(bytes);
    REQUIRE(object);
    REQUIRE(crypto::addSignature(*object, key.handles(), time));
    auto const encoded = object->encode();
    REQUIRE(encoded);
    return *encoded;
}

using Catch::Contains;

} // namespace

SCENARIO("a stranger verifies a signed report with standard tools", "[report][signature]")
{
    test::TemporaryFolder const folder;
    std::string const authority = test::signers().authorityFile();
    test::writeAll(folder / "sr.dcm", test::signedStructuredReport(test::sampleReport()));
    test::writeAll(folder / "pdf.dcm", test::signedPdfObject(test::sampleReport()));

    THEN("dcmsign accepts the SR under the SR RSA profile, and the PDF object")
    {
        auto const report =
            test::run({"dcmsign", "--verify", "--require-sr", "--add-cert-file", authority, folder / "sr.dcm"});
        INFO(report.output << report.errors);
        CHECK(report.exitCode == 0);
        CHECK_THAT(report.errors + report.output, Contains("Signature Verification : OK"));
        auto const pdf =
            test::run({"dcmsign", "--verify", "--require-sig", "--add-cert-file", authority, folder / "pdf.dcm"});
        INFO(pdf.output << pdf.errors);
        CHECK(pdf.exitCode == 0);
    }
    THEN("the signature is RSA 3072 with SHA-256 over every data element, by a certificate five minutes older")
    {
        auto const dump = test::run({"dcmdump", "-q", folder / "sr.dcm"}).output;
        CHECK_THAT(dump, Contains("CS [SHA256]"));
        CHECK_THAT(dump, Contains("(4ffe,0001)") && Contains("(0400,0120)"));
        CHECK(test::signers().key.notBefore() + std::chrono::minutes(5) <= test::sampleTime());
        auto const certificate =
            test::run({"openssl", "x509", "-noout", "-text"}, test::signers().key.certificatePem()).output;
        CHECK_THAT(certificate, Contains("(3072 bit)") && Contains("sha256WithRSAEncryption") &&
                                    Contains("Digital Signature, Non Repudiation"));
        CHECK_THAT(certificate, Contains("Not Before: Apr 15 06:00:09 2026 GMT"));
    }
    THEN("our own check says who signed and when")
    {
        auto const verified =
            verifyReport(test::readAll(folder / "sr.dcm"), test::signers().trust(), test::sampleTime());
        INFO(messageOf(verified));
        REQUIRE(verified);
        CHECK(verified->signerName == "王敏");
        CHECK(verified->signerLogin == "wangmin");
        CHECK(verified->signer == "CN=王敏,UID=wangmin");
        CHECK(verified->signedAt == std::chrono::floor<std::chrono::seconds>(test::sampleTime()));
        CHECK(verified->studyUid == test::sampleReport().subject.studyUid);
        CHECK(verified->patientName == "Ouyang^Qing=欧阳^清");
        CHECK(verified->patientId == "PZ20260415007");
        CHECK(verified->site == "puzi");
        CHECK_FALSE(verified->certificateExpiredSince);
        CHECK_FALSE(verified->belongsToSr);
    }
    THEN("a copy written in another uncompressed encoding verifies as well")
    {
        auto const encoding = GENERATE(as<std::string>(), "+ti", "+te", "+tb");
        auto const lengths = GENERATE(as<std::string>(), "+e", "-e");
        auto const converted = test::run({"dcmconv", encoding, lengths, folder / "sr.dcm", folder / "copy.dcm"});
        REQUIRE(converted.exitCode == 0);
        CHECK(verify(test::readAll(folder / "copy.dcm"), test::signers().trust()) == "verified");
    }
}

SCENARIO("a report that is not signed, or not by one of ours, is refused", "[report][signature]")
{
    std::string const file = test::signedStructuredReport(test::sampleReport());
    Trust const trust = test::signers().trust();
    REQUIRE(verify(file, trust) == "verified");

    THEN("stripped of its signatures")
    {
        std::string const stripped = edited(file, [](DcmDataset& dataSet) {
            dataSet.findAndDeleteElement(DCM_DigitalSignaturesSequence);
            dataSet.findAndDeleteElement(DCM_MACParametersSequence);
        });
        CHECK_THAT(verify(stripped, trust), Contains("not signed"));
    }
    THEN("signed by a stranger's authority, or checked with no authority at all")
    {
        test::TemporaryFolder const folder;
        auto other = crypto::CertificateAuthority::open(folder / "ca", test::signers().clock);
        REQUIRE(other);
        CHECK_THAT(verify(file, {{other->certificatePem()}, {}}), Contains("not trusted"));
        CHECK_THAT(verify(file, {}), Contains("no authority is trusted"));
    }
    THEN("signed before the certificate was valid, or after")
    {
        auto const& key = test::signers().key;
        CHECK(verify(signedAt(test::sampleTime(), key), trust) == "verified");
        CHECK_THAT(verify(signedAt(key.notBefore() - std::chrono::seconds(1), key), trust),
                   Contains("not valid at the signing time"));
        CHECK_THAT(verify(signedAt(key.notAfter() + std::chrono::hours(1), key), trust),
                   Contains("not valid at the signing time"));
    }
    THEN("signed with the authority's own key, which is there for certificates")
    {
        auto const keys = test::signers().folder / "ca";
        auto const made = test::run({"openssl", "pkcs12", "-export", "-inkey", keys / "ca.key", "-in", keys / "ca.crt",
                                     "-passout", std::string("pass:") + test::pin});
        REQUIRE(made.exitCode == 0);
        auto const key = crypto::SigningKey::fromPkcs12(made.output, test::pin);
        REQUIRE(key);
        CHECK_THAT(verify(signedAt(test::sampleTime(), *key), test::signers().trust()), Contains("not for signatures"));
    }
    THEN("with a second signature beside the first")
    {
        auto const doubled = edited(file, [](DcmDataset& dataSet) {
            auto copy = std::make_unique<DcmItem>(itemOf(dataSet, DCM_DigitalSignaturesSequence));
            REQUIRE(dataSet.insertSequenceItem(DCM_DigitalSignaturesSequence, copy.release()).good());
        });
        CHECK_THAT(verify(doubled, test::signers().trust()), Contains("one signature"));
    }
    THEN("signed in an item only, not as a whole")
    {
        auto const nested = edited(file, [](DcmDataset& dataSet) {
            DcmItem& inside = itemOf(dataSet, DCM_VerifyingObserverSequence);
            for (DcmTagKey const& tag : {DCM_MACParametersSequence, DCM_DigitalSignaturesSequence})
                REQUIRE(inside.insert(dataSet.remove(tag)).good());
        });
        CHECK(verify(nested, test::signers().trust()) != "verified");
    }
    THEN("with a signature that names other MAC parameters")
    {
        auto const renamed = edited(file, [](DcmDataset& dataSet) {
            REQUIRE(itemOf(dataSet, DCM_MACParametersSequence).putAndInsertUint16(DCM_MACIDNumber, 1).good());
        });
        CHECK(verify(renamed, test::signers().trust()) != "verified");
    }
    THEN("with more in the group of the signatures")
    {
        std::string const more("\xFA\xFF\x10\0LO\x04\0evil", 12);
        auto const at = file.rfind(std::string("\xFA\xFF\xFA\xFF", 4));
        REQUIRE(at != std::string::npos);
        CHECK_THAT(verify(file.substr(0, at) + more + file.substr(at), test::signers().trust()),
                   Contains("can't be signed"));
    }
    THEN("we ourselves don't sign outside the certificate's validity")
    {
        test::TemporaryFolder const folder;
        REQUIRE(viewer::writeStructuredReport(test::sampleReport(), folder / "sr.dcm"));
        auto const early =
            crypto::signReportFile(folder / "sr.dcm", test::signers().key, test::sampleTime() - std::chrono::hours(1));
        REQUIRE_FALSE(early);
        CHECK(early.error().code == ErrorCode::Refused);
    }
    THEN("signed twice")
    {
        test::TemporaryFolder const folder;
        test::writeAll(folder / "sr.dcm", file);
        CHECK_FALSE(crypto::signReportFile(folder / "sr.dcm", test::signers().key, test::sampleTime()));
    }
}

SCENARIO("a report outlives its signer's certificate", "[report][signature]")
{
    std::string const file = test::signedStructuredReport(test::sampleReport());
    auto const years = [](int count) { return std::chrono::hours(24 * 365 * count); };

    THEN("long after the certificate has expired it verifies and says so")
    {
        auto const verified = verifyReport(file, test::signers().trust(), test::sampleTime() + years(10));
        INFO(messageOf(verified));
        REQUIRE(verified);
        CHECK(verified->certificateExpiredSince);
    }

    GIVEN("a signer of their own authority, so that revoking them harms no other test")
    {
        test::Signers own;
        test::TemporaryFolder const folder;
        REQUIRE(viewer::writeStructuredReport(test::sampleReport(), folder / "sr.dcm"));
        REQUIRE(crypto::signReportFile(folder / "sr.dcm", own.key, test::sampleTime()));
        std::string const before = test::readAll(folder / "sr.dcm");
        WHEN("they are revoked an hour later")
        {
            own.clock.advance(std::chrono::hours(1));
            REQUIRE(own.authority.revokeAll("wangmin"));
            THEN("what they signed before still verifies and says so; what they sign afterwards is refused")
            {
                auto const verified = verifyReport(before, own.trust(), test::sampleTime() + std::chrono::hours(2));
                INFO(messageOf(verified));
                REQUIRE(verified);
                CHECK(verified->certificateRevokedSince);
                std::string const after = signedAt(test::sampleTime() + std::chrono::minutes(61), own.key);
                CHECK_THAT(verify(after, own.trust()), Contains("was revoked"));
                CHECK(verify(after, {{own.authority.certificatePem()}, {}}) ==
                      "verified"); // it is the list that says it
            }
        }
        WHEN("the revocation list is somebody else's")
        {
            auto const list = test::signers().authority.revocationListPem();
            REQUIRE(list);
            THEN("it is not believed")
            {
                CHECK_THAT(verify(before, {{own.authority.certificatePem()}, {*list}}), Contains("signed by none"));
            }
        }
    }
}

SCENARIO("an element that is present but not signed is found wherever it is", "[report][signature]")
{
    std::string const file = test::signedStructuredReport(test::sampleReport());
    Trust const trust = test::signers().trust();
    // A copy that nobody changed, written by the same hand, verifies: what fails below fails by the change.
    REQUIRE(verify(edited(file, [](DcmDataset&) {}), trust) == "verified");

    THEN("in the main data set")
    {
        std::string const added =
            edited(file, [](DcmDataset& dataSet) { dataSet.putAndInsertString(DCM_PatientComments, "added"); });
        CHECK_THAT(verify(added, trust), Contains("(0010,4000) is present but not signed"));
        test::TemporaryFolder const folder;
        test::writeAll(folder / "added.dcm", added);
        // Why we ask ourselves: the standard tool accepts it.
        CHECK(test::run({"dcmsign", "--verify", "--require-sr", "--add-cert-file", test::signers().authorityFile(),
                         folder / "added.dcm"})
                  .exitCode == 0);
    }
    THEN("in a sequence")
    {
        std::string const added = edited(file, [](DcmDataset& dataSet) {
            itemOf(dataSet, DCM_VerifyingObserverSequence).putAndInsertString(DCM_InstitutionName, "added");
        });
        CHECK_THAT(verify(added, trust), Contains("doesn't fit"));
    }
    THEN("of a kind that can't be signed, deep inside")
    {
        std::string const added = edited(file, [](DcmDataset& dataSet) {
            auto element = std::make_unique<DcmOtherByteOtherWord>(DcmTag(0x0009, 0x1001, EVR_UN));
            REQUIRE(element->putUint8Array(reinterpret_cast<Uint8 const*>("evil"), 4).good());
            REQUIRE(itemOf(dataSet, DCM_ContentSequence, 5).insert(element.release()).good());
        });
        CHECK_THAT(verify(added, trust), Contains("can't be signed"));
    }
    THEN("beside the signature itself")
    {
        std::string const inSignature = edited(file, [](DcmDataset& dataSet) {
            itemOf(dataSet, DCM_DigitalSignaturesSequence).putAndInsertString(DCM_CertifiedTimestampType, "CMS_TS");
        });
        CHECK_THAT(verify(inSignature, trust), Contains("not signed"));
        std::string const inParameters = edited(file, [](DcmDataset& dataSet) {
            itemOf(dataSet, DCM_MACParametersSequence).putAndInsertString(DCM_PatientComments, "added");
        });
        CHECK_THAT(verify(inParameters, trust), Contains("not signed"));
    }
    THEN("behind the data set, as padding, or as a group length")
    {
        CHECK(verify(file + std::string("\xFC\xFF\xFC\xFFOB\0\0\x04\0\0\0evil", 16), trust) != "verified");
        CHECK(verify(file + std::string(8, '\0'), trust) != "verified");
        std::string const grouped =
            edited(file, [](DcmDataset& dataSet) { dataSet.putAndInsertUint32(DcmTag(0x0008, 0x0000, EVR_UL), 1); });
        (void)grouped; // saveFile removes group lengths: the change is made below by hand
        std::string const offset = file.substr(0, file.find(std::string("\x08\0\x05\0", 4)));
        std::string const length("\x08\0\0\0UL\x04\0\0\0\0\0", 12);
        CHECK_THAT(verify(offset + length + file.substr(offset.size()), trust), Contains("can't be signed"));
    }
    THEN("a removed one is missed too")
    {
        std::string const removed =
            edited(file, [](DcmDataset& dataSet) { dataSet.findAndDeleteElement(DCM_StudyDescription); });
        CHECK_THAT(verify(removed, trust), Contains("is missing"));
    }
}

SCENARIO("what no signature covers is checked against what it covers", "[report][signature]")
{
    std::string const file = test::signedStructuredReport(test::sampleReport());
    Trust const trust = test::signers().trust();
    THEN("the preamble is empty")
    {
        std::string changed = file;
        changed[0] = 'M';
        CHECK_THAT(verify(changed, trust), Contains("preamble"));
    }
    THEN("the meta header names the object")
    {
        std::string changed = file;
        std::size_t const uid = file.find(test::sampleReport().srUid);
        REQUIRE(uid < file.find(std::string("\x08\0\x05\0", 4)));
        changed[uid + 10] = changed[uid + 10] == '1' ? '2' : '1';
        CHECK_THAT(verify(changed, trust), Contains("meta header"));
    }
    THEN("the meta header leads every reader to the same data set")
    {
        std::string changed = file;
        changed[140] = static_cast<char>(changed[140] + 2); // the group length's value
        CHECK_THAT(verify(changed, trust), Contains("group length"));
        std::size_t const end = file.find(std::string("\x08\0\x05\0", 4));
        std::string const syntax("\x02\0\x10\0UI\x14\0"
                                 "1.2.840.10008.1.2.1\0",
                                 28);
        changed = file.substr(0, end) + syntax + file.substr(end);
        CHECK_THAT(verify(changed, trust), Contains("out of order"));
    }
    THEN("bytes that are no DICOM, cut off, or nested without end are refused before a parser dies of them")
    {
        CHECK(verify("", trust) != "verified");
        CHECK(verify(file.substr(0, 140), trust) != "verified");
        CHECK(verify(file.substr(0, file.size() - 1), trust) != "verified");
        std::string deep = file;
        for (int i = 0; i < 100'000; ++i)
            deep += std::string("\x40\0\x30\xA7SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF", 20);
        CHECK(verify(deep, trust) != "verified");
    }
}

SCENARIO("a PDF belongs to one version of one report", "[report][signature]")
{
    test::TemporaryFolder const folder;
    Trust const trust = test::signers().trust();
    model::Report const report = test::sampleReport();
    model::Report amended = report;
    viewer::fixReportUids(amended);
    amended.srUid = "2.25.7";
    test::writeAll(folder / "sr.dcm", test::signedStructuredReport(report));
    test::writeAll(folder / "pdf.dcm", test::signedPdfObject(report));
    test::writeAll(folder / "sr2.dcm", test::signedStructuredReport(amended));
    auto const together = [&](std::string const& sr, std::string const& pdf) {
        auto const verified = crypto::verifyReportFiles({folder / sr, folder / pdf}, trust, test::sampleTime());
        return verified ? std::string("verified") : verified.error().message;
    };

    THEN("the two of one version verify, and the PDF names its SR")
    {
        CHECK(together("sr.dcm", "pdf.dcm") == "verified");
        CHECK(together("pdf.dcm", "sr.dcm") == "verified");
        auto const pdf = crypto::verifyReportFile(folder / "pdf.dcm", trust, test::sampleTime());
        REQUIRE(pdf);
        CHECK(pdf->belongsToSr == report.srUid);
    }
    THEN("the old PDF does not go with the amended SR")
    {
        CHECK_THAT(together("sr2.dcm", "pdf.dcm"), Contains("another version"));
    }
    THEN("old pages under the amended report's reference are refused, though the signature is right")
    {
        REQUIRE(viewer::writeReportPdf(report, {}, folder / "old.pdf"));
        REQUIRE(viewer::writeEncapsulatedPdf(amended, folder / "old.pdf", folder / "mixed.dcm"));
        REQUIRE(crypto::signReportFile(folder / "mixed.dcm", test::signers().key, report.signedAt));
        CHECK_THAT(together("sr2.dcm", "mixed.dcm"), Contains("page 1 of the PDF doesn't bear the UID"));
    }
    THEN("a PDF of another patient or study is refused, whatever it names")
    {
        model::Report other = report;
        other.subject.patientId = "PZ20260415008";
        test::writeAll(folder / "other.dcm", test::signedPdfObject(other));
        CHECK_THAT(together("sr.dcm", "other.dcm"), Contains("another study or patient"));
        other = report;
        other.subject.studyUid += ".9";
        test::writeAll(folder / "study.dcm", test::signedPdfObject(other));
        CHECK_THAT(together("sr.dcm", "study.dcm"), Contains("another study or patient"));
    }
    THEN("a PDF without its own signature is refused")
    {
        test::writeAll(folder / "stripped.dcm", edited(test::readAll(folder / "pdf.dcm"), [](DcmDataset& dataSet) {
                           dataSet.findAndDeleteElement(DCM_DigitalSignaturesSequence);
                           dataSet.findAndDeleteElement(DCM_MACParametersSequence);
                       }));
        CHECK_THAT(together("sr.dcm", "stripped.dcm"), Contains("not signed"));
    }
    THEN("a signed PDF that names no SR is refused")
    {
        std::string const nameless = edited(test::readAll(folder / "pdf.dcm"), [](DcmDataset& dataSet) {
            for (DcmTagKey const& tag :
                 {DCM_DigitalSignaturesSequence, DCM_MACParametersSequence, DCM_SourceInstanceSequence})
                dataSet.findAndDeleteElement(tag);
        });
        test::writeAll(folder / "nameless.dcm", nameless);
        REQUIRE(crypto::signReportFile(folder / "nameless.dcm", test::signers().key, report.signedAt));
        CHECK_THAT(together("sr.dcm", "nameless.dcm"), Contains("(0042,0013)"));
    }
}

SCENARIO("the private key is never in a file in the clear", "[report][signature]")
{
    auto& signers = test::signers();
    test::TemporaryFolder const folder;
    auto const files = viewer::writeReportFiles(test::sampleReport(), test::sampleKeyImages(1), signers.key,
                                                test::sampleTime(), folder / "report");
    INFO((files ? std::string() : files.error().message));
    REQUIRE(files);
    test::writeAll(folder / "key.p12", signers.pkcs12);

    THEN("none of the files holds a prime of the key, and nothing but the report's files was left behind")
    {
        BIGNUM* number = nullptr;
        REQUIRE(EVP_PKEY_get_bn_param(signers.key.handles().key.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, &number) == 1);
        std::string prime(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
        BN_bn2bin(number, reinterpret_cast<unsigned char*>(prime.data()));
        BN_clear_free(number);
        int count = 0;
        for (auto const& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
            if (!entry.is_regular_file())
                continue;
            ++count;
            std::string const bytes = test::readAll(entry.path());
            CHECK(bytes.find(prime) == std::string::npos);
            CHECK(bytes.find("PRIVATE KEY") == std::string::npos);
        }
        CHECK(count == 4);
    }
    THEN("the key file opens with its PIN and with no other")
    {
        CHECK(crypto::SigningKey::fromPkcs12(signers.pkcs12, test::pin));
        auto const wrong = crypto::SigningKey::fromPkcs12(signers.pkcs12, "000000");
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().code == ErrorCode::Refused);
        auto const broken = crypto::SigningKey::fromPkcs12(signers.pkcs12.substr(100), test::pin);
        REQUIRE_FALSE(broken);
        CHECK(broken.error().code == ErrorCode::InvalidInput);
        auto const standard = test::run({"openssl", "pkcs12", "-in", folder / "key.p12", "-passin",
                                         std::string("pass:") + test::pin, "-noout", "-info"});
        INFO(standard.errors);
        CHECK(standard.exitCode == 0);
        CHECK_THAT(standard.errors, Contains("AES-256-CBC") && Contains("300000"));
    }
}
