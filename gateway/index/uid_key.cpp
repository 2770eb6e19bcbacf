#include "gateway/index/uid_key.h"

#include <xxhash.h>

namespace qianli::gateway {

std::int64_t uidKey(std::string_view uid)
{
    constexpr std::size_t countedDigits = 3;
    constexpr int bitsOfTens = 7; // 0 to 99
    constexpr int bitsOfHash = 40;
    std::size_t end = uid.size();
    while (end > 0 && uid.size() - end < countedDigits && uid[end - 1] >= '0' && uid[end - 1] <= '9')
        --end;
    int tens = 0;
    for (std::size_t i = end; i + 1 < uid.size(); ++i)
        tens = tens * 10 + (uid[i] - '0');
    std::uint64_t const hash = XXH3_64bits(uid.data(), end) >> (64 - bitsOfHash);
    return static_cast<std::int64_t>(hash << bitsOfTens) | tens;
}

} // namespace qianli::gateway
