// Removal: studies are deleted from archive and index, beside whatever else is written.
//
// Promise: what was begun holds and is finished, here or at the next start; the index is then the one that would be
// made from what stays. Whoever sends the same objects again afterwards is told Success for new ones.
#pragma once

#include "gateway/ingest/ingest.h"

#include <functional>
#include <string>
#include <vector>

namespace qianli::gateway {

struct StudyPart {
    StudyKey study;
    int part = 0;
};

struct RemovalRequest {
    std::vector<StudyPart> studies;
    std::string person, reason;
    TimePoint at{};
    CharsetOf charsetOf; // as text is read now; where it is not given: as the receipt says
    // Asked when nothing can be added to them any more and nothing has gone yet.
    std::function<Result<void>()> stillMay;
    // While nobody is served: however much hangs together with them is written anew at once.
    bool isAlone = false;
};

struct RemovalReport {
    std::uint64_t removal = 0; // its number in the archive
    std::uint64_t objects = 0, bytes = 0;
    std::uint64_t linkedElsewhere = 0; // files that a copy made of hard links still has
    std::vector<StudyKey> touched;     // studies whose rows may be others now
    std::string unfinished;            // why the files could not all be deleted yet; the next start tries again
};

// Conflict when objects of them are arriving. LimitExceeded when too much else would have to be written anew.
Result<RemovalReport> removeStudies(BlobStore& store, StudyIndex& index, RemovalRequest const& request);

// At the start, before anything else is written: removals that the index has not followed.
// What stays and can't be written anew because it is lost or damaged goes, too, and is counted.
class LeftOut;
Result<void> followRemovals(BlobStore const& store, StudyIndex& index, CharsetOf const& charsetOf,
                            LeftOut* leftOut = nullptr);

} // namespace qianli::gateway
