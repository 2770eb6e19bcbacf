// The rooms of the house and who may look into whose: every #include of the product is checked against the tables
// below. A new dependency is a decision; it is made here first, with docs/decisions/ saying why where it turns an arrow
// round.
#include "common/base/file.h"
#include "common/base/text.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace qianli;

namespace {

using Rooms = std::set<std::string>;

Rooms operator+(Rooms left, Rooms const& right)
{
    left.insert(right.begin(), right.end());
    return left;
}

Rooms const allCommon{"common/base",  "common/crypto", "common/dicom", "common/dicom/network",
                      "common/model", "common/names",  "common/sqlite"};
Rooms const stations{"gateway/alarm",         "gateway/archive",  "gateway/association", "gateway/audit",
                     "gateway/configuration", "gateway/delivery", "gateway/identity",    "gateway/index",
                     "gateway/ingest",        "gateway/service",  "gateway/upkeep",      "gateway/web",
                     "gateway/workflow"};
Rooms const viewerRooms{"viewer/client", "viewer/decoding", "viewer/i18n", "viewer/model",
                        "viewer/render", "viewer/report",   "viewer/tools"};

// Room → the rooms whose headers it may include, besides its own.
std::map<std::string, Rooms> const mayInclude{
    {"common/base", {}},
    {"common/sqlite", {"common/base"}},
    {"common/names", {"common/base"}},
    {"common/names/table", {"common/base"}},
    {"common/model", {"common/base"}},
    {"common/dicom", {"common/base"}},
    {"common/dicom/network", {"common/base", "common/crypto", "common/dicom"}}, // TLS: docs/decisions/0017-tls.md
    {"common/crypto", {"common/base", "common/dicom"}},

    {"gateway/configuration", {"common/base", "common/model"}},
    // Called by all who have something to tell.
    {"gateway/alarm", {"common/base"}},
    // common/model: how national IDs are hidden is one rule.
    {"gateway/audit", {"common/base", "common/crypto", "common/model", "gateway/alarm"}},
    {"gateway/archive", {"common/base", "common/dicom", "common/model"}},
    {"gateway/index",
     {"common/base", "common/dicom", "common/model", "common/names", "common/sqlite", "gateway/archive"}},
    {"gateway/identity", {"common/base", "common/dicom", "common/model", "common/sqlite", "gateway/index"}},
    {"gateway/ingest",
     {"common/base", "common/dicom", "common/model", "gateway/alarm", "gateway/archive", "gateway/audit",
      "gateway/index"}},
    {"gateway/service",
     {"common/base", "common/dicom", "common/dicom/network", "common/model", "gateway/alarm", "gateway/archive",
      "gateway/audit", "gateway/index", "gateway/ingest"}},
    {"gateway/association",
     {"common/base", "common/crypto", "common/dicom", "common/dicom/network", "common/model", "gateway/alarm",
      "gateway/archive", "gateway/audit", "gateway/configuration", "gateway/index", "gateway/ingest",
      "gateway/service"}},
    {"gateway/workflow",
     {"common/base", "common/crypto", "common/dicom", "common/model", "common/names", "common/sqlite", "gateway/alarm",
      "gateway/archive", "gateway/audit", "gateway/configuration", "gateway/identity", "gateway/index",
      "gateway/ingest"}},
    {"gateway/delivery",
     {"common/base", "common/crypto", "common/dicom", "common/dicom/network", "common/model", "gateway/alarm",
      "gateway/archive", "gateway/audit", "gateway/configuration", "gateway/index", "gateway/workflow"}},
    // What keeps a gateway well over the years: scrub, purge, backup, diagnosis.
    {"gateway/upkeep",
     {"common/base", "common/crypto", "common/dicom", "common/dicom/network", "common/model", "common/sqlite",
      "gateway/alarm", "gateway/archive", "gateway/audit", "gateway/configuration", "gateway/identity",
      "gateway/index", "gateway/ingest", "gateway/workflow"}},
    {"gateway/delivery/pages", {"common/base"}},
    {"gateway/web",
     {"common/base", "common/crypto", "common/model", "gateway/alarm", "gateway/audit", "gateway/configuration",
      "gateway/index", "gateway/workflow"}},
    {"gateway/daemon", allCommon + stations},
    {"gateway/cli", allCommon + stations + Rooms{"gateway/daemon"}},
    {"gateway", {"common/base", "common/dicom/network", "gateway/cli"}},

    {"viewer/i18n", {"common/base"}},
    {"viewer/decoding", {"common/base", "common/dicom"}},
    // A program of its own, behind walls: docs/decisions/0025-decoding-in-worker-processes.md.
    {"viewer/decoding/worker", {"common/base", "common/dicom", "viewer/decoding"}},
    {"viewer/model", {"common/base", "common/dicom", "common/model", "viewer/decoding"}},
    {"viewer/client",
     {"common/base", "common/crypto", "common/dicom", "common/dicom/network", "common/model", "viewer/decoding",
      "viewer/i18n", "viewer/model"}},
    {"viewer/render", {"common/base", "common/dicom", "viewer/decoding", "viewer/model"}},
    {"viewer/tools", {"common/base", "viewer/model"}},
    {"viewer/report", {"common/base", "common/crypto", "common/dicom", "common/model", "viewer/i18n", "viewer/model"}},
    {"viewer/ui", allCommon + viewerRooms},
    {"viewer", allCommon + viewerRooms + Rooms{"viewer/ui"}},
};

// From this room, only these headers of that one.
std::map<std::pair<std::string, std::string>, std::set<std::string>> const onlyThese{
    {{"gateway/index", "gateway/archive"},
     {"gateway/archive/receipt.h", "gateway/archive/removal.h", "gateway/archive/object_path.h"}},
};

// Start of a library's headers → the rooms that own it; a room's sub-folders are not included.
std::map<std::string, Rooms> const libraries{
    {"vtk", {"viewer/render"}},
    {"dcmtk/dcmnet/", {"common/dicom/network", "gateway/association"}},
    {"sqlite3", {"common/sqlite"}},
    {"toml++/", {"gateway/configuration"}},
    {"CLI/", {"gateway/cli", "viewer/render"}},
    {"boost/beast", {"gateway/web"}},
    {"unicode/",
     {"common/dicom",
      "gateway/cli"}}, // the command line: width of characters in a column {"poppler/", {"gateway/delivery/pages"}},
};

// Qt belongs to the workstation.
bool isQt(std::string const& header)
{
    return header.size() > 1 && header[0] == 'Q' && header[1] >= 'A' && header[1] <= 'Z';
}

struct Include {
    std::string header;
    bool own = false; // "…" and not <…>
};

std::optional<Include> parseInclude(std::string const& line)
{
    std::string_view rest = text::trim(line);
    if (!rest.starts_with("#"))
        return std::nullopt;
    rest = text::trim(rest.substr(1));
    if (!rest.starts_with("include"))
        return std::nullopt;
    rest = text::trim(rest.substr(7));
    std::size_t const end = rest.size() > 1 ? rest.find(rest[0] == '<' ? '>' : '"', 1) : std::string_view::npos;
    if (end == std::string_view::npos)
        return std::nullopt;
    return Include{std::string(rest.substr(1, end - 1)), rest[0] == '"'};
}

std::string roomOf(std::string const& file)
{
    return std::filesystem::path(file).parent_path().generic_string();
}

// What is wrong with this include in this room; empty when nothing is.
std::string complaint(std::string const& room, Include const& include)
{
    std::string const& header = include.header;
    if (!include.own) {
        for (auto const& [start, owners] : libraries)
            if (header.starts_with(start) && !owners.contains(room))
                return "<" + start + "…> belongs to " + *owners.begin() + " alone";
        if (isQt(header) && !room.starts_with("viewer"))
            return "Qt belongs to the viewer";
        return {};
    }
    if (header.find('/') == std::string::npos) // made by the build, in the room's own build folder
        return header.ends_with(".inc") || header.ends_with(".moc")
                   ? ""
                   : "own headers are named by their path from the top";
    std::string const target = roomOf(header);
    if (target == room)
        return {};
    auto const row = mayInclude.find(room);
    if (row == mayInclude.end())
        return "the room " + room + " is not in the table of tests/architecture";
    if (!row->second.contains(target))
        return room + " may not look into " + target;
    auto const only = onlyThese.find({room, target});
    if (only != onlyThese.end() && !only->second.contains(header))
        return room + " may not see " + header;
    return {};
}

std::filesystem::path sourceFolder()
{
    return QIANLI_SOURCE_DIR;
}

std::vector<std::string> productFiles()
{
    std::vector<std::string> files;
    for (char const* const top : {"common", "gateway", "viewer"})
        for (auto const& entry : std::filesystem::recursive_directory_iterator(sourceFolder() / top))
            if (entry.is_regular_file())
                files.push_back(std::filesystem::relative(entry.path(), sourceFolder()).generic_string());
    std::sort(files.begin(), files.end());
    return files;
}

bool isCode(std::string const& file)
{
    return file.ends_with(".h") || file.ends_with(".cpp") || file.ends_with(".cc") || file.ends_with(".hpp");
}

} // namespace

TEST_CASE("every include goes where the design lets it", "[architecture]")
{
    std::size_t checked = 0;
    for (std::string const& file : productFiles()) {
        if (!isCode(file))
            continue;
        auto const content = readFile(sourceFolder() / file, 8 << 20);
        REQUIRE(content);
        std::vector<std::string> const lines = text::split(*content, '\n');
        for (std::size_t i = 0; i < lines.size(); ++i) {
            auto const include = parseInclude(lines[i]);
            if (!include)
                continue;
            ++checked;
            std::string const wrong = complaint(roomOf(file), *include);
            if (!wrong.empty())
                FAIL_CHECK(file << ":" << i + 1 << ": " << lines[i] << " – " << wrong);
        }
    }
    CHECK(checked > 100);
}

TEST_CASE("the table has no way round in a circle", "[architecture]")
{
    // Every room that can be reached from a room's allowed ones must not lead back.
    for (auto const& [room, allowed] : mayInclude) {
        Rooms reached = allowed;
        for (std::size_t before = 0; before != reached.size();) {
            before = reached.size();
            for (std::string const& next : Rooms(reached))
                if (auto const row = mayInclude.find(next); row != mayInclude.end())
                    reached.insert(row->second.begin(), row->second.end());
        }
        CAPTURE(room);
        CHECK_FALSE(reached.contains(room));
        bool const isCommon = room.starts_with("common/");
        for (std::string const& one : reached) {
            CAPTURE(one);
            CHECK(mayInclude.contains(one));
            CHECK((!isCommon || one.starts_with("common/")));
            CHECK_FALSE((room.starts_with("gateway") && one.starts_with("viewer")));
            CHECK_FALSE((room.starts_with("viewer") && one.starts_with("gateway")));
        }
    }
}

TEST_CASE("files are named in snake_case", "[architecture]")
{
    for (std::string const& file : productFiles()) {
        std::string const name = std::filesystem::path(file).filename().string();
        if (!isCode(file))
            continue;
        bool const good = std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        });
        if (!good)
            FAIL_CHECK(file << ": file names are in snake_case");
        for (char const* const word : {"mgr", "util", "helper"})
            if (name.find(word) != std::string::npos)
                FAIL_CHECK(file << ": a name says what it is, not '" << word << "'");
    }
}

TEST_CASE("the check sees a wrong include", "[architecture]")
{
    struct Wrong {
        char const* room;
        char const* line;
    };
    for (Wrong const& wrong :
         {Wrong{"common/dicom", "#include \"gateway/index/study_index.h\""},
          Wrong{"common/base", "#include \"common/model/site.h\""},
          Wrong{"gateway/archive", "#include \"gateway/index/study_index.h\""},
          Wrong{"gateway/index", "#include \"gateway/archive/blob_store.h\""},
          Wrong{"gateway/ingest", "  #  include \"gateway/workflow/workflow.h\""},
          Wrong{"viewer/model", "#include \"viewer/ui/main_window.h\""},
          Wrong{"viewer/tools", "#include \"viewer/render/raster.h\""},
          Wrong{"gateway/web", "#include \"viewer/model/grey_scale.h\""},
          Wrong{"viewer/ui", "#include <vtkImageData.h>"}, Wrong{"gateway/service", "#include <dcmtk/dcmnet/dimse.h>"},
          Wrong{"gateway/index", "#include <sqlite3.h>"}, Wrong{"gateway/web", "#include <QString>"},
          Wrong{"gateway/attic", "#include \"common/base/text.h\""}, Wrong{"gateway/index", "#include \"query.h\""}}) {
        CAPTURE(wrong.room, wrong.line);
        auto const include = parseInclude(wrong.line);
        REQUIRE(include);
        CHECK_FALSE(complaint(wrong.room, *include).empty());
    }
    for (Wrong const& right :
         {Wrong{"gateway/index", "#include \"gateway/archive/receipt.h\""},
          Wrong{"gateway/index", "#include \"index_schema.inc\""},
          Wrong{"viewer/render", "#include <vtkImageData.h> // why"}, Wrong{"gateway/index", "#include <string>"}}) {
        CAPTURE(right.room, right.line);
        CHECK(complaint(right.room, parseInclude(right.line).value()).empty());
    }
    CHECK_FALSE(parseInclude("// #include \"gateway/index/study_index.h\""));
    CHECK_FALSE(parseInclude("int include = 5;"));
}
