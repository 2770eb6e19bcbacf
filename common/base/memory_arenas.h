// useFewArenas: how many heaps glibc may keep beside one another.
#pragma once

namespace qianli {

// Left alone, glibc gives nearly every thread a heap of its own, and each keeps the most that was ever in use in it:
// what a program of many threads takes then grows for hours, although nothing is lost. To be called before the first
// thread.
void useFewArenas();

} // namespace qianli
