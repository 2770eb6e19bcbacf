// A raw deflate stream of about so many bytes that inflates to a thousand times as many zeros.
#pragma once

#include <string>

namespace qianli::test {

std::string deflateBomb(std::size_t bytes);

} // namespace qianli::test
