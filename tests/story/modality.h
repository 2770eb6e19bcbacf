// What modalities of the stories send: files made byte by byte, and how the product tells about them.
#pragma once

#include "common/base/file.h"
#include "common/dicom/part10.h"
#include "tests/story/road.h"
#include "tests/support/synthetic_object.h"

#include <fmt/format.h>
#include <iostream>

namespace qianli::test {

// As a file with our meta header: its data set is exactly the object's bytes.
inline std::filesystem::path writeFile(std::filesystem::path const& file, SyntheticObject const& object)
{
    std::filesystem::create_directories(file.parent_path());
    auto const dataSet = object.dataSet();
    std::ofstream out(file, std::ios::binary);
    out << dicom::encodeFileMeta({dicom::Uid::ofKnown(object.sopClass()),
                                  dicom::Uid::ofKnown(object.sopInstance()),
                                  dicom::Uid::ofKnown(SyntheticObject::transferSyntax),
                                  {}});
    out.write(reinterpret_cast<char const*>(dataSet.data()), static_cast<std::streamsize>(dataSet.size()));
    out.close();
    REQUIRE(out.good());
    return file;
}

inline std::string dataSetOf(std::filesystem::path const& file)
{
    auto const layout = dicom::readPart10Layout(file).value();
    return readFile(file, 100 << 20).value().substr(layout.dataSetOffset);
}

// A picture of a chest that any viewer shows: 64 x 64, 16 bits.
inline SyntheticObject picture(std::string const& study, std::string const& series, std::string const& sopInstance)
{
    SyntheticObject object(study, series, sopInstance);
    object.set(0x00280002, "US", std::string("\x01\x00", 2))
        .set(0x00280004, "CS", "MONOCHROME2")
        .set(0x00280010, "US", std::string("\x40\x00", 2))
        .set(0x00280011, "US", std::string("\x40\x00", 2))
        .set(0x00280030, "DS", "0.5\\0.5")
        .set(0x00280100, "US", std::string("\x10\x00", 2))
        .set(0x00280101, "US", std::string("\x10\x00", 2))
        .set(0x00280102, "US", std::string("\x0F\x00", 2))
        .set(0x00280103, "US", std::string("\x00\x00", 2))
        .pixels(64 * 64 * 2, static_cast<std::uint32_t>(std::hash<std::string>{}(sopInstance)));
    return object;
}

// The rows that the viewer's list shows, each with all that is said of it. The real window, driven.
inline std::vector<std::string> toldByViewer(GatewayProgram const& gateway, std::string const& log = "told.log")
{
    Workstation workstation(gateway, "", log, {"--tell"});
    bool const ended = workstation.ends();
    INFO(workstation.log());
    REQUIRE(ended);
    auto rows = text::split(workstation.log(), '\n');
    std::vector<std::string> told;
    for (auto const& line : rows) {
        if (line.starts_with("row: "))
            told.push_back(line);
        else if (line.starts_with("    ") && !told.empty())
            told.back() += line;
    }
    return told;
}

// What the window says once that patient's study is open.
inline std::string toldWhenOpened(GatewayProgram const& gateway, std::string const& patient,
                                  std::string const& log = "opened.log")
{
    Workstation workstation(gateway, patient, log, {"--tell-open"});
    bool const ended = workstation.ends();
    INFO(workstation.log());
    REQUIRE(ended);
    return workstation.log();
}

inline std::string const& rowWith(std::vector<std::string> const& rows, std::string const& words)
{
    for (auto const& row : rows)
        if (row.find(words) != std::string::npos)
            return row;
    FAIL("no row of the list says " << words);
    return rows.front();
}

inline nlohmann::json studyWith(GatewayProgram const& gateway, std::string const& uid,
                                std::vector<std::string> more = {})
{
    more.insert(more.begin(), {"study", "list", "--json"});
    for (auto const& study : parsed(gateway.command(more)))
        if (study["studyInstanceUid"] == uid)
            return study;
    return {};
}

} // namespace qianli::test
