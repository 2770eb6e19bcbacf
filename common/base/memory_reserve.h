// MemoryReserve: memory kept aside for the moment when the system gives no more. Whoever is at work then finishes with
// it, and new work is refused until there is enough again.
//
// Without it the first small allocation that fails would end the program, wherever it happens to be. Thread-safe.
#pragma once

#include <cstddef>

namespace qianli {

class MemoryReserve {
public:
    // Once, at the start of a program.
    static void keep(std::size_t bytes);
    // Some of it is in use. Looks whether the system has memory again, once a second.
    static bool isShort();
};

} // namespace qianli
