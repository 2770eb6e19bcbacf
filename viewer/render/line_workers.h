// LineWorkers: cuts the lines of one picture between the calling thread and one more.
#pragma once

#include <functional>

namespace qianli::viewer {

// Calls `work(begin, end)` so that all of [0, count) is covered, and returns when it is. The second thread serves one
// picture at a time: a call that finds it busy does all its lines alone.
void forEachLineRange(int count, std::function<void(int, int)> const& work);

} // namespace qianli::viewer
