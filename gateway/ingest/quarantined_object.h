// QuarantinedObject: an object of an unknown caller, as its record beside the file says, and the groups that people
// see.
#pragma once

#include "gateway/ingest/ingest.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <functional>
#include <span>
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
    std::uint64_t recordBytes = 0; // length of the record that it was read from
    std::string unreadable;        // why its record can't be read: nothing but its file is known then

    std::uint64_t bytes() const { return dataSetOffset + dataSetLength; }
    // What it takes of the disk: both files, in whole blocks.
    std::uint64_t room() const;
    // Short words for its caller and study: the same for all objects of both. "unreadable" without a record.
    std::string group() const;
};

nlohmann::json toJson(QuarantinedObject const& object);
// Corrupt when it is no such record.
Result<QuarantinedObject> quarantinedObjectFromJson(std::string const& id, nlohmann::json const& json);
// One whose record can't be read. When it came is in the ID.
QuarantinedObject unreadableObject(std::string const& id, Error const& why, std::uint64_t fileBytes);

// Passes over the data set in its file. Corrupt at the end unless these are the bytes that were received.
Result<void> readDataSet(std::filesystem::path const& file, QuarantinedObject const& object,
                         std::function<Result<void>(std::span<std::uint8_t const>)> const& visit);

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
