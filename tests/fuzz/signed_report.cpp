#include "common/base/file.h"
#include "common/base/text.h"
#include "common/crypto/certificate_authority.h"
#include "common/crypto/report_signature.h"
#include "common/crypto/signed_object.h"
#include "common/dicom/part10.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/quiet.h"
#include "tests/fuzz/targets.h"

#include <set>

namespace qianli::fuzz {
namespace {

constexpr std::uint64_t largest = 1 << 20;

// When everything here was signed.
TimePoint now()
{
    return need(parseIso8601("2026-04-15T06:05:09Z"));
}

struct Known {
    crypto::Trust trust;
    std::set<std::string> dataSets; // every encoding of what was really signed

    Known()
    {
        auto const folder = reportsFolder();
        trust.authoritiesPem.push_back(need(readFile(folder / "authority.pem", largest)));
        trust.revocationListsPem.push_back(need(readFile(folder / "revoked.pem", largest)));
        for (auto const& file : std::filesystem::directory_iterator(folder / "signed"))
            dataSets.insert(need(readFile(file.path(), largest)));
    }
};

Known const& known()
{
    static Known const one;
    return one;
}

bool wasSigned(std::string_view file)
{
    MemoryFile const onDisk(asInput(file));
    auto const layout = dicom::readPart10Layout(onDisk.path());
    return layout && known().dataSets.contains(std::string(file.substr(layout->dataSetOffset)));
}

void readAndWrite(std::string_view file)
{
    auto object = crypto::SignedObject::parse(file);
    if (!object)
        return;
    static_cast<void>(object->checkMeta());
    bool const exact = object->checkEncoding().has_value();
    bool const signable = object->checkSignable().has_value();
    auto const written = object->encode();
    if (!exact || !signable)
        return;
    expect(written.has_value(), "a report that was read can be written");
    auto again = crypto::SignedObject::parse(*written);
    expect(again && again->checkEncoding().has_value(), "a report that was written reads as it was");
}

} // namespace

// A report's file. What verifies is, to the last byte of its data set, what somebody signed.
void signedReport(Input input)
{
    quietDcmtk();
    auto const file = asText(input);
    readAndWrite(file);
    auto const verified = crypto::verifyReport(file, known().trust, now());
    if (!verified) {
        expect(verified.error().code != ErrorCode::Internal, "a report is refused with a reason");
        expect(text::escapeControl(verified.error().message) == verified.error().message,
               "no control character reaches a log raw");
        return;
    }
    expect(wasSigned(file), "what verifies was signed");
    expect(verified->signerLogin == "wangmin", "the signer is who signed");
}

} // namespace qianli::fuzz
