#include "tests/support/deflate_bomb.h"

#include <stdexcept>
#include <zlib.h>

namespace qianli::test {

std::string deflateBomb(std::size_t bytes)
{
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("no memory to deflate");
    std::string zeros(8 << 20, '\0'), block(64 << 10, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(zeros.size());
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    deflate(&stream, Z_FULL_FLUSH); // ends with a byte of its own and refers to nothing before: may be repeated
    block.resize(stream.total_out);
    deflateEnd(&stream);
    std::string bomb;
    while (bomb.size() < bytes)
        bomb += block;
    return bomb + std::string("\x03\0", 2); // an empty last block
}

} // namespace qianli::test
