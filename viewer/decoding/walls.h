// Walls around a process that runs codecs: image decoders are where files from anybody's CD break programs.
//
// Promise: behind them the process opens no file, makes no socket, starts no program, maps no code and debugs nobody;
// what it needs must have been opened before. It can't take more memory than it was given.
#pragma once

#include "common/base/result.h"

#include <cstdint>

namespace qianli::viewer {

// Address space and files in memory up to `memory` bytes, no core dump.
Result<void> limitResources(std::uint64_t memory);
// For good, for all threads that this one starts.
Result<void> closeWalls();
// Ends the process once it has used this much more processor time.
void limitProcessorTime(std::uint32_t seconds);

} // namespace qianli::viewer
