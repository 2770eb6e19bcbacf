#include "common/model/json.h"

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>

using namespace qianli;
using namespace qianli::model;
using enum TaskState;

namespace {

ReadingTask fullTask()
{
    ReadingTask task;
    task.id = 42;
    task.site.value = "puzi";
    task.siteName = "普子乡卫生院";
    task.studyUid = "1.2.3";
    task.state = Delivered;
    task.patientName = "Zhang^San=张^三=";
    task.patientId = "000123";
    task.sex = "M";
    task.birthDate = "19600101";
    task.age = "066Y";
    task.modalities = "CT\\SR";
    task.bodyPart = "CHEST";
    task.description = "胸部平扫";
    task.accessionNumber = "A1";
    task.studyDate = "20261122";
    task.studyTime = "0912";
    task.receivedAt = parseIso8601("2026-11-22T01:12:00.000Z").value();
    task.lastReceivedAt = parseIso8601("2026-11-22T01:13:00.500Z").value();
    task.series = 2;
    task.instances = 350;
    task.studyConflict = true;
    task.versionConflict = true;
    task.stat = true;
    task.claimedBy = "wangmin";
    task.claimedByName = "王敏";
    task.claimedAt = task.lastReceivedAt;
    task.reportSrUid = "1.2.4";
    task.reportPdfUid = "1.2.5";
    task.issuedAt = task.lastReceivedAt;
    task.deliveredAt = task.lastReceivedAt;
    task.deliveryNote = "PUZI_PACS: warning B007H";
    return task;
}

} // namespace

TEST_CASE("states have the agreed names and ways", "[model]")
{
    std::map<TaskState, std::pair<std::string_view, std::string_view>> const names{
        {Receiving, {"receiving", "接收中"}}, {Incomplete, {"incomplete", "疑缺"}},
        {Ready, {"ready", "待报告"}},         {Claimed, {"claimed", "已领取"}},
        {Drafting, {"drafting", "书写中"}},   {Preliminary, {"preliminary", "临时报告"}},
        {Submitted, {"submitted", "待审核"}}, {Returned, {"returned", "审核退回"}},
        {Final, {"final", "已审核"}},         {Issued, {"issued", "已发布"}},
        {Delivered, {"delivered", "已送达"}}, {Amended, {"amended", "已修改"}},
        {Withdrawn, {"withdrawn", "已撤回"}}, {Rejected, {"rejected", "退回重拍"}}};
    for (auto const& [state, both] : names) {
        CHECK(code(state) == both.first);
        CHECK(chinese(state) == both.second);
        CHECK(parseTaskState(both.first) == state);
        CHECK_FALSE(mayBecome(state, Receiving == state ? Issued : state == Amended ? Ready : state));
    }
    CHECK_FALSE(parseTaskState("done"));
    CHECK_FALSE(parseTaskState("接收中"));

    for (auto const& [from, to] : {std::pair{Receiving, Ready}, {Receiving, Incomplete}, {Incomplete, Ready},
                                   {Ready, Receiving},          {Ready, Claimed},        {Receiving, Claimed},
                                   {Claimed, Drafting},         {Claimed, Ready},        {Drafting, Preliminary},
                                   {Drafting, Submitted},       {Drafting, Ready},       {Submitted, Returned},
                                   {Submitted, Final},          {Returned, Drafting},    {Final, Issued},
                                   {Issued, Delivered},         {Delivered, Amended},    {Issued, Withdrawn},
                                   {Amended, Delivered},        {Ready, Rejected},       {Receiving, Withdrawn},
                                   {Ready, Withdrawn},          {Withdrawn, Receiving}})
        CHECK(mayBecome(from, to));
    for (auto const& [from, to] : {std::pair{Receiving, Issued},
                                   {Ready, Final},
                                   {Claimed, Issued},
                                   {Drafting, Final},
                                   {Drafting, Issued},
                                   {Submitted, Issued},
                                   {Issued, Drafting},
                                   {Delivered, Ready},
                                   {Withdrawn, Issued},
                                   {Drafting, Withdrawn},
                                   {Rejected, Ready},
                                   {Final, Delivered},
                                   {Final, Drafting}})
        CHECK_FALSE(mayBecome(from, to));
}

TEST_CASE("a task survives JSON whole", "[model]")
{
    auto const json = toJson(fullTask());
    auto const task = readingTaskFromJson(nlohmann::json::parse(json.dump()));
    REQUIRE(task);
    CHECK(toJson(*task) == json);
    CHECK(task->patientName == "Zhang^San=张^三=");
    CHECK(task->deliveredAt == fullTask().deliveredAt);
    CHECK(json["state"] == "delivered");
    CHECK(json["receivedAt"] == "2026-11-22T01:12:00.000Z");

    ReadingTask const empty;
    auto const read = readingTaskFromJson(toJson(empty));
    REQUIRE(read);
    CHECK_FALSE(read->claimedAt);
    CHECK(toJson(*read) == toJson(empty));
}

TEST_CASE("JSON of a peer is refused with the field named", "[model]")
{
    auto const refusal = [](std::function<void(nlohmann::json&)> const& spoil) {
        auto json = toJson(fullTask());
        spoil(json);
        auto const task = readingTaskFromJson(json);
        REQUIRE_FALSE(task);
        CHECK(task.error().code == ErrorCode::InvalidInput);
        return task.error().message;
    };
    CHECK(refusal([](auto& json) { json.erase("studyUid"); }) == "the field studyUid is missing");
    CHECK(refusal([](auto& json) { json["series"] = "two"; }) == "the field series must be a whole number");
    CHECK(refusal([](auto& json) { json["series"] = -1; }) == "the field series must be a count");
    CHECK(refusal([](auto& json) { json["series"] = 1ull << 60; }) == "the field series must be a count");
    CHECK(refusal([](auto& json) { json["patientName"] = nullptr; }) == "the field patientName must be text");
    CHECK(refusal([](auto& json) { json["studyConflict"] = 1; }) == "the field studyConflict must be true or false");
    CHECK(refusal([](auto& json) { json["state"] = "done"; }) == "state: 'done' is no state of a reading task");
    CHECK(refusal([](auto& json) {
              json["receivedAt"] = "yesterday";
          }).starts_with("receivedAt: 'yesterday' is not a UTC time"));
    CHECK(refusal([](auto& json) { json["claimedAt"] = 5; }) == "the field claimedAt must be text");
    CHECK(refusal([](auto& json) { json = nlohmann::json::array(); }) == "a task must be an object");
    CHECK(refusal([](auto& json) { json = 5; }) == "a task must be an object");
}

TEST_CASE("report texts and users survive JSON", "[model]")
{
    ReportText const text{"双肺纹理增多。\n", "考虑炎症。", ""};
    CHECK(reportTextFromJson(toJson(text)) == text);
    CHECK_FALSE(reportTextFromJson(nlohmann::json{{"findings", "a"}, {"impression", "b"}}));
    CHECK_FALSE(reportTextFromJson(nlohmann::json("text")));

    for (Role const role : {Role::Radiologist, Role::Reviewer, Role::Site, Role::Admin}) {
        User user{"wangmin", "王敏", role, std::nullopt, false};
        if (role == Role::Site)
            user.site = SiteId{"puzi"};
        auto const read = userFromJson(toJson(user));
        REQUIRE(read);
        CHECK(toJson(*read) == toJson(user));
        CHECK(parseRole(code(role)) == role);
    }
    // The answer to a sign-in has no "disabled".
    CHECK(userFromJson({{"name", "a"}, {"displayName", "b"}, {"role", "admin"}, {"site", nullptr}}).has_value());
    CHECK_FALSE(userFromJson({{"name", "a"}, {"displayName", "b"}, {"role", "king"}}));
    CHECK_FALSE(userFromJson({{"name", "a"}, {"displayName", "b"}, {"role", "site"}, {"site", 5}}));
}
