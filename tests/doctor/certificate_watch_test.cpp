#include "gateway/upkeep/certificate_watch.h"
#include "tests/support/support.h"
#include "tests/support/test_authority.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

TEST_CASE("a certificate or list that runs out soon is an alarm until it is renewed", "[doctor][tls]") // R46
{
    TemporaryFolder folder;
    TestAuthority authority(folder.path(), "ca");
    authority.issue("gateway", {.ends = std::chrono::hours(24 * 10)});
    authority.issue("web", {.ends = std::chrono::hours(24 * 90)});
    authority.writeList(std::chrono::hours(24 * 60));
    Configuration configuration;
    configuration.dicom.tls.certificate = folder / "gateway.crt";
    configuration.dicom.tls.trust = authority.certificate();
    configuration.dicom.tls.revoked = authority.list();
    configuration.http.certificate = folder / "web.crt";
    configuration.http.trust = authority.certificate();
    CHECK(certificateFiles(configuration).size() == 4);

    ManualClock clock(SystemClock().now());
    AlarmBoard board(clock);
    std::vector<std::string> told;
    board.addListener([&](Alarm const& alarm, AlarmBoard::Change change) {
        told.push_back((change == AlarmBoard::Change::Raised ? alarm.text : "over: " + alarm.text));
    });
    CertificateWatch watch(configuration, clock, {&board, nullptr});
    watch.look();
    REQUIRE(board.standing().size() == 1);
    CHECK(board.stands("certificate", "gateway.crt"));
    CHECK(board.standing()[0].text.find("CN=gateway") != std::string::npos);
    CHECK(board.standing()[0].text.find("expires in 9 days") != std::string::npos);

    // Told once while it is a warning, and again when it has come true.
    watch.look();
    CHECK(told.size() == 1);
    CHECK(board.standing()[0].level == Alarm::Level::Warning);
    auto const now = clock.now();
    clock.set(now + std::chrono::hours(24 * 11));
    watch.look();
    watch.look();
    REQUIRE(told.size() == 2);
    CHECK(told[1].find("CN=gateway") != std::string::npos);
    CHECK(told[1].find("has expired") != std::string::npos);
    CHECK(board.stands("certificate", "gateway.crt", Alarm::Level::Failure));
    CHECK(board.standing()[0].since == now);
    clock.set(now);

    authority.issue("gateway", {.ends = std::chrono::hours(24 * 90)});
    authority.writeList(std::chrono::hours(-1));
    watch.look();
    CHECK_FALSE(board.stands("certificate", "gateway.crt"));
    CHECK(board.stands("certificate", "ca.crl"));
    CHECK(board.standing()[0].text.find("nobody whom it covers gets in") != std::string::npos);

    authority.writeList(std::chrono::hours(24 * 60));
    configuration.http.certificate = folder / "absent.crt";
    watch.replace(configuration);
    CHECK_FALSE(board.stands("certificate", "ca.crl"));
    CHECK(board.stands("certificate", "absent.crt"));
}
