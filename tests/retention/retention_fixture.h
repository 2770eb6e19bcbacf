// A gateway without its doors: archive, index, ingest and workflow on real files, and a clock that can jump by years.
#pragma once

#include "gateway/upkeep/purge.h"
#include "gateway/workflow/outbox.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"
#include "gateway/workflow/users.h"
#include "gateway/workflow/workflow_database.h"
#include "tests/support/gateway_fixture.h"

#include <fmt/format.h>

namespace qianli::test {

template <typename T>
T need(Result<T> result)
{
    if (!result)
        FAIL(toString(result.error().code) << ": " << result.error().message);
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

inline TimePoint onDay(int year, unsigned month, unsigned day)
{
    return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) +
           std::chrono::hours(3);
}

struct Records final : gateway::AuditTrail {
    void record(gateway::AuditEvent event) override
    {
        events.push_back(std::move(event));
        if (onRecord)
            onRecord(events.back());
    }
    bool flush() override { return lasts; }
    std::size_t count(gateway::AuditEventKind kind) const
    {
        return static_cast<std::size_t>(std::ranges::count(events, kind, &gateway::AuditEvent::kind));
    }
    bool lasts = true; // what is recorded
    std::vector<gateway::AuditEvent> events;
    std::function<void(gateway::AuditEvent const&)> onRecord;
};

struct RetentionFixture {
    RetentionFixture() { openWorkflow(); }

    void openWorkflow()
    {
        workflow.reset();
        gateway::WorkflowSettings settings;
        settings.file = gateway.folder / "workflow.db";
        settings.observers = {nullptr, &records};
        model::Site site;
        site.id = {"puzi"};
        site.deliver = {"PUZI_PACS"};
        settings.sites = {site};
        workflow = need(gateway::Workflow::open(settings, gateway.clock));
    }
    void restart()
    {
        gateway.stop();
        gateway.start();
        openWorkflow();
        need(deleter().resume());
        follow();
    }

    void addUser(std::string const& name, model::Role role)
    {
        model::User user;
        user.name = user.displayName = name;
        user.role = role;
        need(workflow->users().add(user, "correct horse " + name));
    }
    gateway::Deleter deleter()
    {
        return gateway::Deleter({gateway.store(), gateway.index(), *workflow, nullptr, &gateway.ingest().transfers()});
    }

    // A study of two images, and what the reading list makes of it.
    void receive(std::string const& study, std::string const& patient, std::string const& site = "puzi",
                 std::string const& nationalId = "", std::string const& birthDate = "")
    {
        for (int i = 1; i <= 2; ++i) {
            SyntheticObject image(study, study + ".1", fmt::format("{}.1.{}", study, i));
            image.set(0x00100020, "LO", patient)
                .set(0x00100010, "PN", nationalId.empty() ? "ZHANG^" + patient : "ZHANG^SAN")
                .set(0x00101000, "LO", nationalId)
                .set(0x00100040, "CS", "M")
                .set(0x00100030, "DA", birthDate);
            gateway.mustSend(gateway.site(site), image);
        }
        follow();
    }
    void follow()
    {
        auto const reached = need(workflow->tasks().caughtUpTo());
        need(workflow->tasks().takeOver(need(gateway.index().studiesChangedSince(reached, 1000))));
        gateway.clock.advance(std::chrono::minutes(5));
        need(workflow->tasks().judgeArrivals(gateway.index(), gateway.ingest().transfers()));
    }
    std::optional<model::ReadingTask> task(std::string const& study, int part = 0)
    {
        return need(workflow->tasks().ofStudy({"puzi"}, study, part));
    }
    // Read and issued; its delivery is done where `delivered`.
    void issue(std::string const& study, bool delivered = true)
    {
        if (!workflow->users().find("wangmin"))
            addUser("wangmin", model::Role::Radiologist);
        auto const reader = need(workflow->users().find("wangmin"));
        auto const id = task(study)->id;
        need(workflow->tasks().claim(id, reader));
        need(workflow->reports().issue(
            {id, reader, study + ".9.1", study + ".9.2", {"所见", "诊断", "建议"}, gateway.clock.now()}));
        if (delivered)
            for (auto const& delivery : need(workflow->outbox().list()))
                if (delivery.state == gateway::DeliveryState::Waiting)
                    need(workflow->outbox().noteDelivered(delivery.id, "SR, PDF"));
    }
    gateway::StudyRecord study(std::string const& uid, std::string const& site = "puzi")
    {
        auto const found = need(gateway.index().study({site}, dicom::Uid::ofKnown(uid)));
        REQUIRE(found);
        return *found;
    }
    bool holds(std::string const& uid, std::string const& site = "puzi")
    {
        return need(gateway.index().study({site}, dicom::Uid::ofKnown(uid))).has_value();
    }

    GatewayFixture gateway;
    Records records;
    std::unique_ptr<gateway::Workflow> workflow;
};

} // namespace qianli::test
