// `qianli-viewer render` and `qianli-viewer pixels`: one picture, or one frame's stored values, without a window.
//
// Exit codes: 0 done; 1 refused or failed, one sentence on standard error; 2 wrong usage.
#pragma once

#include <span>

namespace qianli::viewer {

// `arguments`: what follows the word "render" or "pixels" on the command line. No QCoreApplication may exist yet.
int runRenderCommand(std::span<char*> arguments);
int runPixelsCommand(std::span<char*> arguments);

} // namespace qianli::viewer
