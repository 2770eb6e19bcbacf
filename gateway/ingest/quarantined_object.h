// QuarantinedObject: an object of an unknown caller, as its record beside the file says, and the groups that people
// see.
#pragma once

#include "gateway/ingest/ingest.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace qianli::gateway {

struct QuarantinedObject {
    std::string id; // name of its files, made by us
    std::string callingAe, calledAe, address;
    TimePoint receivedAt{};
    Digest digest{};
    dicom::Uid sopClass, sopInstance, transferSyntax, study;
    std::string patientName, modality, stationName, manufacturer;
    dicom::Defects defects = 0;
    bool stat = false;
    std::uint32_t dataSetOffset = 0;
    std::uint64_t dataSetLength = 0;

    std::uint64_t bytes() const { return dataSetOffset + dataSetLength; }
    // Short words for its caller and study: the same for all objects of both.
    std::string group() const;
};

nlohmann::json toJson(QuarantinedObject const& object);
// Corrupt when it is no such record.
Result<QuarantinedObject> quarantinedObjectFromJson(std::string const& id, nlohmann::json const& json);

// Selector: "all", a group, a Study Instance UID, or AE@ADDRESS.
bool isSelected(QuarantinedObject const& object, std::string_view selector);

// What one caller sent of one study.
struct QuarantineGroup {
    QuarantinedObject first;
    std::uint64_t objects = 0, bytes = 0;
    TimePoint lastReceivedAt{};
};
// In the order of their first objects.
std::vector<QuarantineGroup> groupsOf(std::vector<QuarantinedObject> const& objects);

} // namespace qianli::gateway
