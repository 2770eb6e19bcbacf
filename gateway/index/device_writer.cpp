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
constexpr std::int64_t ofOneSite = 1000;
constexpr char others[] = "others"; // without an address, which every caller has

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

DeviceRecord toDevice(sqlite::Statement const& row)
{
    DeviceRecord device;
    device.callingAe = row.text(1);
    device.address = row.text(2);
    device.station = row.text(3);
    device.manufacturer = row.text(4);
    device.objects = static_cast<std::uint64_t>(row.integer(5));
    device.versions = static_cast<std::uint64_t>(row.integer(6));
    device.charsetCorrected = static_cast<std::uint64_t>(row.integer(7));
    device.charsetUncertain = static_cast<std::uint64_t>(row.integer(8));
    device.firstReceivedAt = TimePoint(Duration(row.integer(9)));
    device.lastReceivedAt = TimePoint(Duration(row.integer(10)));
    if (auto skews = parseSkews(row.textView(11)); !skews.empty()) {
        device.lastSkew = std::chrono::seconds(skews.back());
        auto const middle = skews.begin() + static_cast<std::ptrdiff_t>(skews.size() / 2);
        std::nth_element(skews.begin(), middle, skews.end());
        device.medianSkew = std::chrono::seconds(*middle);
    }
    return device;
}

std::string keyOf(model::SiteId const& site, std::string_view callingAe, std::string_view address)
{
    std::string key;
    key.reserve(128);
    key.append(site.value).append(1, '\0').append(callingAe).append(1, '\0').append(address);
    return key;
}

} // namespace

DeviceNote deviceNote(Receipt const& receipt, dicom::InstanceHeader const& header)
{
    DeviceNote note{receipt.sequence,
                    dicom::isCorrected(header.charset),
                    !header.charset.certain,
                    header.defects,
                    std::nullopt,
                    header.stationName,
                    header.manufacturer};
    if (receipt.origin != Origin::Site)
        return note;
    if (auto const skew = dicom::clockSkew(header, receipt.receivedAt))
        note.skew = std::chrono::duration_cast<std::chrono::seconds>(*skew).count();
    return note;
}

Result<void> DeviceWriter::note(IndexedObject const& object, std::int64_t study)
{
    if (object.receipt.origin == Origin::Station)
        return {};
    QIANLI_TRY(noteStudy(study, object.header.defects));
    return note(object.receipt, deviceNote(object.receipt, object.header));
}

Result<void> DeviceWriter::note(Receipt const& receipt, DeviceNote const& counted)
{
    if (receipt.origin == Origin::Station)
        return {};
    QIANLI_ASSIGN(Device* const from, device(receipt));
    ++from->objects;
    from->versions += receipt.version > 1 ? 1 : 0;
    from->corrected += counted.corrected ? 1 : 0;
    from->uncertain += counted.uncertain ? 1 : 0;
    from->lastReceived = std::max<std::int64_t>(from->lastReceived, receipt.receivedAt.time_since_epoch().count());
    if (!counted.station.empty() && !from->isShared)
        from->station = counted.station;
    if (!counted.manufacturer.empty() && !from->isShared)
        from->manufacturer = counted.manufacturer;
    for (dicom::Defects rest = counted.defects; rest != 0; rest &= rest - 1)
        ++from->defects[static_cast<std::size_t>(std::countr_zero(rest))];
    if (from->isShared || !counted.skew)
        return {};
    from->skews.push_back(*counted.skew);
    if (from->skews.size() > keptSkews)
        from->skews.pop_front();
    return {};
}

Result<void> DeviceWriter::noteAgain(IndexedObject const& object, NotedText const& before, std::int64_t study)
{
    Receipt const& receipt = object.receipt;
    dicom::InstanceHeader const& header = object.header;
    if (receipt.origin == Origin::Station)
        return {};
    QIANLI_TRY(noteStudy(study, header.defects));
    int const corrected = int(dicom::isCorrected(header.charset)) - int(before.corrected);
    int const uncertain = int(!header.charset.certain) - int(before.uncertain);
    // Plain text says the same in every set; where it differs, the series has had another device's.
    auto const stays = [](std::string const& from, std::string const& to) {
        return from == to || std::ranges::all_of(to, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    };
    std::string const station = stays(before.station, header.stationName) ? "" : header.stationName;
    std::string const manufacturer = stays(before.manufacturer, header.manufacturer) ? "" : header.manufacturer;
    if (corrected == 0 && uncertain == 0 && station.empty() && manufacturer.empty())
        return {};
    QIANLI_ASSIGN(auto correct,
                  database_.prepare("UPDATE device SET charset_corrected = charset_corrected + ?4, charset_uncertain = "
                                    "charset_uncertain + ?5, station = iif(station = ?6, ?7, station), manufacturer = "
                                    "iif(manufacturer = ?8, ?9, manufacturer) WHERE site = ?1 AND calling_ae = ?2 AND "
                                    "address = ?3"));
    QIANLI_TRY(correct.run({receipt.site.value, receipt.callingAe, receipt.address, corrected, uncertain,
                            station.empty() ? "" : before.station, station,
                            manufacturer.empty() ? "" : before.manufacturer, manufacturer}));
    if (database_.changes() > 0)
        return {};
    return correct.run({receipt.site.value, others, "", corrected, uncertain, "", "", "", ""});
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
    std::string callingAe = receipt.callingAe, address = receipt.address;
    auto key = keyOf(receipt.site, callingAe, address);
    if (auto const known = devices_.find(key); known != devices_.end())
        return &known->second;
    QIANLI_ASSIGN(auto device, read(receipt.site, callingAe, address));
    if (!device && !sharing_.contains(key)) {
        QIANLI_ASSIGN(bool const full, isFull(receipt.site));
        if (full)
            sharing_.insert(key);
    }
    if (!device && sharing_.contains(key)) {
        callingAe = others;
        address.clear();
        key = keyOf(receipt.site, callingAe, address);
        if (auto const known = devices_.find(key); known != devices_.end())
            return &known->second;
        QIANLI_ASSIGN(device, read(receipt.site, callingAe, address));
    }
    if (!device) {
        QIANLI_ASSIGN(auto insert,
                      database_.prepare("INSERT INTO device (site, calling_ae, address, station, manufacturer, "
                                        "objects, versions, charset_corrected, charset_uncertain, first_received, "
                                        "last_received, skews) VALUES (?1, ?2, ?3, '', '', 0, 0, 0, 0, ?4, ?4, '')"));
        QIANLI_TRY(insert.run(
            {receipt.site.value, callingAe, address, std::int64_t{receipt.receivedAt.time_since_epoch().count()}}));
        QIANLI_ASSIGN(device, read(receipt.site, callingAe, address));
    }
    return &devices_.emplace(std::move(key), *std::move(device)).first->second;
}

Result<std::optional<DeviceWriter::Device>> DeviceWriter::read(model::SiteId const& site, std::string const& callingAe,
                                                               std::string const& address)
{
    QIANLI_ASSIGN(auto read,
                  database_.prepare("SELECT id, station, manufacturer, skews, last_received FROM device WHERE "
                                    "site = ?1 AND calling_ae = ?2 AND address = ?3"));
    QIANLI_TRY(read.bind({site.value, callingAe, address}));
    QIANLI_ASSIGN(bool const found, read.step());
    if (!found)
        return std::nullopt;
    Device device;
    device.id = read.integer(0);
    device.isShared = callingAe == others && address.empty();
    device.station = read.text(1);
    device.manufacturer = read.text(2);
    device.skews = parseSkews(read.textView(3));
    device.lastReceived = read.integer(4);
    return device;
}

Result<bool> DeviceWriter::isFull(model::SiteId const& site)
{
    QIANLI_ASSIGN(auto count, database_.prepare("SELECT COUNT(*) FROM device WHERE site = ?1"));
    QIANLI_TRY(count.bind({site.value}));
    QIANLI_TRY(count.step());
    return count.integer(0) >= ofOneSite;
}

Result<void> DeviceWriter::finish()
{
    for (auto& [key, device] : devices_)
        if (device.objects > 0)
            QIANLI_TRY(write(device));
    if (std::max({devices_.size(), sharing_.size(), ofStudies_.size()}) > inMemory)
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
    sharing_.clear();
    ofStudies_.clear();
}

Result<std::vector<DeviceRecord>> readDevices(sqlite::Database& database, model::SiteId const& site)
{
    QIANLI_ASSIGN(auto read, database.prepare("SELECT id, calling_ae, address, station, manufacturer, d.objects, "
                                              "versions, charset_corrected, charset_uncertain, first_received, "
                                              "last_received, skews, defect, f.objects FROM device d LEFT JOIN "
                                              "device_defect f ON f.device = d.id WHERE site = ?1 ORDER BY "
                                              "calling_ae, address, defect"));
    QIANLI_TRY(read.bind({site.value}));
    std::vector<DeviceRecord> devices;
    for (std::int64_t last = 0;;) { // one row for each of its defects
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return devices;
        if (read.integer(0) != last)
            devices.push_back(toDevice(read));
        last = read.integer(0);
        if (!read.isNull(12))
            devices.back().defects.emplace_back(static_cast<dicom::Defects>(read.integer(12)),
                                                static_cast<std::uint64_t>(read.integer(13)));
    }
}

} // namespace qianli::gateway
