#include "gateway/index/device_writer.h"

#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "common/dicom/device_time.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t keptSkews = 15; // an afternoon's; the median of them is what the clock is off by
constexpr std::size_t inMemory = 4096;

std::deque<std::int64_t> parseSkews(std::string_view joined)
{
    std::deque<std::int64_t> skews;
    for (std::string const& one : text::split(joined, ' ')) {
        std::int64_t seconds = 0;
        if (std::from_chars(one.data(), one.data() + one.size(), seconds).ec == std::errc())
            skews.push_back(seconds);
    }
    return skews;
}

} // namespace

Result<void> DeviceWriter::note(IndexedObject const& object, std::int64_t study)
{
    Receipt const& receipt = object.receipt;
    dicom::InstanceHeader const& header = object.header;
    if (receipt.origin == Origin::Station)
        return {};
    QIANLI_TRY(noteStudy(study, header.defects));
    QIANLI_ASSIGN(Device* const from, device(receipt));
    ++from->objects;
    from->versions += receipt.version > 1 ? 1 : 0;
    from->corrected += dicom::isCorrected(header.charset) ? 1 : 0;
    from->uncertain += header.charset.certain ? 0 : 1;
    from->lastReceived = std::max<std::int64_t>(from->lastReceived, receipt.receivedAt.time_since_epoch().count());
    if (!header.stationName.empty())
        from->station = header.stationName;
    if (!header.manufacturer.empty())
        from->manufacturer = header.manufacturer;
    for (dicom::Defects rest = header.defects; rest != 0; rest &= rest - 1)
        ++from->defects[static_cast<std::size_t>(std::countr_zero(rest))];
    if (receipt.origin != Origin::Site)
        return {};
    if (auto const skew = dicom::clockSkew(header, receipt.receivedAt)) {
        from->skews.push_back(std::chrono::duration_cast<std::chrono::seconds>(*skew).count());
        if (from->skews.size() > keptSkews)
            from->skews.pop_front();
    }
    return {};
}

Result<void> DeviceWriter::noteAgain(IndexedObject const& object, ReadAgain const& headers, std::int64_t study)
{
    Receipt const& receipt = object.receipt;
    if (receipt.origin == Origin::Station)
        return {};
    QIANLI_TRY(noteStudy(study, headers.after.defects));
    auto const& before = headers.before;
    auto const& after = headers.after;
    int const corrected = int(dicom::isCorrected(after.charset)) - int(dicom::isCorrected(before.charset));
    int const uncertain = int(before.charset.certain) - int(after.charset.certain);
    if (corrected == 0 && uncertain == 0 && before.stationName == after.stationName &&
        before.manufacturer == after.manufacturer)
        return {};
    QIANLI_ASSIGN(auto correct,
                  database_.prepare("UPDATE device SET charset_corrected = charset_corrected + ?4, charset_uncertain = "
                                    "charset_uncertain + ?5, station = iif(station = ?6, ?7, station), manufacturer = "
                                    "iif(manufacturer = ?8, ?9, manufacturer) WHERE site = ?1 AND calling_ae = ?2 AND "
                                    "address = ?3"));
    return correct.run({receipt.site.value, receipt.callingAe, receipt.address, corrected, uncertain,
                        before.stationName, after.stationName, before.manufacturer, after.manufacturer});
}

Result<void> DeviceWriter::noteStudy(std::int64_t study, dicom::Defects defects)
{
    dicom::Defects& written = ofStudies_[study];
    if ((defects & ~written) == 0)
        return {};
    written |= defects;
    QIANLI_ASSIGN(auto mark, database_.prepare("UPDATE study SET defects = defects | ?2 WHERE id = ?1"));
    return mark.run({study, std::int64_t{defects}});
}

Result<DeviceWriter::Device*> DeviceWriter::device(Receipt const& receipt)
{
    std::string key;
    key.reserve(128);
    key.append(receipt.site.value).append(1, '\0').append(receipt.callingAe).append(1, '\0').append(receipt.address);
    if (auto const known = devices_.find(key); known != devices_.end())
        return &known->second;
    QIANLI_ASSIGN(auto insert,
                  database_.prepare("INSERT OR IGNORE INTO device (site, calling_ae, address, station, manufacturer, "
                                    "objects, versions, charset_corrected, charset_uncertain, first_received, "
                                    "last_received, skews) VALUES (?1, ?2, ?3, '', '', 0, 0, 0, 0, ?4, ?4, '')"));
    QIANLI_TRY(insert.run({receipt.site.value, receipt.callingAe, receipt.address,
                           std::int64_t{receipt.receivedAt.time_since_epoch().count()}}));
    QIANLI_ASSIGN(auto read,
                  database_.prepare("SELECT id, station, manufacturer, skews, last_received FROM device WHERE "
                                    "site = ?1 AND calling_ae = ?2 AND address = ?3"));
    QIANLI_TRY(read.bind({receipt.site.value, receipt.callingAe, receipt.address}));
    QIANLI_TRY(read.step());
    Device device;
    device.id = read.integer(0);
    device.station = read.text(1);
    device.manufacturer = read.text(2);
    device.skews = parseSkews(read.textView(3));
    device.lastReceived = read.integer(4);
    return &devices_.emplace(std::move(key), std::move(device)).first->second;
}

Result<void> DeviceWriter::finish()
{
    for (auto& [key, device] : devices_)
        if (device.objects > 0)
            QIANLI_TRY(write(device));
    if (std::max(devices_.size(), ofStudies_.size()) > inMemory)
        forget();
    return {};
}

Result<void> DeviceWriter::write(Device& device)
{
    QIANLI_ASSIGN(auto count, database_.prepare(
                                  "UPDATE device SET station = ?2, manufacturer = ?3, objects = objects + ?4, versions "
                                  "= versions + ?5, charset_corrected = charset_corrected + ?6, charset_uncertain = "
                                  "charset_uncertain + ?7, last_received = ?8, skews = ?9 WHERE id = ?1"));
    QIANLI_TRY(
        count.run({device.id, device.station, device.manufacturer, device.objects, device.versions, device.corrected,
                   device.uncertain, device.lastReceived, fmt::format("{}", fmt::join(device.skews, " "))}));
    for (std::size_t i = 0; i < device.defects.size(); ++i) {
        if (device.defects[i] == 0)
            continue;
        QIANLI_ASSIGN(auto defect, database_.prepare("INSERT INTO device_defect (device, defect, objects) VALUES (?1, "
                                                     "?2, ?3) ON CONFLICT DO UPDATE SET objects = objects + ?3"));
        QIANLI_TRY(defect.run({device.id, std::int64_t{1} << i, device.defects[i]}));
    }
    device.objects = device.versions = device.corrected = device.uncertain = 0;
    device.defects = {};
    return {};
}

void DeviceWriter::forget()
{
    devices_.clear();
    ofStudies_.clear();
}

Result<std::vector<DeviceRecord>> readDevices(sqlite::Database& database, model::SiteId const& site)
{
    QIANLI_ASSIGN(auto read,
                  database.prepare("SELECT id, calling_ae, address, station, manufacturer, objects, versions, "
                                   "charset_corrected, charset_uncertain, first_received, last_received, "
                                   "skews FROM device WHERE site = ?1 ORDER BY calling_ae, address"));
    QIANLI_TRY(read.bind({site.value}));
    std::vector<DeviceRecord> devices;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return devices;
        DeviceRecord& device = devices.emplace_back();
        device.callingAe = read.text(1);
        device.address = read.text(2);
        device.station = read.text(3);
        device.manufacturer = read.text(4);
        device.objects = static_cast<std::uint64_t>(read.integer(5));
        device.versions = static_cast<std::uint64_t>(read.integer(6));
        device.charsetCorrected = static_cast<std::uint64_t>(read.integer(7));
        device.charsetUncertain = static_cast<std::uint64_t>(read.integer(8));
        device.firstReceivedAt = TimePoint(Duration(read.integer(9)));
        device.lastReceivedAt = TimePoint(Duration(read.integer(10)));
        if (auto skews = parseSkews(read.textView(11)); !skews.empty()) {
            device.lastSkew = std::chrono::seconds(skews.back());
            auto const middle = skews.begin() + static_cast<std::ptrdiff_t>(skews.size() / 2);
            std::nth_element(skews.begin(), middle, skews.end());
            device.medianSkew = std::chrono::seconds(*middle);
        }
        QIANLI_ASSIGN(auto defects,
                      database.prepare("SELECT defect, objects FROM device_defect WHERE device = ?1 ORDER BY defect"));
        QIANLI_TRY(defects.bind({read.integer(0)}));
        for (;;) {
            QIANLI_ASSIGN(bool const another, defects.step());
            if (!another)
                break;
            device.defects.emplace_back(static_cast<dicom::Defects>(defects.integer(0)),
                                        static_cast<std::uint64_t>(defects.integer(1)));
        }
    }
}

} // namespace qianli::gateway
