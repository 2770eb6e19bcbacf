#include "gateway/ingest/disk_trouble.h"

namespace qianli::gateway {
namespace {

constexpr char code[] = "disk", subject[] = "archive";

} // namespace

void judgeWriting(BlobStore& store, Observers const& observers)
{
    if (auto const written = store.tryToWrite(); !written)
        observers.raise("disk", subject,
                        "the archive can't be written: " + written.error().message +
                            ": C-STORE answers A700H, and devices keep their images",
                        "look at `dmesg`, `mount` and `df -i`; it goes on by itself when the disk takes again");
    else
        observers.clear(code, subject);
}

bool isWritingRefused(Observers const& observers)
{
    return observers.stands(code, subject);
}

} // namespace qianli::gateway
