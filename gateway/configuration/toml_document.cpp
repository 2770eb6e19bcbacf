#include "gateway/configuration/toml_document.h"

#include "common/base/file.h"
#include "common/base/text.h"

#include <fmt/format.h>
#include <sstream>
#include <stdexcept>

// Some files that are no TOML fail an assertion of toml++ ("[[["), and where those are off it goes on with what it took
// for certain. With ours they are refused like the others.
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : throw std::logic_error("this is no TOML"))
#define TOML_HEADER_ONLY 1
#pragma GCC diagnostic push
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wterminate"
#endif
#include <toml++/toml.h>
#pragma GCC diagnostic pop

namespace qianli::gateway {
namespace {

constexpr std::uint64_t largestFile = 4ull << 20;

// Nesting is bounded by toml++ (256 levels).
TomlValue convert(toml::node const& node)
{
    TomlValue value;
    value.line = static_cast<int>(node.source().begin.line);
    value.column = static_cast<int>(node.source().begin.column);
    if (auto const* text = node.as_string()) {
        value.kind = TomlValue::Kind::Text;
        value.text = text->get();
    } else if (auto const* integer = node.as_integer()) {
        value.kind = TomlValue::Kind::Integer;
        value.integer = integer->get();
    } else if (auto const* boolean = node.as_boolean()) {
        value.kind = TomlValue::Kind::Boolean;
        value.boolean = boolean->get();
    } else if (auto const* array = node.as_array()) {
        value.kind = TomlValue::Kind::Array;
        for (auto const& item : *array)
            value.items.push_back(convert(item));
    } else if (auto const* table = node.as_table()) {
        value.kind = TomlValue::Kind::Table;
        for (auto const& [key, member] : *table)
            value.members.push_back({std::string(key.str()), static_cast<int>(key.source().begin.line),
                                     static_cast<int>(key.source().begin.column), convert(member)});
    } else {
        value.text = node.is_floating_point() ? "a fraction" : "a date or time";
    }
    return value;
}

} // namespace

Result<TomlValue> readToml(std::filesystem::path const& file)
{
    auto text = readFile(file, largestFile);
    if (!text)
        return tl::unexpected(std::move(text).error().at(file.string()));
    return parseToml(*text, file);
}

Result<TomlValue> parseToml(std::string_view text, std::filesystem::path const& file)
{
    try {
        return convert(toml::parse(text, file.string()));
    } catch (toml::parse_error const& error) {
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{}:{}:{}: {}", file.string(), error.source().begin.line, error.source().begin.column,
                                text::escapeControl(error.description())));
    } catch (std::logic_error const& error) {
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {}", file.string(), error.what()));
    }
}

std::string_view describe(TomlValue::Kind kind)
{
    switch (kind) {
    case TomlValue::Kind::Text:
        return "a text";
    case TomlValue::Kind::Integer:
        return "a number";
    case TomlValue::Kind::Boolean:
        return "true or false";
    case TomlValue::Kind::Array:
        return "a list";
    case TomlValue::Kind::Table:
        return "a table";
    case TomlValue::Kind::Other:
        break;
    }
    return "a fraction, date or time";
}

} // namespace qianli::gateway
