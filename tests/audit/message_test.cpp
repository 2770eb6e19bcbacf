// Entries as others read them: PS3.15 A.5 messages, in syslog.
#include "gateway/audit/audit_message.h"
#include "gateway/audit/audit_query.h"
#include "gateway/audit/audit_words.h"
#include "gateway/audit/syslog_message.h"
#include "tests/audit/trail_fixture.h"

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

AuditEntry entryOf(AuditEvent event)
{
    AuditEntry entry;
    entry.sequence = 7;
    entry.prev = noHash;
    entry.time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);
    entry.event = std::move(event);
    toLine(entry);
    return entry;
}

AuditEvent full(AuditEventKind kind)
{
    AuditEvent event = eventOf("wangmin", kind);
    event.callingAe = "PUZI<CT>&\"";
    event.calledAe = "QIANLI";
    event.certificateSubject = "CN=普子乡卫生院";
    event.site = "puzi";
    event.studies = {"1.2.3"};
    event.objects = {"1.2.840.10008.5.1.4.1.2.2.1"};
    event.objectCount = 3;
    event.patient = "puzi/500101199003071236";
    event.detail = "what \x01 <happened> & why";
    return event;
}

AuditEvent bare(AuditEventKind kind)
{
    AuditEvent event;
    event.kind = kind;
    return event;
}

AuditSource const source{"QIANLI", "hub.county"};

std::string messages()
{
    std::string all;
    for (int kind = 0; kind <= static_cast<int>(AuditEventKind::AuditLogTrimmed); ++kind)
        for (auto const outcome : {AuditOutcome::Success, AuditOutcome::MajorFailure})
            for (auto const& make : {full, bare}) {
                auto event = make(static_cast<AuditEventKind>(kind));
                event.outcome = outcome;
                event.sent = outcome == AuditOutcome::Success;
                all += auditMessageXml(entryOf(event), source, AuditIds::Masked) + "\n";
            }
    return all;
}

} // namespace

TEST_CASE("every event has a word of its own, and is read back by it", "[audit][R40]")
{
    std::map<std::string_view, int> words;
    for (int kind = 0; kind <= static_cast<int>(AuditEventKind::AuditLogTrimmed); ++kind) {
        auto const word = code(static_cast<AuditEventKind>(kind));
        CHECK(word != "unknown");
        ++words[word];
        CHECK(parseAuditEventKind(word).value() == static_cast<AuditEventKind>(kind));
    }
    CHECK(words.size() == static_cast<std::size_t>(AuditEventKind::AuditLogTrimmed) + 1);
    CHECK_FALSE(parseAuditEventKind("nonsense"));
}

TEST_CASE("every event is a valid audit message by the standard's schema", "[audit][R40]")
{
    TemporaryFolder folder;
    std::vector<std::string> command{"xmllint", "--noout", "--relaxng",
                                     QIANLI_SOURCE_DIR "/tests/audit/audit_message.rng"};
    auto const all = text::split(messages(), '\n');
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        auto const file = folder / (std::to_string(i) + ".xml");
        std::ofstream(file) << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" << all[i];
        command.push_back(file);
    }
    auto const checked = run(command);
    INFO(checked.errors.substr(0, 4000));
    CHECK(checked.exitCode == 0);
    // The check itself can fail.
    auto broken = all[0];
    broken.replace(broken.find("EventID"), 7, "EventXX");
    std::ofstream(folder / "broken.xml") << broken;
    CHECK(run({"xmllint", "--noout", "--relaxng", QIANLI_SOURCE_DIR "/tests/audit/audit_message.rng",
               folder / "broken.xml"})
              .exitCode != 0);
}

TEST_CASE("the codes are those of PS3.16 for the events of PS3.15 A.5.3", "[audit][R40]")
{
    auto const has = [](AuditEventKind kind, std::vector<std::string> const& parts, bool sent = false) {
        auto event = full(kind);
        event.sent = sent;
        auto const xml = auditMessageXml(entryOf(event), source, AuditIds::Masked);
        INFO(xml);
        for (auto const& part : parts)
            CHECK(xml.find(part) != std::string::npos);
    };
    has(AuditEventKind::ApplicationStart, {"csd-code=\"110100\"", "csd-code=\"110120\"", "csd-code=\"110150\""});
    has(AuditEventKind::ApplicationStop, {"csd-code=\"110100\"", "csd-code=\"110121\""});
    has(AuditEventKind::AuditLogUsed, {"csd-code=\"110101\"", "Security Audit Log"});
    has(AuditEventKind::BeginTransferringInstances,
        {"csd-code=\"110102\"", "csd-code=\"110152\"", "csd-code=\"110153\""});
    has(AuditEventKind::InstancesAccessed, {"csd-code=\"110103\"", "EventActionCode=\"R\""});
    has(AuditEventKind::InstancesTransferred,
        {"csd-code=\"110104\"", "EventActionCode=\"C\"", "NumberOfInstances=\"3\"", "csd-code=\"110180\""});
    has(AuditEventKind::InstancesTransferred, {"csd-code=\"110104\"", "EventActionCode=\"R\""}, true);
    has(AuditEventKind::StudyDeleted, {"csd-code=\"110105\"", "EventActionCode=\"D\""});
    has(AuditEventKind::DataExport, {"csd-code=\"110106\""});
    has(AuditEventKind::DataImport, {"csd-code=\"110107\""});
    has(AuditEventKind::NetworkEntry, {"csd-code=\"110108\""});
    has(AuditEventKind::Query, {"csd-code=\"110112\"", "ParticipantObjectQuery"});
    has(AuditEventKind::SecurityAlert, {"csd-code=\"110113\"", "Alert Description"});
    has(AuditEventKind::UserLogin,
        {"csd-code=\"110114\"", "csd-code=\"110122\"", "NetworkAccessPointID=\"127.0.0.1\""});
    has(AuditEventKind::UserLogout, {"csd-code=\"110114\"", "csd-code=\"110123\""});
}

TEST_CASE("national IDs are masked in messages, unless they are to be revealed", "[audit][R43]")
{
    auto const entry = entryOf(full(AuditEventKind::InstancesTransferred));
    auto const masked = auditMessageXml(entry, source, AuditIds::Masked);
    CHECK(masked.find("500101199003071236") == std::string::npos);
    CHECK(masked.find("puzi/500101********1236") != std::string::npos);
    CHECK(auditMessageXml(entry, source, AuditIds::Revealed).find("500101199003071236") != std::string::npos);
    CHECK(syslogFrame(entry, "", source).find("500101199003071236") == std::string::npos);
    CHECK(maskedPatient("puzi/500101199003071236#1") == "puzi/500101********1236#1");
    CHECK(maskedPatient("puzi/A-17") == "puzi/A-17");
}

TEST_CASE("a syslog message is framed by its length and has the fields of RFC 5424", "[audit][R42]")
{
    auto event = full(AuditEventKind::InstancesTransferred);
    for (int i = 0; i < 500; ++i)
        event.objects.push_back("1.2.840.113619.2.55.3.604688119.971.1258951740.467." + std::to_string(i));
    auto const entry = entryOf(event);
    auto const frame = syslogFrame(entry, "", source);
    auto const space = frame.find(' ');
    REQUIRE(std::stoul(frame.substr(0, space)) == frame.size() - space - 1);
    CHECK(frame.size() > 32 << 10); // PS3.15 A.6.1: what is longer than 32 KiB must not be cut
    auto const fields = text::split(frame.substr(space + 1), ' ');
    CHECK(fields[0] == "<85>1");
    CHECK(fields[1] == entry.timeText);
    CHECK(fields[2] == "hub.county");
    CHECK(fields[3] == "qianli-gateway");
    CHECK(fields[5] == "DICOM+RFC3881");
    CHECK(frame.find("sequenceId=\"7\"") != std::string::npos);
    CHECK(frame.find("hash=\"" + entry.hash + "\"") != std::string::npos);
    CHECK(frame.find("\xEF\xBB\xBF<AuditMessage>") != std::string::npos);
}
