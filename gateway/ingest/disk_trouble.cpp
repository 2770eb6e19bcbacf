#include "gateway/ingest/disk_trouble.h"

#include "common/base/system_failure.h"

#include <cerrno>

namespace qianli::gateway {
namespace {

constexpr char code[] = "disk", subject[] = "archive";

void raise(Error const& why, Observers const& observers)
{
    observers.raise(code, subject,
                    "the archive can't be written: " + why.message +
                        ": C-STORE answers A700H, and devices keep their images",
                    "look at `dmesg`, `mount` and `df -i`; it goes on by itself when the disk takes again");
}

} // namespace

void judgeRefusal(Error const& failed, BlobStore& store, Observers const& observers)
{
    if (isSystemFailure(failed, {ENOSPC, EDQUOT, EROFS, EIO}))
        raise(failed, observers);
    else
        judgeWriting(store, observers);
}

void judgeWriting(BlobStore& store, Observers const& observers)
{
    if (auto const written = store.tryToWrite(); !written)
        raise(written.error(), observers);
    else
        observers.clear(code, subject);
}

bool isWritingRefused(Observers const& observers)
{
    return observers.stands(code, subject);
}

} // namespace qianli::gateway
