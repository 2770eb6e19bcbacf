#include "tests/bench/options.h"

#include <charconv>

namespace qianli::bench {

Result<Options> Options::read(std::span<char* const> words)
{
    Options options;
    for (std::size_t i = 0; i < words.size(); i += 2) {
        std::string const name = words[i];
        if (!name.starts_with("--") || i + 1 == words.size())
            return fail(ErrorCode::InvalidInput, name + ": expected pairs of --name and value");
        options.values_[name.substr(2)] = words[i + 1];
    }
    return options;
}

std::uint64_t Options::number(std::string const& name, std::uint64_t otherwise)
{
    std::string const value = text(name, std::to_string(otherwise));
    std::uint64_t number = 0;
    auto const [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failed != std::errc() || end != value.data() + value.size())
        wrong_ = "--" + name + ": expected a number, found \"" + value + "\"";
    return number;
}

std::string Options::text(std::string const& name, std::string otherwise)
{
    if (auto found = values_.extract(name)) {
        otherwise = found.mapped();
        taken_.insert(std::move(found));
    } else if (auto const before = taken_.find(name); before != taken_.end()) {
        otherwise = before->second;
    }
    return otherwise;
}

Result<void> Options::allTaken() const
{
    if (!wrong_.empty())
        return fail(ErrorCode::InvalidInput, wrong_);
    if (!values_.empty())
        return fail(ErrorCode::InvalidInput, "unknown option --" + values_.begin()->first);
    return {};
}

} // namespace qianli::bench
