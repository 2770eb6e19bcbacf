// Real files of many makers: all are walked; the broken ones are refused by name.
#include "common/dicom/data_set_scan.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/part10.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::dicom;

TEST_CASE("every real file walks", "[scan][shared]")
{
    auto const root = test::sharedData("README.md");
    if (!root)
        return;
    std::size_t walked = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root->parent_path())) {
        std::string const name = std::filesystem::relative(entry.path(), root->parent_path()).string();
        if (!entry.is_regular_file() || name.starts_with("broken/") || name.starts_with("network/") ||
            name.find(".md") != std::string::npos || name.find(".tsv") != std::string::npos ||
            name.find(".txt") != std::string::npos || name.find("LICEN") != std::string::npos)
            continue;
        CAPTURE(name);
        if (name == "dicomdir/DICOMDIR-nooffset")
            continue; // its sequence is 36 bytes longer than it says
        auto const layout = readPart10Layout(entry.path());
        if (!layout) {
            FAIL_CHECK(layout.error().message);
            continue;
        }
        auto const header = scanFile(entry.path(), *layout, instanceHeaderTags());
        if (!header)
            FAIL_CHECK(header.error().message);
        else
            ++walked;
    }
    CHECK(walked > 400);
}

TEST_CASE("broken files are refused with what is wrong, or read as far as that is safe", "[scan][shared]")
{
    struct Broken {
        char const* name;
        char const* refusedWith; // null: walks
    };
    for (Broken const broken :
         {Broken{"ExplVR_BigEndNoMeta.dcm", nullptr}, Broken{"ExplVR_LitEndNoMeta.dcm", nullptr},
          Broken{"JPEG2000-embedded-sequence-delimiter.dcm", nullptr}, Broken{"UN_sequence.dcm", nullptr},
          Broken{"badVR.dcm", nullptr}, Broken{"bad_sequence.dcm", nullptr}, Broken{"nested_priv_SQ.dcm", nullptr},
          Broken{"no_meta_group_length.dcm", nullptr}, Broken{"priv_SQ.dcm", nullptr},
          Broken{"MR_truncated.dcm", "(7FE0,0010) at byte 1154: 62 of its 8192 bytes are missing"},
          Broken{"emri_small_jpeg_2k_lossless_too_short.dcm", "(7FE0,0010) at byte 1954 is not closed"},
          Broken{"rtplan_truncated.dcm", "(300A,012C) at byte 1792: 21 of its 50 bytes are missing"},
          Broken{"meta_missing_tsyntax.dcm", "names no transfer syntax"}, Broken{"no_meta.dcm", "no DICOM file"}}) {
        auto const path = test::sharedData(std::string("broken/") + broken.name);
        if (!path)
            return;
        CAPTURE(broken.name);
        auto const layout = readPart10Layout(*path);
        auto const header = layout ? scanFile(*path, *layout, instanceHeaderTags()) : tl::unexpected(layout.error());
        CHECK(header.has_value() == (broken.refusedWith == nullptr));
        if (!header && broken.refusedWith)
            CHECK_THAT(header.error().message, Catch::Contains(broken.refusedWith));
    }
}
