// GetService: C-GET, the objects come back over the caller's own association (PS3.4 C.4.3).
#pragma once

#include "gateway/service/retrieve.h"

namespace qianli::gateway {

class GetService {
public:
    GetService(StudyIndex const& index, BlobStore const& store) : index_(index), store_(store) {}

    // Objects whose stored transfer syntax the caller did not accept are failed sub-operations: nothing is re-encoded.
    RetrieveOutcome run(Caller const& caller, RetrieveRequest const& request, RetrieveTarget& target,
                        Progress const& progress) const;

private:
    StudyIndex const& index_;
    BlobStore const& store_;
};

} // namespace qianli::gateway
