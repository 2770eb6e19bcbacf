// Real files of many devices: a whole CT, X-rays and every transfer syntax go in and come out byte for byte (R58).
#include "common/base/file.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "tests/interop/peers.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

using namespace qianli;
using namespace qianli::test;

namespace {

struct RealFile {
    std::filesystem::path path;
    dicom::Part10Layout layout;
};

} // namespace

TEST_CASE("real files come back byte for byte in their own transfer syntax", "[interop]")
{
    auto const folder =
        GENERATE(as<std::string>(), "ct/ge-tilt-28", "ct/transfer-syntaxes", "xray", "compressed", "us", "sr-pdf-pr");
    auto const data = sharedData(folder);
    if (!data)
        return;
    ServedGateway const gateway;
    std::vector<RealFile> files;
    std::set<std::pair<std::string, std::string>> pairs;
    for (auto const& entry : std::filesystem::directory_iterator(*data)) {
        auto const layout = dicom::readPart10Layout(entry.path());
        if (!layout || layout->meta.sopInstanceUid.empty() ||
            layout->meta.sopClassUid.value() == "1.2.840.10008.1.3.10")
            continue;
        files.push_back({entry.path(), *layout});
        pairs.insert({layout->meta.sopClassUid.value(), layout->meta.transferSyntaxUid.value()});
    }
    REQUIRE_FALSE(files.empty());

    auto const studyRootFind = dicom::Uid::ofKnown(dicom::sop::studyRootFind);
    std::vector<dicom::ProposedContext> contexts{
        {studyRootFind, {dicom::Uid::ofKnown(dicom::transfer::explicitLittle)}}};
    for (auto const& [sopClass, transferSyntax] : pairs)
        contexts.push_back({dicom::Uid::ofKnown(sopClass), {dicom::Uid::ofKnown(transferSyntax)}});
    auto client = dicom::DicomClient::connect(gateway.destination(), contexts);
    REQUIRE(client);
    std::size_t compared = 0;
    std::set<std::string> known;
    for (auto const& file : files) {
        auto const opened = openFile(file.path, O_RDONLY);
        REQUIRE(opened);
        dicom::OutgoingObject object;
        object.sopClass = file.layout.meta.sopClassUid;
        object.sopInstance = file.layout.meta.sopInstanceUid;
        object.transferSyntax = file.layout.meta.transferSyntaxUid;
        object.descriptor = opened->get();
        object.dataSetOffset = file.layout.dataSetOffset;
        object.dataSetLength = file.layout.fileSize - file.layout.dataSetOffset;
        auto const answer = (*client)->store(object);
        INFO(file.path << ": " << (answer ? answer->comment : answer.error().message));
        REQUIRE(answer);
        if (!answer->isSuccess()) { // some of these files lack the UIDs that a study needs, or contradict their own
                                    // name (R07)
            bool const rightly = answer->comment.find("(0020,000D) is missing") != std::string::npos ||
                                 answer->comment.find("SOP Instance UID (0008,0018) is") != std::string::npos;
            CHECK(rightly);
            continue;
        }
        if (!known.insert(dataSetOf(file.path)).second)
            continue; // the same bytes under another file name: no new version
        // Fetched at once: the next encoding of the same picture becomes its newest version.
        auto const& instance = file.layout.meta.sopInstanceUid.value();
        auto const answers =
            (*client)->find(studyRootFind, {{0x00080052, "IMAGE"}, {0x00080018, instance}, {0x0020000D, ""}}, 0);
        REQUIRE(answers);
        REQUIRE(answers->size() == 1);
        auto const fetched = gateway.fetch(answers->front().at(0x0020000D), pairs);
        auto const found = fetched.find(instance);
        REQUIRE(found != fetched.end());
        CHECK(found->second.transferSyntax == file.layout.meta.transferSyntaxUid.value());
        CHECK((found->second.dataSet == dataSetOf(file.path)));
        ++compared;
    }
    CHECK((*client)->release());
    CHECK(compared > 0);
}
