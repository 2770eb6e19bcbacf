#include "common/base/file.h"
#include "common/base/text.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/part10.h"
#include "tests/support/support.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fcntl.h>
#include <map>

using namespace qianli;
using namespace qianli::test;

namespace {

ProgramResult make(std::filesystem::path const& folder, std::vector<std::string> const& words)
{
    std::vector<std::string> all{programFolder() / "qianli-samples", "make", folder};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
}

std::map<std::string, std::string> filesBelow(std::filesystem::path const& folder)
{
    std::map<std::string, std::string> files;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files[std::filesystem::relative(entry.path(), folder).string()] = readFile(entry.path(), 100 << 20).value();
    return files;
}

// As the gateway reads it.
dicom::InstanceHeader headerOf(std::filesystem::path const& path)
{
    auto const layout = dicom::readPart10Layout(path).value();
    dicom::DataSetScanner scanner(layout.meta.transferSyntaxUid, dicom::instanceHeaderTags());
    auto const bytes = readFile(path, 100 << 20).value().substr(layout.dataSetOffset);
    std::vector<std::uint8_t> const copied(bytes.begin(), bytes.end());
    REQUIRE(scanner.feed(copied));
    return dicom::toInstanceHeader(scanner.finish().value(), layout.meta.transferSyntaxUid, "GB18030").value();
}

std::vector<std::string> column(std::string const& lines, std::size_t number)
{
    std::vector<std::string> values;
    for (auto const& line : text::split(lines, '\n'))
        if (auto const columns = text::split(line, '\t'); columns.size() > number)
            values.push_back(columns[number]);
    return values;
}

} // namespace

TEST_CASE("the same seed gives the same bytes, another seed other people and pictures", "[samples]")
{
    TemporaryFolder folder;
    REQUIRE(make(folder / "a", {"--small", "--seed", "42"}).exitCode == 0);
    REQUIRE(make(folder / "b", {"--small", "--seed", "42"}).exitCode == 0);
    auto const other = make(folder / "c", {"--small", "--seed", "43"});
    REQUIRE(other.exitCode == 0);
    auto const a = filesBelow(folder / "a"), b = filesBelow(folder / "b"), c = filesBelow(folder / "c");
    CHECK(a.size() == 20);
    CHECK(a == b);
    REQUIRE(a.size() == c.size());
    for (auto const& [name, bytes] : a)
        CHECK(bytes != c.at(name));
}

TEST_CASE("what is asked for is made: counts of kinds, one line a study", "[samples]")
{
    TemporaryFolder folder;
    auto const made = make(folder / "a", {"--small", "--ct", "3", "--dx", "2", "--us", "1"});
    CHECK(column(made.output, 1) ==
          std::vector<std::string>{"ct-head", "ct-chest", "ct-head-tilted", "dx-chest", "dx-hand", "us"});
    auto const nine = make(folder / "b", {"--small", "--studies", "9"});
    CHECK(column(nine.output, 1).size() == 9);
    auto uids = column(nine.output, 2);
    std::sort(uids.begin(), uids.end());
    CHECK(std::unique(uids.begin(), uids.end()) == uids.end());
}

TEST_CASE("the names come in every character set and are read as what they are", "[samples][charset]")
{
    TemporaryFolder folder;
    // Seven ways of writing, and several people of each.
    auto const made = make(folder / "a", {"--small", "--ecg", "28", "--seed", "5"});
    auto const names = column(made.output, 4);
    REQUIRE(names.size() == 28);
    std::map<std::string, int> declared;
    auto const folders = filesBelow(folder / "a");
    std::size_t number = 0;
    for (auto const& [name, bytes] : folders) {
        auto const header = headerOf(folder / "a" / name);
        CAPTURE(name, header.charset.declared, header.charset.rule);
        CHECK(header.patientName == names.at(number++));
        ++declared[header.charset.declared];
        CHECK(header.charset.certain);
    }
    CHECK(declared["GB18030"] == 8);
    CHECK(declared["ISO_IR 100"] == 8);
    CHECK(declared[""] == 4);
    CHECK(declared["\\ISO 2022 IR 58"] == 4);
    CHECK(declared["ISO_IR 192"] == 4);
}

TEST_CASE("a tilted head is tilted, and its slices go along the table", "[samples]")
{
    TemporaryFolder folder;
    make(folder / "a", {"--small", "--ct", "3"});
    auto const first = headerOf(folder / "a" / "003-ct-head-tilted" / "ct-head-tilted-001.dcm");
    auto const second = headerOf(folder / "a" / "003-ct-head-tilted" / "ct-head-tilted-002.dcm");
    auto const orientation = text::split(first.imageOrientation, '\\');
    REQUIRE(orientation.size() == 6);
    CHECK(std::stod(orientation[4]) == Approx(0.9510565).epsilon(1e-5));
    CHECK(std::stod(orientation[5]) == Approx(-0.309017).epsilon(1e-4));
    auto const at = text::split(first.imagePosition, '\\'), next = text::split(second.imagePosition, '\\');
    CHECK(std::stod(at[1]) == std::stod(next[1]));
    CHECK(std::stod(next[2]) - std::stod(at[2]) == Approx(25));
}

TEST_CASE("both grey scales, a waveform and a colour clip are there", "[samples]")
{
    TemporaryFolder folder;
    make(folder / "a", {"--small"});
    auto const value = [&](std::string const& file, DcmTagKey tag) {
        DcmFileFormat format;
        REQUIRE(format.loadFile((folder / "a" / file).c_str()).good());
        OFString text;
        format.getDataset()->findAndGetOFStringArray(tag, text, OFTrue);
        return std::string(text.c_str());
    };
    CHECK(value("002-dx-chest/dx-chest-001.dcm", DCM_PhotometricInterpretation) == "MONOCHROME2");
    CHECK(value("003-dx-hand/dx-hand-001.dcm", DCM_PhotometricInterpretation) == "MONOCHROME1");
    CHECK(value("005-ecg/ecg-001.dcm", DCM_NumberOfWaveformChannels) == "12");
    CHECK(value("006-us/us-001.dcm", DCM_NumberOfFrames) == "4");
    CHECK(value("006-us/us-001.dcm", DCM_PhotometricInterpretation) == "RGB");
}

TEST_CASE("wrong words are refused with exit code 2", "[samples]")
{
    TemporaryFolder folder;
    CHECK(run({programFolder() / "qianli-samples"}).exitCode == 2);
    CHECK(run({programFolder() / "qianli-samples", "paint"}).exitCode == 2);
    CHECK(make(folder / "a", {"--date", "yesterday"}).exitCode == 2);
    CHECK(run({programFolder() / "qianli-samples", "site", folder.path(), "--to", "nowhere"}).exitCode == 2);
    CHECK(run({programFolder() / "qianli-samples", "site", folder.path(), "--to", "A@127.0.0.1:1"}).exitCode == 1);
}
