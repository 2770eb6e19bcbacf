#include "gateway/audit/audit_entry.h"

#include "common/crypto/password.h"
#include "gateway/audit/audit_words.h"

#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// An event names so many objects; more are counted.
constexpr std::size_t mostObjects = 500;
constexpr std::size_t longestText = 4096;
constexpr std::string_view hashStart = ",\"hash\":\"";
constexpr std::size_t hashEnd = hashStart.size() + 64 + 2;

void put(ordered_json& line, char const* name, std::string const& value)
{
    if (!value.empty())
        line[name] = value.substr(0, longestText);
}

void put(ordered_json& line, char const* name, std::vector<std::string> const& values)
{
    if (!values.empty())
        line[name] = std::vector(values.begin(),
                                 values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size(), mostObjects)));
}

void put(ordered_json& line, AuditEvent const& event)
{
    line["event"] = code(event.kind);
    line["outcome"] = code(event.outcome);
    put(line, "person", event.person);
    put(line, "callingAe", event.callingAe);
    put(line, "calledAe", event.calledAe);
    put(line, "address", event.address);
    put(line, "certificate", event.certificateSubject);
    put(line, "site", event.site);
    put(line, "studies", event.studies);
    put(line, "objects", event.objects);
    if (auto const count = std::max<std::uint64_t>(event.objectCount, event.objects.size()); count > 0)
        line["count"] = count;
    if (event.sent)
        line["sent"] = true;
    put(line, "patient", event.patient);
    put(line, "detail", event.detail);
}

void take(json const& line, char const* name, std::string& value)
{
    if (auto const found = line.find(name); found != line.end())
        value = found->get<std::string>();
}

AuditEvent eventOf(json const& line, AuditEventKind kind, AuditOutcome outcome)
{
    AuditEvent event;
    event.kind = kind;
    event.outcome = outcome;
    take(line, "person", event.person);
    take(line, "callingAe", event.callingAe);
    take(line, "calledAe", event.calledAe);
    take(line, "address", event.address);
    take(line, "certificate", event.certificateSubject);
    take(line, "site", event.site);
    event.studies = line.value("studies", std::vector<std::string>());
    event.objects = line.value("objects", std::vector<std::string>());
    event.objectCount = line.value("count", std::uint64_t{0});
    event.sent = line.value("sent", false);
    take(line, "patient", event.patient);
    take(line, "detail", event.detail);
    return event;
}

Result<void> takeContent(json const& line, AuditEntry& entry)
{
    auto const word = line.at("event").get<std::string>();
    if (word == "seal") {
        entry.seal = AuditSeal{line.at("seal").get<std::uint64_t>(), line.at("key").get<std::string>(),
                               line.at("signature").get<std::string>()};
        if (auto const begins = line.find("begins"); begins != line.end())
            entry.beginning =
                AuditBeginning{begins->at("n").get<std::uint64_t>(), begins->at("prev").get<std::string>()};
        return {};
    }
    QIANLI_ASSIGN(auto const kind, parseAuditEventKind(word));
    QIANLI_ASSIGN(auto const outcome, parseAuditOutcome(line.at("outcome").get<std::string>()));
    entry.event = eventOf(line, kind, outcome);
    return {};
}

} // namespace

std::string toLine(AuditEntry& entry)
{
    if (entry.timeText.empty())
        entry.timeText = toIso8601WithOffset(entry.time);
    ordered_json line{{"n", entry.sequence}, {"t", entry.timeText}, {"prev", entry.prev}};
    if (entry.seal) {
        line["event"] = "seal";
        line["seal"] = entry.seal->number;
        line["key"] = entry.seal->key;
        line["signature"] = entry.seal->signature;
        if (entry.beginning)
            line["begins"] = {{"n", entry.beginning->sequence}, {"prev", entry.beginning->prev}};
    } else {
        put(line, entry.event);
    }
    std::string text = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    text.pop_back();
    entry.hash = crypto::sha256Hex(text);
    return fmt::format("{}{}{}\"}}", text, hashStart, entry.hash);
}

Result<AuditEntry> entryOfLine(std::string_view line)
{
    if (line.size() <= hashEnd || line.substr(line.size() - hashEnd, hashStart.size()) != hashStart ||
        !line.ends_with("\"}"))
        return fail(ErrorCode::Corrupt, "this is no entry");
    auto const hashed = line.substr(0, line.size() - hashEnd);
    AuditEntry entry;
    entry.hash = line.substr(line.size() - 66, 64);
    if (crypto::sha256Hex(hashed) != entry.hash)
        return fail(ErrorCode::Corrupt, "its hash is not that of its text");
    try {
        auto const parsed = json::parse(line);
        entry.sequence = parsed.at("n").get<std::uint64_t>();
        entry.timeText = parsed.at("t").get<std::string>();
        entry.prev = parsed.at("prev").get<std::string>();
        QIANLI_ASSIGN(entry.time, parseIso8601WithOffset(entry.timeText));
        QIANLI_TRY(takeContent(parsed, entry));
    } catch (json::exception const&) {
        return fail(ErrorCode::Corrupt, "its members are not those of an entry");
    }
    return entry;
}

std::string sealedText(AuditEntry const& entry)
{
    auto text = fmt::format("qianli audit seal\n{}\n{}\n{}\n{}\n", entry.seal->number, entry.sequence, entry.prev,
                            entry.timeText);
    if (entry.beginning)
        text += fmt::format("begins {} {}\n", entry.beginning->sequence, entry.beginning->prev);
    return text;
}

std::string toIso8601WithOffset(TimePoint time)
{
    auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
    std::time_t const moment = seconds.time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&moment, &local);
    long const minutes = std::labs(local.tm_gmtoff) / 60;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}{:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1,
                       local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec, (time - seconds).count(),
                       local.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

Result<TimePoint> parseIso8601WithOffset(std::string_view text)
{
    auto const digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    bool const shaped = text.size() == 29 && (text[23] == '+' || text[23] == '-') && digit(24) && digit(25) &&
                        text[26] == ':' && digit(27) && digit(28);
    if (!shaped)
        return fail(ErrorCode::Corrupt, "its time is not written as a time with an offset");
    QIANLI_ASSIGN(auto const local, parseIso8601(std::string(text.substr(0, 23)) + "Z"));
    auto const two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    auto const offset = std::chrono::minutes(two(24) * 60 + two(27));
    return text[23] == '+' ? local - offset : local + offset;
}

} // namespace qianli::gateway
