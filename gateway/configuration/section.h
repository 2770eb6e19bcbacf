// Section: one table of the configuration being read; notes every problem with file, line, column and what was
// expected, and goes on, so that an operator sees all of a file's mistakes at once.
#pragma once

#include "common/base/clock.h"
#include "gateway/configuration/toml_document.h"

#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

class Problems {
public:
    explicit Problems(std::filesystem::path const& file) : file_(file.string()) {}
    void add(int line, int column, std::string const& what);
    // Without a column, in the fixed words that scripts look for.
    void notAvailable(int line, std::string const& key);
    bool empty() const { return found_.empty(); }
    // In the order of the file, one a line.
    std::string text() const;

private:
    struct Problem {
        int line, column;
        std::string text;
    };
    std::string file_;
    std::vector<Problem> found_;
};

class Section {
public:
    // `path`: "dicom.limits", for messages.
    Section(TomlValue const& table, std::string path, Problems& problems);

    // Each takes the key when it is there and of the right kind; otherwise the target keeps its default.
    TomlValue const* text(std::string_view key, std::string& target);
    TomlValue const* path(std::string_view key, std::filesystem::path& target, std::filesystem::path const& relativeTo);
    TomlValue const* texts(std::string_view key, std::vector<std::string>& target);
    void boolean(std::string_view key, bool& target);
    void duration(std::string_view key, Duration& target);
    void bytes(std::string_view key, std::uint64_t& target, std::uint64_t least, std::uint64_t most);
    void word(std::string_view key, std::string& target, std::vector<std::string> const& allowed);
    template <typename T>
    TomlValue const* number(std::string_view key, T& target, std::int64_t least, std::int64_t most)
    {
        std::int64_t value = static_cast<std::int64_t>(target);
        auto const* found = integer(key, value, least, most);
        if (found != nullptr)
            target = static_cast<T>(value);
        return found;
    }

    // Keys of the finished product whose feature isn't here: 0, "", [], false, "no" and `off` are accepted, anything
    // else stops the start.
    void notAvailable(std::string_view key, std::string_view off = {});
    // The same for one word of a list: its line, the key and the word.
    void notAvailableWord(TomlValue const& item, std::string_view key);

    // A table below, or an empty one that is read as if it stood there.
    Section below(std::string_view key);
    // [[key]]: its tables.
    std::vector<Section> list(std::string_view key);
    bool has(std::string_view key) const { return find(key) != nullptr; }
    // Takes the key whatever its kind; nullptr when absent.
    TomlValue const* any(std::string_view key);

    // Everything that nobody took is an unknown key.
    void finish();

    void problem(TomlValue const& value, std::string_view key, std::string const& what);
    void problem(std::string const& what); // about the table as a whole
    std::string name(std::string_view key) const;
    TomlValue const& table() const { return *table_; }

private:
    TomlMember const* find(std::string_view key) const;
    TomlValue const* take(std::string_view key, TomlValue::Kind kind, std::string_view expected);
    TomlValue const* integer(std::string_view key, std::int64_t& target, std::int64_t least, std::int64_t most);

    TomlValue const* table_;
    std::string path_;
    Problems* problems_;
    std::set<std::string, std::less<>> known_;
};

} // namespace qianli::gateway
