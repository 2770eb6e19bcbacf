// PdfObjects: the objects of a PDF that QPdfWriter wrote, and what stands in their dictionaries.
//
// Promise: nothing is read from beyond the file, and a PDF that is built in another way is refused.
#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qianli::crypto::pdf {

tl::unexpected<Error> unknown(std::string what);
bool isSpace(char c);
bool endsName(std::string_view text, std::size_t position);
// Where the value of a dictionary's key begins.
std::optional<std::size_t> valueOf(std::string_view dictionary, std::string_view key);
std::optional<std::size_t> numberOf(std::string_view dictionary, std::string_view key);
// "12 0 R" → 12
std::optional<std::size_t> readReference(std::string_view text, std::size_t& position);
Result<std::size_t> referenceOf(std::string_view dictionary, std::string_view key);

// The objects of a file, found through its cross-reference tables; of an object written again by an update the newest.
class Objects {
public:
    static Result<Objects> open(std::string_view file);

    // From behind "obj" to the object's stream or end.
    Result<std::string_view> dictionary(std::size_t object) const;
    Result<std::string> stream(std::size_t object) const;
    std::size_t root() const { return root_; }

private:
    Result<std::size_t> readTable(std::size_t offset); // gives /Prev, 0 when there is none
    Result<std::size_t> contentOf(std::size_t object) const;

    std::string_view file_;
    std::map<std::size_t, std::size_t> offsets_;
    std::size_t root_ = 0;
};

} // namespace qianli::crypto::pdf
