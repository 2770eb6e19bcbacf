// XXH3 with the widest vectors that the processor has: the library's ordinary entry knows those of 2003 only.
#pragma once

#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>
#endif
