#include "common/sqlite/text_predicate.h"

#include <fmt/format.h>
#include <memory>
#include <sqlite3.h>

namespace qianli::sqlite {
namespace {

std::string_view textOf(sqlite3_value* value)
{
    auto const* text = reinterpret_cast<char const*>(sqlite3_value_text(value));
    return text == nullptr ? std::string_view()
                           : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void answer(sqlite3_context* context, int, sqlite3_value** arguments)
{
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL || sqlite3_value_type(arguments[1]) == SQLITE_NULL)
        return sqlite3_result_null(context);
    auto const* predicate = static_cast<TextPredicate const*>(sqlite3_user_data(context));
    sqlite3_result_int(context, (*predicate)(textOf(arguments[0]), textOf(arguments[1])) ? 1 : 0);
}

void forget(void* predicate)
{
    delete static_cast<TextPredicate*>(predicate);
}

} // namespace

Result<void> addTextPredicate(Database& database, char const* name, TextPredicate predicate)
{
    auto kept = std::make_unique<TextPredicate>(predicate);
    int const flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    // SQLite calls forget() also when it refuses.
    int const code = sqlite3_create_function_v2(database.handle(), name, 2, flags, kept.release(), &answer, nullptr,
                                                nullptr, &forget);
    if (code != SQLITE_OK)
        return fail(ErrorCode::Internal, fmt::format("adding the SQL function {}: {}", name, sqlite3_errstr(code)));
    return {};
}

} // namespace qianli::sqlite
