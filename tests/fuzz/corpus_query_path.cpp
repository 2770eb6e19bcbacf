// What consoles and archives ask for.
#include "common/dicom/network/identifier_codec.h"
#include "common/dicom/sop_class.h"
#include "tests/dicom/data_set_bytes.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/targets.h"

#include <array>
#include <map>

namespace qianli::fuzz {
namespace {

using Keys = std::map<dicom::Tag, std::string>;
namespace tag = dicom::tag;

constexpr dicom::Tag level = tag::queryRetrieveLevel;

std::string encoded(Keys const& keys, std::size_t syntax, std::string_view charset)
{
    static constexpr std::array<char const*, 3> syntaxes{dicom::transfer::implicitLittle,
                                                         dicom::transfer::explicitLittle, dicom::transfer::explicitBig};
    auto const bytes = need(dicom::encodeIdentifier(keys, dicom::Uid::ofKnown(syntaxes[syntax]), charset));
    return {bytes.begin(), bytes.end()};
}

std::vector<Keys> questions()
{
    return {
        {{level, "STUDY"}, {tag::patientName, ""}, {tag::patientId, ""}, {tag::studyInstanceUid, ""}},
        {{level, "STUDY"}, {tag::patientId, "P1"}, {tag::studyDate, ""}, {tag::modalitiesInStudy, ""}},
        {{level, "STUDY"}, {tag::patientId, "P*"}, {tag::accessionNumber, "A3"}},
        {{level, "STUDY"}, {tag::patientName, "Zhang*"}, {tag::studyDescription, ""}},
        {{level, "STUDY"}, {tag::patientName, "*San=张^三*"}},
        {{level, "STUDY"}, {tag::patientName, "欧阳*"}},
        {{level, "STUDY"}, {tag::patientName, "zs"}},
        {{level, "STUDY"}, {tag::patientName, "?i^Si=*"}},
        {{level, "STUDY"}, {tag::studyDate, "20261110-20261114"}, {tag::studyTime, "08-1015"}},
        {{level, "STUDY"}, {tag::studyDate, "-20261112"}, {tag::modalitiesInStudy, "CT\\DX"}},
        {{level, "STUDY"}, {tag::studyDate, "20261113-"}, {tag::studyTime, "101500"}},
        {{level, "STUDY"}, {tag::studyInstanceUid, "1.2.77.1\\1.2.77.2\\1.2.77.7"}},
        {{level, "STUDY"}, {tag::issuerOfPatientId, "HIS_1"}, {tag::patientId, "P2"}},
        {{level, "STUDY"}, {tag::issuerOfPatientId, "HIS_9"}, {tag::patientName, ""}},
        {{level, "STUDY"}, {tag::issuerOfPatientId, "puzi"}, {tag::studyInstanceUid, ""}},
        {{level, "PATIENT"}, {tag::issuerOfPatientId, "HIS_1"}, {tag::patientId, ""}},
        {{level, "STUDY"}, {tag::patientBirthDate, "19610307"}, {tag::patientSex, "F"}, {{0x0020, 0x1208}, ""}},
        {{level, "PATIENT"}, {tag::patientId, "P0"}, {tag::patientName, ""}},
        {{level, "PATIENT"}, {tag::patientName, "*"}, {tag::issuerOfPatientId, ""}, {{0x0020, 0x1200}, ""}},
        {{level, "SERIES"}, {tag::studyInstanceUid, "1.2.77.0"}, {tag::modality, ""}, {tag::seriesNumber, "2"}},
        {{level, "SERIES"}, {tag::studyInstanceUid, "1.2.77.3"}, {tag::seriesInstanceUid, ""}, {{0x0020, 0x1209}, ""}},
        {{level, "IMAGE"},
         {tag::studyInstanceUid, "1.2.77.0"},
         {tag::seriesInstanceUid, "1.2.77.0.1"},
         {tag::sopInstanceUid, ""}},
        {{level, "IMAGE"}, {tag::sopInstanceUid, "1.2.77.4.1.0\\1.2.77.4.1.1"}, {tag::instanceNumber, ""}},
        {{level, "IMAGE"}, {tag::patientId, "P1"}, {tag::studyInstanceUid, "1.2.77.1"}, {tag::instanceNumber, "01"}},
        {{level, "STUDY"}, {tag::patientId, "50%_['\"\\P1"}, {{0x0008, 0x0201}, "+0800"}},
        {{level, "STUDY"}, {{0x0040, 0x0275}, ""}, {{0x0032, 0x1060}, "chest"}, {tag::studyId, "1"}},
    };
}

} // namespace

Corpus queryPathCorpus()
{
    // Numbers of the classes in query_path.cpp: find and retrieve, of both models.
    static constexpr std::array<std::size_t, 4> classesFor{0, 1, 2, 4};
    static constexpr std::array<char const*, 3> charsets{"ISO_IR 192", "GB18030", "ISO_IR 192"};
    Corpus corpus;
    std::size_t number = 0;
    for (auto const& keys : questions()) {
        for (std::size_t repeat = 0; repeat < 3; ++repeat, ++number) {
            std::size_t const syntax = number % 3;
            bool const patient = keys.at(level) == "PATIENT";
            std::size_t const sopClass = patient ? 1 : classesFor[number % classesFor.size()];
            std::string const front{static_cast<char>(sopClass + 6 * syntax), static_cast<char>(number % 8)};
            corpus.push_back(front + encoded(keys, syntax, charsets[syntax]));
        }
    }
    // Pixel data that says it is a sequence (explicit VR), whose item would pass for a fragment.
    test::DataSetBytes inner, hiding;
    inner.elementWithLength({0x0040, 0x0275}, "SQ", test::undefinedLength).item().itemEnd().sequenceEnd();
    hiding.element(level, "CS", "STUDY ")
        .elementWithLength(tag::pixelData, "SQ", test::undefinedLength)
        .item(static_cast<std::uint32_t>(inner.text().size()))
        .raw(inner.text())
        .sequenceEnd();
    corpus.push_back(std::string{char{6}, char{0}} + hiding.text());
    return corpus;
}

} // namespace qianli::fuzz
