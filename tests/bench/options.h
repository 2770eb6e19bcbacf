// Options: "--name value" pairs of a command line.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace qianli::bench {

class Options {
public:
    // InvalidInput for a word that is no such pair.
    static Result<Options> read(std::span<char* const> words);

    std::uint64_t number(std::string const& name, std::uint64_t otherwise);
    std::string text(std::string const& name, std::string otherwise);
    // InvalidInput naming a value that was no number, or an option that nobody asked for.
    Result<void> allTaken() const;

private:
    std::map<std::string, std::string> values_, taken_;
    std::string wrong_;
};

} // namespace qianli::bench
