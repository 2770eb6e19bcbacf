// The alarm `disk archive`: the archive's disk can't be written, however much room it has: it is read-only or broken,
// or has no inodes or quota left.
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/audit/observers.h"

namespace qianli::gateway {

// Of a write that failed: where it says itself that the disk is to blame, the alarm is raised, for small files may
// still be taken where a large one was not; else as judgeWriting(). Any thread.
void judgeRefusal(Error const& failed, BlobStore& store, Observers const& observers);
// Tries, and raises the alarm or clears it. Any thread.
void judgeWriting(BlobStore& store, Observers const& observers);
bool isWritingRefused(Observers const& observers);

} // namespace qianli::gateway
