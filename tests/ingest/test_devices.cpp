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
                std::to_string(device.charsetCorrected) + " corrected " + toIso8601(device.firstReceivedAt) + ' ' +
                toIso8601(device.lastReceivedAt);
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
