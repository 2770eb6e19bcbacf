#include "common/model/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::model {
namespace {

using nlohmann::json;

json optionalTime(std::optional<TimePoint> const& time)
{
    return time ? json(toIso8601(*time)) : json(nullptr);
}

// Reads one object field by field; remembers the first thing that is wrong, so that a reader is a plain list of fields.
class FieldReader {
public:
    FieldReader(json const& object, std::string_view what) : object_(object)
    {
        if (!object.is_object())
            refuse(fmt::format("{} must be an object", what));
    }

    void read(char const* name, std::string& value)
    {
        if (json const* const field = find(name); field && check(field->is_string(), name, "text"))
            value = field->get<std::string>();
    }

    void read(char const* name, bool& value)
    {
        if (json const* const field = find(name); field && check(field->is_boolean(), name, "true or false"))
            value = field->get<bool>();
    }

    void read(char const* name, std::int64_t& value)
    {
        if (json const* const field = find(name); field && check(field->is_number_integer(), name, "a whole number"))
            value = field->get<std::int64_t>();
    }

    void read(char const* name, int& value)
    {
        std::int64_t wide = value;
        read(name, wide);
        if (check(wide >= 0 && wide <= 1'000'000'000, name, "a count"))
            value = static_cast<int>(wide);
    }

    void read(char const* name, TimePoint& value)
    {
        std::string written;
        read(name, written);
        if (!error_)
            take(name, parseIso8601(written), value);
    }

    void read(char const* name, std::optional<TimePoint>& value)
    {
        auto const field = object_.is_object() ? object_.find(name) : object_.end();
        if (error_ || field == object_.end() || field->is_null())
            return;
        TimePoint time{};
        read(name, time);
        value = time;
    }

    void read(char const* name, std::optional<std::int64_t>& value)
    {
        auto const field = object_.is_object() ? object_.find(name) : object_.end();
        if (error_ || field == object_.end() || field->is_null())
            return;
        std::int64_t number = 0;
        read(name, number);
        value = number;
    }

    template <typename T>
    void take(char const* name, Result<T> parsed, T& value)
    {
        if (parsed)
            value = *std::move(parsed);
        else
            refuse(fmt::format("{}: {}", name, parsed.error().message));
    }

    bool hasFailed() const { return error_.has_value(); }
    tl::unexpected<Error> failure() const { return fail(ErrorCode::InvalidInput, error_.value_or("")); }

private:
    json const* find(char const* name)
    {
        if (error_)
            return nullptr;
        auto const field = object_.find(name);
        if (field == object_.end()) {
            refuse(fmt::format("the field {} is missing", name));
            return nullptr;
        }
        return &*field;
    }

    bool check(bool good, char const* name, char const* wanted)
    {
        if (!good)
            refuse(fmt::format("the field {} must be {}", name, wanted));
        return good;
    }

    void refuse(std::string message)
    {
        if (!error_)
            error_ = std::move(message);
    }

    json const& object_;
    std::optional<std::string> error_;
};

} // namespace

json toJson(ReadingTask const& task)
{
    return json{{"id", task.id},
                {"site", task.site.value},
                {"siteName", task.siteName},
                {"studyUid", task.studyUid},
                {"state", code(task.state)},
                {"patientName", task.patientName},
                {"patientId", task.patientId},
                {"sex", task.sex},
                {"birthDate", task.birthDate},
                {"age", task.age},
                {"modalities", task.modalities},
                {"bodyPart", task.bodyPart},
                {"description", task.description},
                {"accessionNumber", task.accessionNumber},
                {"studyDate", task.studyDate},
                {"studyTime", task.studyTime},
                {"receivedAt", toIso8601(task.receivedAt)},
                {"lastReceivedAt", toIso8601(task.lastReceivedAt)},
                {"series", task.series},
                {"instances", task.instances},
                {"studyConflict", task.studyConflict},
                {"versionConflict", task.versionConflict},
                {"stat", task.stat},
                {"part", task.part},
                {"identityConflict", task.identityConflict},
                {"splitStudy", task.splitStudy},
                {"severalParts", task.severalParts},
                {"charsetRule", task.charsetRule},
                {"charsetCorrected", task.charsetCorrected},
                {"charsetUncertain", task.charsetUncertain},
                {"clockSkewSeconds", task.clockSkewSeconds ? json(*task.clockSkewSeconds) : json(nullptr)},
                {"missing", task.missing},
                {"linkedSites", task.linkedSites},
                {"claimedBy", task.claimedBy},
                {"claimedByName", task.claimedByName},
                {"claimedAt", optionalTime(task.claimedAt)},
                {"reportSrUid", task.reportSrUid},
                {"reportPdfUid", task.reportPdfUid},
                {"issuedAt", optionalTime(task.issuedAt)},
                {"deliveredAt", optionalTime(task.deliveredAt)},
                {"deliveryNote", task.deliveryNote}};
}

json toJson(ReportText const& text)
{
    return json{{"findings", text.findings}, {"impression", text.impression}, {"recommendation", text.recommendation}};
}

json toJson(User const& user)
{
    return json{{"name", user.name},
                {"displayName", user.displayName},
                {"role", code(user.role)},
                {"site", user.site ? json(user.site->value) : json(nullptr)},
                {"disabled", user.disabled}};
}

Result<ReadingTask> readingTaskFromJson(json const& object)
{
    ReadingTask task;
    FieldReader reader(object, "a task");
    std::string state;
    reader.read("id", task.id);
    reader.read("site", task.site.value);
    reader.read("siteName", task.siteName);
    reader.read("studyUid", task.studyUid);
    reader.read("state", state);
    reader.read("patientName", task.patientName);
    reader.read("patientId", task.patientId);
    reader.read("sex", task.sex);
    reader.read("birthDate", task.birthDate);
    reader.read("age", task.age);
    reader.read("modalities", task.modalities);
    reader.read("bodyPart", task.bodyPart);
    reader.read("description", task.description);
    reader.read("accessionNumber", task.accessionNumber);
    reader.read("studyDate", task.studyDate);
    reader.read("studyTime", task.studyTime);
    reader.read("receivedAt", task.receivedAt);
    reader.read("lastReceivedAt", task.lastReceivedAt);
    reader.read("series", task.series);
    reader.read("instances", task.instances);
    reader.read("studyConflict", task.studyConflict);
    reader.read("versionConflict", task.versionConflict);
    reader.read("stat", task.stat);
    reader.read("part", task.part);
    reader.read("identityConflict", task.identityConflict);
    reader.read("splitStudy", task.splitStudy);
    reader.read("severalParts", task.severalParts);
    reader.read("charsetRule", task.charsetRule);
    reader.read("charsetCorrected", task.charsetCorrected);
    reader.read("charsetUncertain", task.charsetUncertain);
    reader.read("clockSkewSeconds", task.clockSkewSeconds);
    reader.read("missing", task.missing);
    reader.read("linkedSites", task.linkedSites);
    reader.read("claimedBy", task.claimedBy);
    reader.read("claimedByName", task.claimedByName);
    reader.read("claimedAt", task.claimedAt);
    reader.read("reportSrUid", task.reportSrUid);
    reader.read("reportPdfUid", task.reportPdfUid);
    reader.read("issuedAt", task.issuedAt);
    reader.read("deliveredAt", task.deliveredAt);
    reader.read("deliveryNote", task.deliveryNote);
    if (!reader.hasFailed())
        reader.take("state", parseTaskState(state), task.state);
    if (reader.hasFailed())
        return reader.failure();
    return task;
}

Result<ReportText> reportTextFromJson(json const& object)
{
    ReportText text;
    FieldReader reader(object, "a report's text");
    reader.read("findings", text.findings);
    reader.read("impression", text.impression);
    reader.read("recommendation", text.recommendation);
    if (reader.hasFailed())
        return reader.failure();
    return text;
}

Result<User> userFromJson(json const& object)
{
    User user;
    FieldReader reader(object, "a user");
    std::string role;
    reader.read("name", user.name);
    reader.read("displayName", user.displayName);
    reader.read("role", role);
    if (!reader.hasFailed())
        reader.take("role", parseRole(role), user.role);
    // Absent in answers that are about somebody who may sign in, and for people of no site.
    if (object.is_object() && object.contains("site") && !object["site"].is_null()) {
        user.site.emplace();
        reader.read("site", user.site->value);
    }
    if (object.is_object() && object.contains("disabled"))
        reader.read("disabled", user.disabled);
    if (reader.hasFailed())
        return reader.failure();
    return user;
}

} // namespace qianli::model
