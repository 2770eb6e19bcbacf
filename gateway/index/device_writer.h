// DeviceWriter: what the index knows of the devices that send, counted in memory and written once for each group; with
// IndexWriter, inside the same transactions and with the same promise.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <array>
#include <deque>
#include <string>
#include <unordered_map>

namespace qianli::gateway {

class DeviceWriter {
public:
    explicit DeviceWriter(sqlite::Database& database) : database_(database) {}

    // Once for each object; `study` is the row that it belongs to. What reading stations make is nobody's device's.
    Result<void> note(IndexedObject const& object, std::int64_t study);
    // An object that was noted before, and whose text is read otherwise now. Written at once.
    Result<void> noteAgain(IndexedObject const& object, ReadAgain const& headers, std::int64_t study);
    Result<void> finish();
    void forget();

private:
    struct Device {
        std::int64_t id = 0;
        std::string station, manufacturer;
        std::deque<std::int64_t> skews; // seconds, oldest first
        std::int64_t lastReceived = 0;
        // Not yet written.
        std::uint64_t objects = 0, versions = 0, corrected = 0, uncertain = 0;
        std::array<std::uint64_t, 32> defects{};
    };
    Result<Device*> device(Receipt const& receipt);
    Result<void> noteStudy(std::int64_t study, dicom::Defects defects);
    Result<void> write(Device& device);

    sqlite::Database& database_;
    std::unordered_map<std::string, Device> devices_;            // by site, calling AE title and address
    std::unordered_map<std::int64_t, dicom::Defects> ofStudies_; // what is written of each
};

// The devices of a site, by calling AE title and address.
Result<std::vector<DeviceRecord>> readDevices(sqlite::Database& database, model::SiteId const& site);

} // namespace qianli::gateway
