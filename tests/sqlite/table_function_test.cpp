#include "common/sqlite/table_function.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::sqlite;

namespace {

// letters_of(text, from): each letter of a text from a place on, and where it is. The letter '!' is damage.
class Letters final : public Rows {
public:
    Result<void> begin(std::span<Cell const> arguments) override
    {
        auto const* text = std::get_if<std::string_view>(&arguments[0]);
        text_ = text ? *text : std::string_view();
        place_ = static_cast<std::size_t>(std::get<std::int64_t>(arguments[1])) - 1;
        return {};
    }
    Result<bool> next() override
    {
        if (++place_ >= text_.size())
            return false;
        if (text_[place_] == '!')
            return fail(ErrorCode::Corrupt, "no such letter");
        return true;
    }
    Cell cell(int column) const override
    {
        if (column == 0)
            return text_.substr(place_, 1);
        return static_cast<std::int64_t>(place_);
    }

private:
    std::string_view text_;
    std::size_t place_ = 0;
};

constexpr TableFunction lettersOf{"letters_of", "letter, place", 2, 2,
                                  []() -> std::unique_ptr<Rows> { return std::make_unique<Letters>(); }};

Database database()
{
    auto made = Database::openInMemory();
    REQUIRE(made);
    REQUIRE(addTableFunction(*made, lettersOf));
    REQUIRE(made->execute("CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO word VALUES (1, 'ab'), "
                          "(2, NULL), (3, ''), (4, 'cde')"));
    return *std::move(made);
}

Result<std::string> read(Database& database, char const* sql)
{
    QIANLI_ASSIGN(auto statement, database.prepare(sql));
    std::string rows;
    for (;;) {
        QIANLI_ASSIGN(bool const more, statement.step());
        if (!more)
            return rows;
        rows += statement.text(0) + " ";
    }
}

} // namespace

TEST_CASE("a statement reads the rows that a function makes of its tables", "[sqlite]")
{
    Database made = database();
    CHECK(*read(made,
                "SELECT w.id || l.letter || l.place FROM word w JOIN letters_of(w.text, 0) l ORDER BY w.id, l.place") ==
          "1a0 1b1 4c0 4d1 4e2 ");
    CHECK(*read(made, "SELECT l.letter FROM letters_of('xyz', 1) l") == "y z ");
    CHECK(*read(made,
                "SELECT l.letter FROM word w JOIN letters_of(w.text, 0) l WHERE l.place = 1 ORDER BY l.letter DESC") ==
          "d b ");
    // The texts outlive the row that they come from.
    CHECK(*read(made, "SELECT max(l.letter) || min(l.letter) FROM word w JOIN letters_of(w.text, 0) l") == "ea ");
}

TEST_CASE("a function of rows says what is wrong", "[sqlite]")
{
    Database made = database();
    auto const damaged = read(made, "SELECT l.letter FROM letters_of('a!', 0) l");
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().code == ErrorCode::Corrupt);
    CHECK(damaged.error().message.find("no such letter") != std::string::npos);
    CHECK_FALSE(read(made, "SELECT l.letter FROM letters_of('a') l"));
    CHECK_FALSE(read(made, "SELECT l.letter FROM letters_of l"));
}
