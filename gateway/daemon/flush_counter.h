// How often this process has asked the disk to flush: files, folders and databases together, as strace counts them.
//
// The three calls are counted where they leave the program, so SQLite's are among them.
#pragma once

#include <cstdint>

namespace qianli::gateway {

std::uint64_t flushCount();

} // namespace qianli::gateway
