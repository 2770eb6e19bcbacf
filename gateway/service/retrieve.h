// What C-MOVE and C-GET share: the plan of instances, the sub-operations and their counts, the final status (PS3.4
// C.4.2, C.4.3).
//
// Promise: Success is said only when every instance of the plan was sent and taken; a plan without instances is a
// failure (R12).
#pragma once

#include "common/dicom/network/dicom_client.h"
#include "common/dicom/network/identifier_codec.h"
#include "gateway/archive/blob_store.h"
#include "gateway/index/study_index.h"
#include "gateway/service/caller.h"
#include "gateway/service/dimse_status.h"
#include "gateway/service/find.h"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace qianli::gateway {

struct RetrieveRequest {
    dicom::Uid sopClass, transferSyntax;
    std::span<std::uint8_t const> identifier;
    // Told what is going to be sent, before the first is.
    std::function<void(std::span<InstanceRecord const>)> onPlan = {};
    // More in one plan are refused (LimitExceeded): it has up to 2 KiB for each, and the counts of a response end there
    // (PS3.7 E.1).
    std::size_t mostObjects = 65'535;
};

// What the caller sees of what it names, in the order to serve; NotFound when that is nothing, Conflict when what it
// names (at its level: a patient, a study, a series, an object) is held by two sites or of two patients. Patient ID,
// issuer, name, birth date and sex in the identifier say which.
Result<std::vector<InstanceRecord>> planRetrieve(StudyIndex const& index, Caller const& caller,
                                                 RetrieveRequest const& request);

struct SubOperations {
    std::size_t remaining = 0, completed = 0, failed = 0, warning = 0;
    std::vector<dicom::Uid> failedInstances;
    std::string firstFailure; // in words

    void fail(dicom::Uid const& instance, std::string_view reason);
    // What the counts amount to, after the last or after a C-CANCEL.
    DimseStatus finalStatus(Proceed how) const;
};

// Told after each sub-operation; decides whether to go on.
using Progress = std::function<Proceed(SubOperations const&)>;

// Where the objects go. NotFound: this one can't be taken there; any other error: nothing more can.
class RetrieveTarget {
public:
    virtual ~RetrieveTarget() = default;
    // `meanwhile` is called once all is sent, while the answer is on its way.
    virtual Result<dicom::StoreAnswer> store(dicom::OutgoingObject const& object,
                                             std::function<void()> const& meanwhile) = 0;
};

// Sends the instances one after the other, reading and checking the next one while the answer to the last is awaited;
// what is left after a dead target counts as failed.
Proceed sendInstances(std::span<InstanceRecord const> instances, BlobStore const& store, RetrieveTarget& target,
                      SubOperations& counts, Progress const& progress);

struct RetrieveOutcome {
    DimseStatus status;
    SubOperations counts;
};

// The identifier of a final response: Failed SOP Instance UID List (0008,0058).
Result<std::vector<std::uint8_t>> encodeFailedInstances(SubOperations const& counts, dicom::Uid const& transferSyntax);

} // namespace qianli::gateway
