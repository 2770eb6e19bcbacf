// What the index knows of devices: counted from receipts and headers alone, so a rebuild counts the same.
#include "tests/support/gateway_fixture.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::gateway;

namespace {

std::string describe(std::vector<DeviceRecord> const& devices)
{
    std::string text;
    for (auto const& device : devices) {
        text += device.callingAe + '@' + device.address + ' ' + device.manufacturer + '/' + device.station + ' ' +
                std::to_string(device.objects) + " objects " + std::to_string(device.versions) + " versions " +
                std::to_string(device.charsetCorrected) + " corrected " + std::to_string(device.charsetUncertain) +
                " uncertain " + toIso8601(device.firstReceivedAt) + ' ' + toIso8601(device.lastReceivedAt);
        if (device.medianSkew)
            text += ' ' + std::to_string(device.medianSkew->count() / 60'000) + " min";
        for (auto const& [bit, objects] : device.defects)
            text += " [" + std::to_string(bit) + ' ' + std::to_string(objects) + ']';
        text += '\n';
    }
    return text;
}

std::vector<DeviceRecord> devicesOf(StudyIndex const& index, std::string const& site)
{
    auto devices = index.devices({site});
    if (!devices)
        FAIL(devices.error().message);
    return *devices;
}

} // namespace

SCENARIO("an operator looks which device does what", "[devices]")
{
    GIVEN("a CT that is fine but for its clock, a DR with two habits, and a CD")
    {
        GatewayFixture gateway;
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        gateway.clock.set(*parseIso8601("2026-11-22T02:15:00Z")); // the CT says 10:15: eight hours ahead
        auto ct = GatewayFixture::site("puzi");
        auto dr = GatewayFixture::site("puzi");
        dr.callingAe = "DR";
        dr.address = "10.8.3.9";
        Sender cd = GatewayFixture::site("puzi");
        cd.origin = Origin::Import;
        cd.callingAe = cd.calledAe = cd.address = "";
        auto const object = [](std::string const& study, int number) {
            SyntheticObject made(study, study + ".1", study + ".1." + std::to_string(number));
            made.set(0x00080070, "LO", "ACME").set(0x00081010, "SH", "ROOM " + study);
            return made;
        };
        for (int i = 0; i < 20; ++i)
            gateway.mustSend(ct, object("1.2.3", i));
        gateway.mustSend(ct, object("1.2.3", 0).pixels(512, 77));
        for (int i = 0; i < 5; ++i)
            gateway.mustSend(dr, object("1.2.4", i).remove(0x00080060).set(0x00100040, "CS", "MALE"));
        gateway.mustSend(cd, object("1.2.5", 1));

        THEN("each is counted by itself, its versions, its clock and its defects too")
        {
            auto const devices = devicesOf(gateway.index(), "puzi");
            REQUIRE(devices.size() == 3);
            CHECK(devices[0].callingAe.empty());
            CHECK(devices[0].objects == 1);
            CHECK_FALSE(devices[0].medianSkew); // a CD tells nothing of a clock
            CHECK(devices[1].callingAe == "CT1");
            CHECK(devices[1].objects == 21);
            CHECK(devices[1].versions == 1);
            CHECK(devices[1].manufacturer == "ACME");
            CHECK(devices[1].station == "ROOM 1.2.3");
            REQUIRE(devices[1].medianSkew);
            CHECK(std::chrono::duration_cast<std::chrono::minutes>(*devices[1].medianSkew).count() == -480);
            CHECK(devices[2].address == "10.8.3.9");
            std::map<dicom::Defects, std::uint64_t> const counts(devices[2].defects.begin(), devices[2].defects.end());
            CHECK(counts.at(dicom::defect::requiredMissing) == 5);
            CHECK(counts.at(dicom::defect::valueFormat) == 5);
            CHECK(devicesOf(gateway.index(), "sunjia").empty());
            auto const study = gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.4"), 0);
            REQUIRE(study);
            REQUIRE(*study);
            CHECK(((*study)->defects & dicom::defect::valueFormat) != 0);
        }
        THEN("a rebuilt index counts the same, and so does one that was opened again in between")
        {
            auto const before = describe(devicesOf(gateway.index(), "puzi"));
            gateway.stop();
            gateway.start();
            CHECK(describe(devicesOf(gateway.index(), "puzi")) == before);
            auto fresh = StudyIndex::open(gateway.folder / "fresh.db");
            REQUIRE(fresh);
            REQUIRE(reindex(gateway.store(), **fresh, nullptr, nullptr));
            CHECK(describe(devicesOf(**fresh, "puzi")) == before);

            gateway.mustSend(ct, object("1.2.3", 50));
            CHECK(devicesOf(gateway.index(), "puzi")[1].objects == 22);
        }
    }
}

namespace {

IndexedObject indexed(std::uint64_t sequence, std::string const& callingAe, std::string const& address)
{
    IndexedObject made;
    made.receipt.sequence = sequence;
    made.receipt.site = {"puzi"};
    made.receipt.origin = Origin::Site;
    made.receipt.callingAe = callingAe;
    made.receipt.address = address;
    made.receipt.receivedAt = *parseIso8601("2026-11-26T10:00:00Z");
    made.receipt.study = made.header.studyUid = dicom::Uid::ofKnown("1.2.3");
    made.receipt.series = made.header.seriesUid = dicom::Uid::ofKnown("1.2.3.1");
    made.receipt.sopInstance = made.header.sopInstanceUid = dicom::Uid::ofKnown("1.2.3.1." + std::to_string(sequence));
    made.receipt.sopClass = made.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
    made.receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
    made.header.stationName = callingAe;
    made.header.defects = dicom::defect::oddLength | dicom::defect::requiredMissing;
    return made;
}

// In groups of so many, opened again halfway.
std::vector<DeviceRecord> devicesAfter(std::vector<IndexedObject> const& objects, std::size_t group)
{
    TemporaryFolder folder;
    std::unique_ptr<StudyIndex> index;
    for (std::size_t i = 0; i < objects.size(); i += group) {
        if (i == 0 || i == objects.size() / 2 / group * group) {
            index.reset();
            auto opened = StudyIndex::open(folder / "index.db");
            REQUIRE(opened);
            index = *std::move(opened);
        }
        REQUIRE(index->apply(std::span(objects).subspan(i, std::min(group, objects.size() - i))));
    }
    return devicesOf(*index, "puzi");
}

} // namespace

TEST_CASE("a caller who invents an AE title for each object makes no rows without end", "[devices]")
{
    std::vector<IndexedObject> objects;
    for (std::uint64_t i = 1; i <= 2400; ++i)
        objects.push_back(indexed(i, i % 2 == 0 ? "CT1" : "AE" + std::to_string(i), "10.8.3." + std::to_string(i % 3)));
    auto const devices = devicesAfter(objects, 100);
    REQUIRE(devices.size() == 1001);
    std::uint64_t sum = 0;
    for (auto const& device : devices) {
        sum += device.objects;
        CHECK(device.defects.size() == 2);
    }
    CHECK(sum == 2400);
    auto const shared = std::ranges::find(devices, "others", &DeviceRecord::callingAe);
    REQUIRE(shared != devices.end());
    CHECK(shared->address.empty());
    CHECK(shared->objects == 1200 - 997); // CT1 has three addresses
    CHECK(shared->defects[0].second == shared->objects);
    CHECK(shared->station.empty()); // no one device's
    CHECK_FALSE(shared->medianSkew);
    CHECK(describe(devicesAfter(objects, 800)) == describe(devices));
}

TEST_CASE("what a device without a row of its own sent is counted anew when it is read otherwise", "[devices]")
{
    std::vector<IndexedObject> objects;
    for (std::uint64_t i = 1; i <= 1010; ++i)
        objects.push_back(indexed(i, "AE" + std::to_string(i), "10.8.3.7"));
    TemporaryFolder folder;
    auto index = StudyIndex::open(folder / "index.db");
    REQUIRE(index);
    REQUIRE((*index)->apply(objects));
    auto const uncertain = [](dicom::InstanceHeader header) {
        header.charset.certain = false;
        return header;
    };
    auto const headers = [&](std::span<Receipt const> receipts) -> Result<std::vector<ReadAgain>> {
        std::vector<ReadAgain> read;
        for (Receipt const& receipt : receipts) {
            auto const& header = objects.at(receipt.sequence - 1).header;
            read.push_back({header, uncertain(header)});
        }
        return read;
    };
    REQUIRE((*index)->reread({{"puzi"}, "1.2.3"}, headers, Reread::Write));
    auto const devices = devicesOf(**index, "puzi");
    auto const shared = std::ranges::find(devices, "others", &DeviceRecord::callingAe);
    REQUIRE(shared != devices.end());
    CHECK(shared->objects == 10);
    CHECK(shared->charsetUncertain == 10);
    for (IndexedObject& object : objects)
        object.header = uncertain(object.header);
    CHECK(describe(devicesAfter(objects, 1010)) == describe(devices));
}
