#include "tests/delivery/report_fixture.h"

#include "viewer/report/structured_report.h"

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

SCENARIO("a signed report is issued when both objects are here and verify; before that the township sees nothing",
         "[issue]")
{
    ReportFixture fixture;
    auto const task = fixture.study();
    auto const report = fixture.reportOf(task);
    auto const files = fixture.write(report);

    CHECK(errorOf(fixture.issueOf(task, report)) == ErrorCode::NotFound);
    need(fixture.receiveFromStation("wangmin", files.structuredReport));
    CHECK(errorOf(fixture.issueOf(task, report)) == ErrorCode::NotFound);
    need(fixture.receiveFromStation("wangmin", files.encapsulatedPdf));
    CHECK_FALSE(fixture.siteSees(report.srUid));
    CHECK_FALSE(fixture.siteSees(report.pdfUid));
    CHECK(errorOf(fixture.issueOf(task, report, "lihua")) == ErrorCode::Conflict);

    auto const issued = need(fixture.issueOf(task, report));
    CHECK(issued.state == model::TaskState::Issued);
    CHECK(fixture.siteSees(report.srUid));
    CHECK(fixture.siteSees(report.pdfUid));
    auto const written = need(fixture.workflow->reports().list());
    REQUIRE(written.size() == 1);
    // The text of the signed object, whatever the draft said.
    CHECK(written[0].text == report.text);
    CHECK(written[0].signedAt == report.signedAt);
    CHECK(need(fixture.issueOf(task, report)).state == model::TaskState::Issued);

    WHEN("the index is lost and made again from the files")
    {
        need(fixture.ingest->stop());
        fixture.index = need(gateway::StudyIndex::open(fixture.folder / "again.db"));
        gateway::IngestSettings settings;
        settings.diskReserveBytes = 0;
        fixture.ingest = need(gateway::Ingest::start(*fixture.store, *fixture.index, fixture.clock, settings));
        REQUIRE_FALSE(fixture.siteSees(report.srUid));
        gateway::ReportIssuer issuer(*fixture.workflow, *fixture.index, *fixture.store, fixture.certificates);
        gateway::WorkflowRunner runner(*fixture.workflow, *fixture.index, issuer);
        need(runner.start());
        THEN("the township sees its report again")
        {
            CHECK(fixture.siteSees(report.srUid));
            CHECK(fixture.siteSees(report.pdfUid));
        }
        fixture.issuer.emplace(*fixture.workflow, *fixture.index, *fixture.store, fixture.certificates);
    }
}

SCENARIO("a report that doesn't hold is not issued, and the reason is told", "[issue]")
{
    ReportFixture fixture;
    auto const task = fixture.study();
    auto report = fixture.reportOf(task);
    std::string signer = "wangmin";
    std::string sender = "wangmin";
    std::string reason;
    auto const tryIt = [&] {
        auto const files = fixture.write(report, signer);
        need(fixture.receiveFromStation(sender, files.structuredReport));
        need(fixture.receiveFromStation(sender, files.encapsulatedPdf));
        return fixture.issueOf(task, report);
    };

    SECTION("another patient's name")
    {
        report.subject.patientName = "Ouyang^Qing=欧阳^青";
        reason = "patient's name";
    }
    SECTION("another Patient ID")
    {
        report.subject.patientId = "PZ20260415008";
        reason = "Patient ID";
    }
    SECTION("another site")
    {
        report.subject.site = {"longtan"};
        reason = "site";
    }
    SECTION("somebody else's signature")
    {
        signer = "lihua";
        reason = "signed by";
    }
    SECTION("sent by somebody else")
    {
        sender = "lihua";
        reason = "not sent by the person";
    }
    SECTION("signed in the future")
    {
        report.signedAt = fixture.clock.now() + 10min;
        reason = "clock";
    }
    SECTION("a certificate that was revoked")
    {
        fixture.keyOf("wangmin");
        need(fixture.authority.revokeAll("wangmin"));
        fixture.clock.advance(1min);
        reason = "revoked";
    }
    auto const issued = tryIt();
    CHECK(errorOf(issued) == ErrorCode::InvalidInput);
    INFO(issued.error().message);
    CHECK(issued.error().message.find(reason) != std::string::npos);
    CHECK(fixture.task(task.studyUid).state == model::TaskState::Claimed);
    CHECK_FALSE(fixture.siteSees(report.srUid));
    CHECK(need(fixture.workflow->outbox().list()).empty());
}

SCENARIO("a report is issued for the patient of a study whom it describes, not for the other one", "[issue]")
{
    ReportFixture fixture;
    auto const task = fixture.study();
    fixture.receiveImage(task.studyUid, task.studyUid + ".10", "M"); // the same Patient ID and name
    auto const other = need(fixture.workflow->tasks().ofStudy({"puzi"}, task.studyUid, 1));
    REQUIRE(other);
    auto report = fixture.reportOf(task);
    report.subject.sex = "M";
    auto const files = fixture.write(report);
    need(fixture.receiveFromStation("wangmin", files.structuredReport));
    need(fixture.receiveFromStation("wangmin", files.encapsulatedPdf));
    auto const refused = fixture.issueOf(task, report);
    CHECK(errorOf(refused) == ErrorCode::InvalidInput);
    CHECK(refused.error().message.find("another patient of this study") != std::string::npos);
    need(fixture.workflow->tasks().claim(other->id, fixture.user("wangmin")));
    CHECK(need(fixture.issueOf(*other, report)).state == model::TaskState::Issued);
    CHECK(need(fixture.workflow->tasks().show(task.id)).state == model::TaskState::Claimed);
}

SCENARIO("objects that don't belong together are not a report", "[issue]")
{
    ReportFixture fixture;
    auto const task = fixture.study();
    auto const first = fixture.reportOf(task);
    auto const second = fixture.reportOf(task);
    auto const firstFiles = fixture.write(first);
    auto const secondFiles = fixture.write(second);
    need(fixture.receiveFromStation("wangmin", firstFiles.structuredReport));
    need(fixture.receiveFromStation("wangmin", secondFiles.encapsulatedPdf));
    auto const wangmin = fixture.user("wangmin");
    auto const issue = [&](std::string const& sr, std::string const& pdf) {
        return errorOf(fixture.issuer->issue(task.id, wangmin, sr, pdf));
    };
    CHECK(issue(first.srUid, second.pdfUid) == ErrorCode::InvalidInput);
    CHECK(issue(second.pdfUid, first.srUid) == ErrorCode::InvalidInput);          // the wrong way round
    CHECK(issue(task.studyUid + ".9", second.pdfUid) == ErrorCode::InvalidInput); // the image itself
    CHECK(issue("", "") == ErrorCode::InvalidInput);

    // Not signed at all.
    auto const third = fixture.reportOf(task);
    auto const thirdFiles = fixture.write(third);
    need(viewer::writeStructuredReport(third, fixture.folder / "unsigned.dcm"));
    need(fixture.receiveFromStation("wangmin", fixture.folder / "unsigned.dcm"));
    need(fixture.receiveFromStation("wangmin", thirdFiles.encapsulatedPdf));
    CHECK(issue(third.srUid, third.pdfUid) == ErrorCode::InvalidInput);
    CHECK(fixture.task(task.studyUid).state == model::TaskState::Claimed);
}
