// One receipt as a line of the log: 16 hex digits of the XXH3-64 of what follows, a space, JSON, a newline.
//
// Always UTF-8, whatever a field holds: other bytes are shown as \xd5.
// People read it at 3 a.m. and `xxhsum -H3` checks it; a line that was torn by a power cut doesn't pass.
#pragma once

#include "common/base/result.h"
#include "gateway/archive/receipt.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace qianli::gateway {

// `group`: the sequence of the first receipt that was synced together with this one.
void appendReceiptLine(std::string& lines, Receipt const& receipt, std::uint64_t group);

struct ReceiptLine {
    Receipt receipt;
    std::uint64_t group = 0;
};
// Without the newline. Corrupt when checksum or content is wrong.
Result<ReceiptLine> parseReceiptLine(std::string_view line);
bool isSoundLine(std::string_view line);

// The same frame around any short JSON text (the checkpoint).
std::string frameLine(std::string_view json);
// The JSON of a framed line; Corrupt when the checksum is wrong.
Result<std::string_view> unframeLine(std::string_view line);

} // namespace qianli::gateway
