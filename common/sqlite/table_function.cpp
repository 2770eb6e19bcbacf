#include "common/sqlite/table_function.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <string>
#include <vector>

namespace qianli::sqlite {
namespace {

struct Table : sqlite3_vtab {
    TableFunction const* function = nullptr;
};

struct Cursor : sqlite3_vtab_cursor {
    std::unique_ptr<Rows> rows;
    // Copies of the arguments: SQLite's own go when filter() returns.
    std::vector<std::string> texts;
    std::vector<Cell> arguments;
    bool there = false;
    std::int64_t number = 0;
};

Cursor& own(sqlite3_vtab_cursor* cursor)
{
    return *static_cast<Cursor*>(cursor);
}

int connect(sqlite3* database, void* function, int, char const* const*, sqlite3_vtab** made, char**)
{
    auto table = std::make_unique<Table>();
    table->function = static_cast<TableFunction const*>(function);
    std::string declaration = fmt::format("CREATE TABLE x({}", table->function->columns);
    for (int i = 0; i < table->function->argumentCount; ++i)
        declaration += fmt::format(", argument{} HIDDEN", i + 1);
    int const code = sqlite3_declare_vtab(database, (declaration + ")").c_str());
    if (code != SQLITE_OK)
        return code;
    *made = table.release();
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table)
{
    delete static_cast<Table*>(table);
    return SQLITE_OK;
}

// There is one way to read it: with all arguments given.
int choosePlan(sqlite3_vtab* table, sqlite3_index_info* info)
{
    TableFunction const& function = *static_cast<Table*>(table)->function;
    int given = 0;
    for (int i = 0; i < info->nConstraint; ++i) {
        auto const& constraint = info->aConstraint[i];
        int const argument = constraint.iColumn - function.columnCount;
        if (argument < 0 || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (constraint.usable == 0)
            return SQLITE_CONSTRAINT;
        info->aConstraintUsage[i].argvIndex = argument + 1;
        info->aConstraintUsage[i].omit = 1;
        ++given;
    }
    constexpr double usualRows = 16;
    info->estimatedCost = usualRows;
    info->estimatedRows = static_cast<sqlite3_int64>(usualRows);
    return given == function.argumentCount ? SQLITE_OK : SQLITE_CONSTRAINT;
}

int open(sqlite3_vtab* table, sqlite3_vtab_cursor** made)
{
    auto cursor = std::make_unique<Cursor>();
    cursor->rows = static_cast<Table*>(table)->function->open();
    *made = cursor.release();
    return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor)
{
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
}

int refuse(Cursor& cursor, Error const& error)
{
    cursor.there = false;
    sqlite3_free(cursor.pVtab->zErrMsg);
    cursor.pVtab->zErrMsg = sqlite3_mprintf("%s", error.message.c_str());
    return error.code == ErrorCode::Corrupt ? SQLITE_CORRUPT : SQLITE_ERROR;
}

int next(sqlite3_vtab_cursor* raw)
{
    Cursor& cursor = own(raw);
    auto const more = cursor.rows->next();
    if (!more)
        return refuse(cursor, more.error());
    cursor.there = *more;
    ++cursor.number;
    return SQLITE_OK;
}

Cell copied(sqlite3_value* value, std::string& kept)
{
    auto const keep = [&](void const* bytes) {
        kept.assign(static_cast<char const*>(bytes), static_cast<std::size_t>(sqlite3_value_bytes(value)));
    };
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        return std::int64_t(sqlite3_value_int64(value));
    case SQLITE_TEXT:
        keep(sqlite3_value_text(value));
        return std::string_view(kept);
    case SQLITE_BLOB:
        if (sqlite3_value_bytes(value) == 0)
            return std::span<std::uint8_t const>();
        keep(sqlite3_value_blob(value));
        return std::span(reinterpret_cast<std::uint8_t const*>(kept.data()), kept.size());
    default:
        return std::monostate();
    }
}

int filter(sqlite3_vtab_cursor* raw, int, char const*, int count, sqlite3_value** values)
{
    Cursor& cursor = own(raw);
    cursor.texts.resize(static_cast<std::size_t>(count));
    cursor.arguments.clear();
    for (int i = 0; i < count; ++i)
        cursor.arguments.push_back(copied(values[i], cursor.texts[static_cast<std::size_t>(i)]));
    cursor.number = 0;
    if (auto const begun = cursor.rows->begin(cursor.arguments); !begun)
        return refuse(cursor, begun.error());
    return next(raw);
}

int isAtEnd(sqlite3_vtab_cursor* cursor)
{
    return own(cursor).there ? 0 : 1;
}

int column(sqlite3_vtab_cursor* raw, sqlite3_context* context, int position)
{
    Cursor const& cursor = own(raw);
    if (position >= static_cast<Table*>(raw->pVtab)->function->columnCount)
        return SQLITE_OK; // an argument: nobody reads it
    Cell const cell = cursor.rows->cell(position);
    if (auto const* number = std::get_if<std::int64_t>(&cell))
        sqlite3_result_int64(context, *number);
    else if (auto const* text = std::get_if<std::string_view>(&cell))
        sqlite3_result_text64(context, text->empty() ? "" : text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    else if (auto const* bytes = std::get_if<std::span<std::uint8_t const>>(&cell))
        sqlite3_result_blob64(context, bytes->empty() ? reinterpret_cast<std::uint8_t const*>("") : bytes->data(),
                              bytes->size(), SQLITE_TRANSIENT);
    return SQLITE_OK;
}

int rowId(sqlite3_vtab_cursor* cursor, sqlite3_int64* number)
{
    *number = own(cursor).number;
    return SQLITE_OK;
}

sqlite3_module const& module()
{
    static sqlite3_module const made = [] {
        sqlite3_module m{};
        m.xConnect = &connect;
        m.xBestIndex = &choosePlan;
        m.xDisconnect = &disconnect;
        m.xOpen = &open;
        m.xClose = &close;
        m.xFilter = &filter;
        m.xNext = &next;
        m.xEof = &isAtEnd;
        m.xColumn = &column;
        m.xRowid = &rowId;
        return m;
    }();
    return made;
}

} // namespace

Result<void> addTableFunction(Database& database, TableFunction const& function)
{
    // SQLite hands the pointer back to connect(), which takes it as const again.
    auto* const unchanged = const_cast<TableFunction*>(&function);
    int const code = sqlite3_create_module_v2(database.handle(), function.name, &module(), unchanged, nullptr);
    if (code != SQLITE_OK)
        return fail(ErrorCode::Internal,
                    fmt::format("adding the SQL table function {}: {}", function.name, sqlite3_errstr(code)));
    return {};
}

} // namespace qianli::sqlite
