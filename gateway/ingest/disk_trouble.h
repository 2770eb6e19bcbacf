// The alarm `disk archive`: the archive's disk can't be written, however much room it has: it is read-only or broken,
// or has no inodes or quota left.
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/audit/observers.h"

namespace qianli::gateway {

// Tries, and raises the alarm or clears it. Any thread.
void judgeWriting(BlobStore& store, Observers const& observers);
bool isWritingRefused(Observers const& observers);

} // namespace qianli::gateway
