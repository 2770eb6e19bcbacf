// TableFunction: a function of ours whose rows a statement reads like those of a table, made from values of the tables
// before it: SELECT i.id FROM run r JOIN instances_of(r.packed) i.
#pragma once

#include "common/sqlite/database.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

namespace qianli::sqlite {

using Cell = std::variant<std::monostate, std::int64_t, std::string_view, std::span<std::uint8_t const>>;

class Rows {
public:
    virtual ~Rows() = default;
    // Once for each row of the tables before it. The arguments hold until the next begin().
    virtual Result<void> begin(std::span<Cell const> arguments) = 0;
    // True: a row is there to be read. Called before the first one, too.
    virtual Result<bool> next() = 0;
    virtual Cell cell(int column) const = 0;
};

struct TableFunction {
    char const* name;
    char const* columns; // "id, number"
    int columnCount;
    int argumentCount;
    std::unique_ptr<Rows> (*open)();
};

// Makes it known to the connection. `function` must outlive it.
Result<void> addTableFunction(Database& database, TableFunction const& function);

} // namespace qianli::sqlite
