// A TOML file as plain values, each with the line and column where it stands. Keeps toml++ out of everybody else's
// build.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

struct TomlMember;

struct TomlValue {
    enum class Kind { Text, Integer, Boolean, Array, Table, Other };
    Kind kind = Kind::Other;
    int line = 0, column = 0;
    std::string text; // Kind::Text; for Kind::Other the name of its type
    std::int64_t integer = 0;
    bool boolean = false;
    std::vector<TomlValue> items;    // Kind::Array
    std::vector<TomlMember> members; // Kind::Table, in alphabetical order
};

struct TomlMember {
    std::string key;
    int line = 0, column = 0; // of the key
    TomlValue value;
};

// InvalidInput "FILE:LINE:COLUMN: …" when the text is no TOML; NotFound, Refused when the file can't be read.
Result<TomlValue> readToml(std::filesystem::path const& file);
// The same of a text that is or will be in that file.
Result<TomlValue> parseToml(std::string_view text, std::filesystem::path const& file);

// "a text", "a number", … : what was found, for messages.
std::string_view describe(TomlValue::Kind kind);

} // namespace qianli::gateway
