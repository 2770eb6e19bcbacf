// A workflow on real files with a clock that stands still, an index that is filled by hand, and a few people.
#pragma once

#include "gateway/index/study_index.h"
#include "gateway/ingest/transfers.h"
#include "gateway/workflow/outbox.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"
#include "gateway/workflow/sessions.h"
#include "gateway/workflow/users.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>

namespace qianli::test {

// Ends the test with the Error's words.
template <typename T>
T need(Result<T> result)
{
    if (!result)
        FAIL(toString(result.error().code) << ": " << result.error().message);
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

template <typename T>
ErrorCode errorOf(Result<T> const& result)
{
    REQUIRE_FALSE(result);
    return result.error().code;
}

inline model::Site const puzi = [] {
    model::Site site;
    site.id = {"puzi"};
    site.name = "普子乡卫生院";
    site.deliver = {"PUZI_PACS"};
    return site;
}();

struct WorkflowFixture {
    WorkflowFixture()
    {
        index = need(gateway::StudyIndex::open(folder / "index.db"));
        workflow = open();
        for (auto const& [name, shown] : {std::pair{"wangmin", "王敏"}, {"lihua", "李华"}})
            addUser(name, shown, model::Role::Radiologist);
    }

    // As another process would.
    std::unique_ptr<gateway::Workflow> open()
    {
        gateway::WorkflowSettings settings;
        settings.file = folder / "workflow.db";
        settings.sites = sites;
        return need(gateway::Workflow::open(settings, clock));
    }

    // Past the password's hashing, which takes its time.
    void addUser(std::string const& name, std::string const& shown, model::Role role,
                 std::optional<std::string> const& site = std::nullopt)
    {
        need(workflow->database().write([&](sqlite::Database& database) -> Result<void> {
            QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO users (name, display_name, role, site, "
                                                        "password_hash, created_at) VALUES (?, ?, ?, ?, '', 0)"));
            return insert.run({name, shown, model::code(role), site});
        }));
    }

    model::User user(std::string const& name) { return need(workflow->users().find(name)); }

    struct Arrival {
        std::string study = "1.2.3";
        std::string instance = {};
        gateway::Origin origin = gateway::Origin::Site;
        std::string site = "puzi";
        std::string patientId = "P1";
        std::string studyDate = "20261122";
        int version = 1;
        bool stat = false;
        std::string patientName = "张^三";
        std::string birthDate = {};
    };
    // An object as ingest brings it into the index.
    void arrive(Arrival const& arrival)
    {
        gateway::IndexedObject object;
        auto& receipt = object.receipt;
        receipt.sequence = ++sequence;
        receipt.origin = arrival.origin;
        receipt.site = {arrival.site};
        receipt.person = arrival.origin == gateway::Origin::Station ? "wangmin" : "";
        receipt.version = arrival.version;
        receipt.stat = arrival.stat;
        receipt.callingAe = "PUZI_CT";
        receipt.receivedAt = clock.now();
        receipt.digest[0] = static_cast<std::uint8_t>(sequence);
        bool const report = arrival.origin == gateway::Origin::Station;
        receipt.sopClass = dicom::Uid::ofKnown(report ? "1.2.840.10008.5.1.4.1.1.88.11" : "1.2.840.10008.5.1.4.1.1.2");
        receipt.sopInstance =
            dicom::Uid::ofKnown(arrival.instance.empty() ? "1.2.3.9." + std::to_string(sequence) : arrival.instance);
        receipt.study = dicom::Uid::ofKnown(arrival.study);
        receipt.series = dicom::Uid::ofKnown(arrival.study + (report ? ".2" : ".1"));
        receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
        receipt.location = {"objects/" + std::to_string(sequence), 400, 1000};
        auto& header = object.header;
        header.studyUid = receipt.study;
        header.seriesUid = receipt.series;
        header.sopInstanceUid = receipt.sopInstance;
        header.sopClassUid = receipt.sopClass;
        header.patientName = arrival.patientName;
        header.patientId = arrival.patientId;
        header.patientBirthDate = arrival.birthDate;
        header.patientSex = "M";
        header.modality = report ? "SR" : "CT";
        header.studyDate = arrival.studyDate;
        header.transferSyntaxUid = receipt.transferSyntax.value();
        need(index->apply({&object, 1}));
    }

    // What the runner does on a nudge, without its thread.
    void follow()
    {
        auto const reached = need(workflow->tasks().caughtUpTo());
        need(workflow->tasks().takeOver(need(index->studiesChangedSince(reached, 1000))));
        need(workflow->tasks().judgeArrivals(*index, transfers));
        need(workflow->tasks().applyTime());
    }

    model::ReadingTask task(std::string const& study = "1.2.3")
    {
        auto const found = need(workflow->tasks().ofStudy({"puzi"}, study));
        REQUIRE(found);
        return *found;
    }

    // A study that is claimed by wangmin.
    model::ReadingTask claimedTask(std::string const& study = "1.2.3")
    {
        arrive({.study = study});
        follow();
        return need(workflow->tasks().claim(task(study).id, user("wangmin")));
    }

    Result<model::ReadingTask> issue(model::TaskId id, std::string const& sr = "2.25.1",
                                     std::string const& pdf = "2.25.2", std::string const& author = "wangmin")
    {
        return workflow->reports().issue({id, user(author), sr, pdf, {"所见", "诊断", "建议"}, clock.now()});
    }

    std::vector<std::string> states(model::TaskId id)
    {
        std::vector<std::string> codes;
        for (auto const& entry : need(workflow->tasks().history(id)))
            codes.emplace_back(model::code(entry.state));
        return codes;
    }

    TemporaryFolder folder;
    ManualClock clock{*parseIso8601("2026-11-22T04:00:00Z")};
    std::vector<model::Site> sites{puzi};
    gateway::Transfers transfers;
    std::unique_ptr<gateway::StudyIndex> index;
    std::unique_ptr<gateway::Workflow> workflow;
    std::uint64_t sequence = 0;
};

} // namespace qianli::test
