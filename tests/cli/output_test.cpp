#include "gateway/cli/output.h"

#include <catch2/catch.hpp>

using namespace qianli::gateway::cli;

TEST_CASE("a Chinese character takes two cells, an accent none", "[cli]")
{
    CHECK(cellWidth("") == 0);
    CHECK(cellWidth("Wang") == 4);
    CHECK(cellWidth("王敏") == 4);
    CHECK(cellWidth("𠮷䶮") == 4);
    CHECK(cellWidth("（急）") == 6);
    CHECK(cellWidth("Müller") == 6);
    CHECK(cellWidth("e\u0301") == 1);
}

TEST_CASE("what is too wide is cut between characters and says so", "[cli]")
{
    CHECK(fitted("普子乡卫生院", 12) == "普子乡卫生院");
    CHECK(fitted("普子乡卫生院", 11) == "普子乡卫生…");
    CHECK(fitted("普子乡卫生院", 10) == "普子乡卫…");
    CHECK(fitted("abc", 3) == "abc");
}

TEST_CASE("columns stand below each other whatever the script", "[cli]")
{
    Table table({{"NAME"}, {"N", Table::Align::Right}, {"X"}});
    table.add({"王敏", "7", "a"});
    table.add({"Wang Min", "1234", "b"});
    CHECK(table.text() == "NAME         N  X\n"
                          "王敏         7  a\n"
                          "Wang Min  1234  b\n");
    Table hostile({{"A"}});
    hostile.add({"\x1B[31mred\n"});
    CHECK(hostile.text().find('\x1B') == std::string::npos);
}

TEST_CASE("progress says how fast it goes and how long it will take, once that is known", "[output]")
{
    CHECK(paceWords({5, 1000, 1999}).empty());
    CHECK(paceWords({0, 1000, 5000}).empty());
    CHECK(paceWords({1000, 500, 10'000}) == ", 100/s, 5 s left");
    CHECK(paceWords({20, 600, 10'000}) == ", 2.0/s, 5 min left");
    CHECK(paceWords({1000, 1'000'000, 10'000}) == ", 100/s, 2 h 46 min left");
    CHECK(paceWords({1000, 0, 10'000}) == ", 100/s, 0 s left");
}

TEST_CASE("names are shown as people write them", "[cli]")
{
    CHECK(nameForPeople("Zhang^San=张^三=") == "张三");
    CHECK(nameForPeople("张三") == "张三");
    CHECK(nameForPeople("张^三") == "张三");
    CHECK(nameForPeople("Müller^Jürgen") == "Müller Jürgen");
    CHECK(nameForPeople("Adams^John^Robert^^Rev.") == "Adams John Robert Rev.");
    CHECK(nameForPeople("") == "");
    CHECK(dateForPeople("20261122") == "2026-11-22");
    CHECK(dateForPeople("yesterday") == "yesterday");
    CHECK(bytesForPeople(1023) == "1023 B");
    CHECK(bytesForPeople(1536) == "1.5 KiB");
}
