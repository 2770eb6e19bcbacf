// C2: a township that falls silent is noticed before it notices itself.
#include "common/base/file.h"
#include "gateway/ingest/ingest.h"
#include "tests/story/modality.h"

#include <cstdlib>
#include <ctime>
#include <future>

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

// Local time such that it is two in the afternoon now, wherever and whenever this runs.
void makeItTwoInTheAfternoon()
{
    std::time_t const now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    // POSIX counts westwards: UTC = local + offset.
    int const offset = (utc.tm_hour * 60 + utc.tm_min) - 14 * 60;
    ::setenv("TZ",
             fmt::format("TST{}{}:{:02}", offset < 0 ? "-" : "+", std::abs(offset) / 60, std::abs(offset) % 60).c_str(),
             1);
    ::tzset();
}

// What a site has sent in the weeks before, received when it came.
class Weeks {
public:
    explicit Weeks(std::filesystem::path const& data) : clock_(TimePoint{})
    {
        REQUIRE(createDirectoryDurably(data));
        store_ = gateway::BlobStore::open(data / "archive").value();
        index_ = gateway::StudyIndex::open(data / "index.db").value();
        gateway::IngestSettings settings;
        settings.diskReserveBytes = 0;
        ingest_ = gateway::Ingest::start(*store_, *index_, clock_, settings).value();
    }
    ~Weeks() { REQUIRE(ingest_->stop()); }
    void study(std::string const& site, std::string const& aeTitle, TimePoint at)
    {
        clock_.set(at);
        auto const uid = fmt::format("2.25.{}", 900000 + ++count_);
        auto const object = picture(uid, uid + ".1", uid + ".1.1");
        gateway::Sender sender;
        sender.site = {site};
        sender.callingAe = aeTitle;
        sender.calledAe = "QIANLI";
        sender.address = "127.0.0.1";
        auto reception =
            ingest_->begin(sender, {dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()),
                                    dicom::Uid::ofKnown(SyntheticObject::transferSyntax)});
        REQUIRE(reception);
        REQUIRE((*reception)->append(object.dataSet()));
        std::promise<bool> stored;
        (*reception)->finish([&](Result<gateway::StoreOutcome> const& outcome) {
            stored.set_value(outcome.has_value());
        });
        REQUIRE(stored.get_future().get());
    }

private:
    ManualClock clock_;
    std::unique_ptr<gateway::BlobStore> store_;
    std::unique_ptr<gateway::StudyIndex> index_;
    std::unique_ptr<gateway::Ingest> ingest_;
    int count_ = 0;
};

std::size_t count(std::string const& text, std::string const& part)
{
    std::size_t result = 0;
    for (auto place = text.find(part); place != std::string::npos; place = text.find(part, place + 1))
        ++result;
    return result;
}

} // namespace

SCENARIO(
    "C2: a site that sends eight studies a day is silent for two hours; it is told once, and its first study ends it",
    "[story][C2]")
{
    makeItTwoInTheAfternoon();
    GatewayProgram gateway;
    auto const now = SystemClock().now();
    {
        // Two weeks of eight a day from half past eight on, until half past eleven today: 14:00 is two hours and a half
        // later.
        Weeks weeks(gateway.folder() / "data");
        auto const today = now - 14h;
        for (int day = -14; day <= 0; ++day)
            for (int hour = 8; hour < 16; ++hour)
                if (day < 0 || hour < 12)
                    weeks.study("puzi", "PUZI_CT", today + 24h * day + std::chrono::hours(hour) + 30min);
        // And one that sends when it has something.
        weeks.study("sunjia", "SUNJIA_DR", now - 24h * 6);
    }
    REQUIRE(gateway.start());

    GIVEN("nobody at the township answers")
    {
        auto const listed = gateway.command({"site", "silent"});
        INFO(listed.output << listed.errors << gateway.log());
        CHECK(listed.exitCode == 0);
        CHECK(listed.output.find("普子乡卫生院") != std::string::npos);
        CHECK(listed.output.find("8 a day") != std::string::npos);
        CHECK(listed.output.find("11:30") != std::string::npos); // last seen
        CHECK(listed.output.find("PUZI_PACS: ") != std::string::npos);
        CHECK(listed.output.find("PUZI_PACS answers") == std::string::npos);
        CHECK(listed.output.find("sunjia") == std::string::npos);
        auto const document = parsed(gateway.command({"site", "silent", "--json"}));
        REQUIRE(document.size() == 1);
        CHECK(document[0]["state"] == "silent");
        CHECK(document[0]["usualDaysAsQuiet"] == 0);
        auto const all = parsed(gateway.command({"site", "silent", "--all", "--json"}));
        REQUIRE(all.size() == 2);
        CHECK(all[1]["state"] == "unknown");

        WHEN("the gateway looks again and again")
        {
            for (int i = 0; i < 5; ++i)
                gateway.command({"doctor"});
            THEN("it is one alarm, in the log, in status and in doctor")
            {
                CHECK(count(gateway.log(), "alarm silent-site puzi: ") == 1);
                CHECK(gateway.command({"status"}).output.find("ALARM silent-site puzi") != std::string::npos);
                auto const doctor = gateway.command({"doctor"});
                CHECK(doctor.exitCode == 1);
                CHECK(doctor.output.find("[silent-site] puzi: nothing since") != std::string::npos);
            }
        }
        WHEN("a device is turned away, and its end answers again")
        {
            // The wrong called AE title: the site is known, its call is not.
            run({"echoscu", "-aet", "PUZI_CT", "-aec", "QIANLLI", "127.0.0.1", gateway.dicomPort()});
            RunningProgram pacs({"storescp", "-aet", "PUZI_PACS", gateway.peerPort()}, gateway.folder() / "pacs.log");
            std::string echo;
            for (int i = 0; i < 50 && echo != "PUZI_PACS answers"; ++i) {
                std::this_thread::sleep_for(100ms);
                echo = parsed(gateway.command({"site", "silent", "--json"}))[0]["echo"];
            }
            THEN("site silent says both")
            {
                auto const error = parsed(gateway.command({"site", "silent", "--json"}))[0]["lastError"];
                CHECK(error.get<std::string>().find("PUZI_CT: site puzi called another AE title") != std::string::npos);
                CHECK(echo == "PUZI_PACS answers");
                CHECK(gateway.command({"site", "silent"}).output.find("PUZI_PACS answers") != std::string::npos);
            }
        }
        WHEN("its first study comes")
        {
            gateway.command({"doctor"});
            REQUIRE(count(gateway.log(), "alarm silent-site puzi: ") == 1);
            writeFile(gateway.folder() / "new" / "1.dcm", picture("2.25.77", "2.25.77.1", "2.25.77.1.1"));
            REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "new").exitCode == 0);
            THEN("the alarm is over, and nobody is listed")
            {
                gateway.command({"doctor"});
                CHECK(count(gateway.log(), "alarm silent-site puzi is over") == 1);
                CHECK(gateway.command({"site", "silent"}).output.find("no site is silent") != std::string::npos);
                CHECK(gateway.command({"status"}).output.find("ALARM silent-site") == std::string::npos);
            }
        }
    }
}
