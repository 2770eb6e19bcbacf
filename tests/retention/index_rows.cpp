#include "tests/retention/index_rows.h"

#include "common/base/text.h"
#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <set>
#include <tuple>

namespace qianli::test {
namespace {

using namespace qianli::gateway;

std::string about(std::string const& table, std::string const& column)
{
    auto const isOne = [&](char const* of, char const* name) { return table == of && column == name; };
    std::string const study = "SELECT c.site || ' ' || c.uid || ' ' || c.part FROM study c WHERE c.id = ";
    if (isOne("patient", "id") || isOne("study", "patient"))
        return fmt::format("(SELECT c.site || ' ' || c.identity || ' ' || c.variant FROM patient c WHERE c.id = t.{})",
                           column);
    if (isOne("study", "id") || isOne("series", "study") || isOne("study_name", "study"))
        return fmt::format("({}t.{})", study, column);
    if (isOne("series", "id") || isOne("run", "series") || isOne("acquisition", "series"))
        return fmt::format("(SELECT s.uid || ' of ' || ({}s.study) FROM series s WHERE s.id = t.{})", study, column);
    if (isOne("device_defect", "device"))
        return fmt::format("(SELECT d.site || d.calling_ae FROM device d WHERE d.id = t.{})", column);
    // What many instances share has a number that others may have used up; it is said with each instance below.
    if (isOne("device", "id") || isOne("run", "packed"))
        return "'-'";
    return fmt::format("quote(\"{}\")", column);
}

std::string objectsOf(StudyIndex const& index, std::set<StudyKey> const& studies)
{
    std::string text;
    for (StudyKey const& study : studies)
        for (int part = 0;; ++part) {
            auto const receipts = index.receiptsOf(study, part);
            REQUIRE(receipts);
            if (receipts->empty())
                break;
            for (Receipt const& receipt : *receipts)
                text += fmt::format("{} {} {} {} {} {} {} {} {}\n", receipt.sequence, receipt.site.value,
                                    receipt.sopInstance.value(), receipt.version, receipt.location.path,
                                    text::toHex(receipt.digest), receipt.callingAe, receipt.sopClass.value(), part);
        }
    return text;
}

} // namespace

std::string indexRows(std::filesystem::path const& file)
{
    auto database = sqlite::Database::open(file);
    REQUIRE(database);
    std::string text;
    auto tables = database->prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
                                    "AND name NOT IN ('schema_version', 'shared') ORDER BY name");
    REQUIRE(tables);
    while (*tables->step()) {
        std::string const table = tables->text(0);
        auto names = database->prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", table));
        std::string row;
        while (*names->step())
            row += (row.empty() ? "" : "||'|'||") + about(table, names->text(0));
        auto rows = database->prepare(fmt::format("SELECT {} FROM {} t ORDER BY 1", row, table));
        REQUIRE(rows);
        text += "== " + table + "\n";
        while (*rows->step())
            text += rows->text(0) + "\n";
    }
    std::set<StudyKey> studies;
    auto read = database->prepare("SELECT site, uid FROM study");
    while (*read->step())
        studies.insert({{read->text(0)}, read->text(1)});
    auto const index = StudyIndex::openForReading(file);
    REQUIRE(index);
    return text + objectsOf(**index, studies);
}

std::string difference(std::string const& one, std::string const& other)
{
    std::string rows;
    for (auto const& [mine, theirs, mark] : {std::tuple(&one, &other, "- "), std::tuple(&other, &one, "+ ")})
        for (std::string const& row : text::split(*mine, '\n'))
            if (!row.empty() && ("\n" + *theirs).find("\n" + row + "\n") == std::string::npos)
                rows += mark + row + "\n";
    return rows;
}

} // namespace qianli::test
