// DeviceWriter: what the index knows of the devices that send, counted in memory and written once for each group; with
// IndexWriter, inside the same transactions and with the same promise.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace qianli::gateway {

// What the rows say of an object that is read again: headers that are read by what was meant until now may say
// something else, where that reading was cut short or was done by an earlier version of ours.
struct NotedText {
    bool corrected = false, uncertain = false;
    std::string station, manufacturer;
};

class DeviceWriter {
public:
    explicit DeviceWriter(sqlite::Database& database) : database_(database) {}

    // Once for each object; `study` is the row that it belongs to. What reading stations make is nobody's device's.
    Result<void> note(IndexedObject const& object, std::int64_t study);
    // One that was deleted since.
    Result<void> note(Receipt const& receipt, DeviceNote const& counted);
    // An object that was noted before, and whose text is read otherwise now. Written at once.
    Result<void> noteAgain(IndexedObject const& object, NotedText const& before, std::int64_t study);
    Result<void> finish();
    void forget();

private:
    struct Device {
        std::int64_t id = 0;
        bool isShared = false; // by those who came after the last row of their own
        std::string station, manufacturer;
        std::deque<std::int64_t> skews; // seconds, oldest first
        std::int64_t lastReceived = 0;
        // Not yet written.
        std::uint64_t objects = 0, versions = 0, corrected = 0, uncertain = 0;
        std::array<std::uint64_t, 32> defects{};
    };
    Result<Device*> device(Receipt const& receipt);
    Result<std::optional<Device>> read(model::SiteId const& site, std::string const& callingAe,
                                       std::string const& address);
    Result<bool> isFull(model::SiteId const& site);
    Result<void> noteStudy(std::int64_t study, dicom::Defects defects);
    Result<void> write(Device& device);

    sqlite::Database& database_;
    std::unordered_map<std::string, Device> devices_;            // by site, calling AE title and address
    std::unordered_set<std::string> sharing_;                    // of the same, who has no row of its own
    std::unordered_map<std::int64_t, dicom::Defects> ofStudies_; // what is written of each
};

// What is counted of an object.
DeviceNote deviceNote(Receipt const& receipt, dicom::InstanceHeader const& header);

// The devices of a site, by calling AE title and address. A site has a thousand of them; whoever comes later shares
// "others", so that callers who invent AE titles make no rows.
Result<std::vector<DeviceRecord>> readDevices(sqlite::Database& database, model::SiteId const& site);

} // namespace qianli::gateway
