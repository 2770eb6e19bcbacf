// A2: a township's thin line, and a line that breaks in the middle of a CT.
#include "tests/story/modality.h"
#include "tests/support/slow_line.h"

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr std::size_t bytesPerSecond = 20'000'000 / 8; // 20 Mbit/s
constexpr std::chrono::milliseconds oneWay{30};

ProgramResult sendThrough(std::uint16_t port, std::string const& aeTitle, std::filesystem::path const& folder)
{
    return run({programFolder() / "qianli-samples", "site", folder, "--to", fmt::format("QIANLI@127.0.0.1:{}", port),
                "--as", aeTitle},
               {}, std::chrono::seconds(120));
}

std::string secondsSince(std::chrono::steady_clock::time_point start)
{
    return fmt::format("{:.2f} s", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

// The task of the study, or nothing.
nlohmann::json taskOf(GatewayProgram const& gateway, std::string const& uid)
{
    for (auto const& task : parsed(gateway.command({"reading", "list", "--json"})))
        if (task["studyUid"] == uid)
            return task;
    return {};
}

} // namespace

SCENARIO("A2: an X-ray comes over a thin line, a CT breaks off and is sent again", "[story][A2]")
{
    GatewayProgram gateway;
    addRadiologist(gateway);
    REQUIRE(gateway.start());
    auto const port = static_cast<std::uint16_t>(std::stoi(gateway.dicomPort()));

    GIVEN("an X-ray of two pictures, 30 MB")
    {
        std::string const uid = "2.25.7002.1";
        for (int i = 1; i <= 2; ++i) {
            auto object = picture(uid, uid + ".1", fmt::format("{}.1.{}", uid, i));
            object.set(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.1.1")
                .set(0x00080060, "CS", "DX")
                .remove(0x00200032)
                .remove(0x00200037)
                .set(0x00200013, "IS", std::to_string(i))
                .set(0x00280010, "US", std::string("\xB8\x0B", 2)) // 3000
                .set(0x00280011, "US", std::string("\xC4\x09", 2)) // 2500
                .pixels(3000 * 2500 * 2, static_cast<std::uint32_t>(i));
            writeFile(gateway.folder() / "dr" / fmt::format("{}.dcm", i), object);
        }
        SlowLine line(port, bytesPerSecond, oneWay);
        REQUIRE(sendThrough(line.port(), "PUZI_CT", gateway.folder() / "dr").exitCode == 0);
        auto const lastByte = std::chrono::steady_clock::now();
        THEN("it is in the list with its sender as soon as it is here, whole")
        {
            auto const study = studyWith(gateway, uid);
            std::cout << "figure: A2: the X-ray was in the list " << secondsSince(lastByte) << " after its last byte\n";
            REQUIRE(study.is_object());
            CHECK(study["site"] == "puzi");
            CHECK(study["instances"] == 2);
            REQUIRE(waitForReady(gateway, 1));
            CHECK(taskOf(gateway, uid)["missing"] == "");
            auto const shown = gateway.command({"study", "show", uid});
            INFO(shown.output);
            CHECK(shown.output.find("PUZI_CT") != std::string::npos);
            CHECK(shown.output.find("MB/s") != std::string::npos);
        }
    }
    GIVEN("a CT of 350 slices whose connection breaks after 137")
    {
        std::string const uid = "2.25.7002.2";
        for (int i = 1; i <= 350; ++i) {
            auto object = picture(uid, uid + ".1", fmt::format("{}.1.{}", uid, i));
            object.set(0x00200013, "IS", std::to_string(i))
                .set(0x00200032, "DS", fmt::format("-16\\-16\\{:.2f}", -100 + 1.25 * i))
                .set(0x00201002, "IS", "350");
            writeFile(gateway.folder() / "ct" / fmt::format("{:04}.dcm", i), object);
        }
        REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "ct", {"--abort-after", "137"}).exitCode == 0);
        std::set<std::string> states;
        auto const watch = [&](std::string const& until) {
            for (int i = 0; i < 200; ++i) {
                auto const task = taskOf(gateway, uid);
                if (task.is_object()) {
                    states.insert(task["state"].get<std::string>());
                    if (task["state"] == until)
                        return task;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
            return nlohmann::json();
        };
        auto const broken = watch("incomplete");
        REQUIRE(broken.is_object());
        CHECK(broken["instances"] == 137);
        CHECK_FALSE(states.contains("ready"));
        CHECK(broken["missing"].get<std::string>().starts_with("received=137;expected=350;z="));
        // 137 slices end at 71.25 mm; 138 to 350 are missing: 72.5 to 337.5.
        CHECK(broken["missing"].get<std::string>().find("72.5..337.5") != std::string::npos);
        auto const row = rowWith(toldByViewer(gateway), "疑缺");
        CHECK(row.find("137") != std::string::npos);
        CHECK(row.find("350") != std::string::npos);

        WHEN("the device sends all of it again")
        {
            REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "ct").exitCode == 0);
            THEN("350 are there, none twice, and only then it is ready to be read")
            {
                auto const whole = watch("ready");
                REQUIRE(whole.is_object());
                CHECK(whole["instances"] == 350);
                CHECK(whole["missing"] == "");
                CHECK(studyWith(gateway, uid)["instances"] == 350);
                auto const verified = parsed(gateway.command({"archive", "verify", "--json"}));
                CHECK(verified["verified"] == 350);
                // Repeats are counted once a second or so.
                bool counted = false;
                for (int i = 0; i < 50 && !counted; ++i) {
                    auto const site = parsed(gateway.command({"site", "show", "puzi", "--json"}));
                    counted = site["devices"].size() == 1 && site["devices"][0]["repeats"] == 137;
                    std::this_thread::sleep_for(std::chrono::milliseconds(100));
                }
                CHECK(counted);
            }
        }
    }
}
