#include "gateway/configuration/section.h"

#include "common/base/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace qianli::gateway {
namespace {

TomlValue const& emptyTable()
{
    static TomlValue const table = [] {
        TomlValue value;
        value.kind = TomlValue::Kind::Table;
        return value;
    }();
    return table;
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr Unit durations[] = {{"ms", 1},        {"s", 1000},       {"sec", 1000},       {"min", 60'000},
                              {"h", 3'600'000}, {"d", 86'400'000}, {"days", 86'400'000}};
constexpr Unit sizes[] = {{"B", 1},
                          {"kB", 1000},
                          {"MB", 1000'000},
                          {"GB", 1000'000'000},
                          {"TB", 1000'000'000'000},
                          {"KiB", 1ull << 10},
                          {"MiB", 1ull << 20},
                          {"GiB", 1ull << 30},
                          {"TiB", 1ull << 40}};

// "60 s": digits, optional space, unit; nothing when it is not that or too large.
std::optional<std::uint64_t> quantity(std::string_view text, std::span<Unit const> units)
{
    text = text::trim(text);
    std::uint64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data())
        return std::nullopt;
    auto const unit = text::trim(text.substr(static_cast<std::size_t>(end - text.data())));
    for (Unit const& candidate : units)
        if (unit == candidate.name) {
            if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / candidate.factor)
                return std::nullopt;
            return number * candidate.factor;
        }
    return std::nullopt;
}

std::string show(TomlValue const& value)
{
    switch (value.kind) {
    case TomlValue::Kind::Text:
        return fmt::format("\"{}\"", text::escapeControl(value.text));
    case TomlValue::Kind::Integer:
        return fmt::format("{}", value.integer);
    case TomlValue::Kind::Boolean:
        return value.boolean ? "true" : "false";
    case TomlValue::Kind::Other:
        return value.text;
    default:
        return std::string(describe(value.kind));
    }
}

} // namespace

void Problems::add(int line, int column, std::string const& what)
{
    found_.push_back({line, column, fmt::format("{}:{}:{}: {}", file_, line, column, what)});
}

void Problems::notAvailable(int line, std::string const& key)
{
    found_.push_back({line, 0, fmt::format("{}:{}: {}: not available in this version", file_, line, key)});
}

std::string Problems::text() const
{
    auto sorted = found_;
    std::stable_sort(sorted.begin(), sorted.end(), [](Problem const& a, Problem const& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    std::string all;
    for (Problem const& problem : sorted) {
        if (!all.empty())
            all += '\n';
        all += problem.text;
    }
    return all;
}

Section::Section(TomlValue const& table, std::string path, Problems& problems)
    : table_(&table), path_(std::move(path)), problems_(&problems)
{
}

std::string Section::name(std::string_view key) const
{
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

TomlMember const* Section::find(std::string_view key) const
{
    for (TomlMember const& member : table_->members)
        if (member.key == key)
            return &member;
    return nullptr;
}

void Section::problem(TomlValue const& value, std::string_view key, std::string const& what)
{
    problems_->add(value.line, value.column, fmt::format("{}: {}", name(key), what));
}

void Section::problem(std::string const& what)
{
    problems_->add(table_->line, table_->column, fmt::format("{}: {}", path_, what));
}

TomlValue const* Section::any(std::string_view key)
{
    known_.emplace(key);
    auto const* member = find(key);
    return member == nullptr ? nullptr : &member->value;
}

TomlValue const* Section::take(std::string_view key, TomlValue::Kind kind, std::string_view expected)
{
    auto const* value = any(key);
    if (value == nullptr || value->kind == kind)
        return value;
    problem(*value, key, fmt::format("expected {}, found {}", expected, show(*value)));
    return nullptr;
}

TomlValue const* Section::text(std::string_view key, std::string& target)
{
    auto const* value = take(key, TomlValue::Kind::Text, "a text in quotes");
    if (value != nullptr)
        target = value->text;
    return value;
}

TomlValue const* Section::path(std::string_view key, std::filesystem::path& target,
                               std::filesystem::path const& relativeTo)
{
    auto const* value = take(key, TomlValue::Kind::Text, "a path in quotes");
    if (value == nullptr)
        return nullptr;
    // Behind a NUL the system would not look.
    if (text::escapeControl(value->text) != value->text) {
        problem(*value, key, fmt::format("expected a path without control characters, found {}", show(*value)));
        return nullptr;
    }
    target = value->text.empty() ? std::filesystem::path() : (relativeTo / value->text).lexically_normal();
    return value;
}

TomlValue const* Section::texts(std::string_view key, std::vector<std::string>& target)
{
    auto const* value = take(key, TomlValue::Kind::Array, "a list of texts in brackets");
    if (value == nullptr)
        return nullptr;
    target.clear();
    for (TomlValue const& item : value->items) {
        if (item.kind == TomlValue::Kind::Text)
            target.push_back(item.text);
        else
            problem(item, key, fmt::format("expected a text in quotes, found {}", show(item)));
    }
    return value;
}

void Section::boolean(std::string_view key, bool& target)
{
    if (auto const* value = take(key, TomlValue::Kind::Boolean, "true or false"))
        target = value->boolean;
}

void Section::duration(std::string_view key, Duration& target)
{
    auto const* value = take(key, TomlValue::Kind::Text, "a duration such as \"60 s\" or \"30 min\"");
    if (value == nullptr)
        return;
    // Ten years: longer than anything here means, and far from overflow of the clock.
    constexpr std::uint64_t longest = 3650ull * 86'400'000;
    auto const milliseconds = quantity(value->text, durations);
    if (!milliseconds || *milliseconds == 0 || *milliseconds > longest)
        problem(*value, key,
                fmt::format("expected a duration such as \"60 s\", \"30 min\", \"2 h\" or \"7 d\", found {}",
                            show(*value)));
    else
        target = Duration(static_cast<Duration::rep>(*milliseconds));
}

void Section::bytes(std::string_view key, std::uint64_t& target, std::uint64_t least, std::uint64_t most)
{
    // Nothing needs no unit.
    auto const* plain = any(key);
    if (least == 0 && plain != nullptr && plain->kind == TomlValue::Kind::Integer && plain->integer == 0) {
        target = 0;
        return;
    }
    auto const* value = take(key, TomlValue::Kind::Text, "a size such as \"2 GiB\"");
    if (value == nullptr)
        return;
    auto const size = quantity(value->text, sizes);
    if (!size)
        problem(*value, key, fmt::format("expected a size such as \"500 MiB\" or \"2 GiB\", found {}", show(*value)));
    else if (*size < least || *size > most)
        problem(*value, key, fmt::format("expected a size from {} to {} bytes, found {}", least, most, show(*value)));
    else
        target = *size;
}

void Section::word(std::string_view key, std::string& target, std::vector<std::string> const& allowed)
{
    std::string const expected = fmt::format("\"{}\"", fmt::join(allowed, "\" or \""));
    auto const* value = take(key, TomlValue::Kind::Text, expected);
    if (value == nullptr)
        return;
    if (std::find(allowed.begin(), allowed.end(), value->text) == allowed.end())
        problem(*value, key, fmt::format("expected {}, found {}", expected, show(*value)));
    else
        target = value->text;
}

TomlValue const* Section::integer(std::string_view key, std::int64_t& target, std::int64_t least, std::int64_t most)
{
    auto const* value = take(key, TomlValue::Kind::Integer, fmt::format("a number from {} to {}", least, most));
    if (value == nullptr)
        return nullptr;
    if (value->integer < least || value->integer > most) {
        problem(*value, key, fmt::format("expected a number from {} to {}, found {}", least, most, value->integer));
        return nullptr;
    }
    target = value->integer;
    return value;
}

void Section::notAvailable(std::string_view key, std::string_view off)
{
    known_.emplace(key);
    auto const* member = find(key);
    if (member == nullptr)
        return;
    TomlValue const& value = member->value;
    bool isOff = false;
    switch (value.kind) {
    case TomlValue::Kind::Text:
        isOff = value.text.empty() || value.text == "no" || (!off.empty() && value.text == off);
        break;
    case TomlValue::Kind::Integer:
        isOff = value.integer == 0;
        break;
    case TomlValue::Kind::Boolean:
        isOff = !value.boolean;
        break;
    case TomlValue::Kind::Array:
        isOff = value.items.empty();
        break;
    case TomlValue::Kind::Table:
        isOff = value.members.empty();
        break;
    case TomlValue::Kind::Other:
        break;
    }
    if (!isOff)
        problems_->notAvailable(member->line, name(key));
}

void Section::notAvailableWord(TomlValue const& item, std::string_view key)
{
    problems_->notAvailable(item.line, fmt::format("{} \"{}\"", name(key), item.text));
}

Section Section::below(std::string_view key)
{
    auto const* value = take(key, TomlValue::Kind::Table, fmt::format("a table [{}]", name(key)));
    return Section(value == nullptr ? emptyTable() : *value, name(key), *problems_);
}

std::vector<Section> Section::list(std::string_view key)
{
    std::vector<Section> result;
    auto const* value = take(key, TomlValue::Kind::Array, fmt::format("tables [[{}]]", name(key)));
    if (value == nullptr)
        return result;
    for (TomlValue const& item : value->items) {
        if (item.kind == TomlValue::Kind::Table)
            result.emplace_back(item, name(key), *problems_);
        else
            problem(item, key, fmt::format("expected a table, found {}", show(item)));
    }
    return result;
}

void Section::finish()
{
    for (TomlMember const& member : table_->members)
        if (!known_.contains(member.key))
            problems_->add(member.line, member.column,
                           fmt::format("{}: unknown key; expected one of: {}", name(text::escapeControl(member.key)),
                                       fmt::join(known_, ", ")));
}

} // namespace qianli::gateway
