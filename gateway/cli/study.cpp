// study: what was received: list, show, export, verify.
#include "common/base/text.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/workflow/reading_tasks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

constexpr dicom::Tag studyInstanceUid{0x0020, 0x000D};

// "" when workflow has not taken the study over yet, or nobody here ever ran it.
Result<std::string> stateOf(Context& context, StudyRecord const& study)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const task, workflow->tasks().ofStudy(study.site, study.header.studyUid.value()));
    return task ? std::string(model::code(task->state)) : std::string();
}

ordered_json toJson(StudyRecord const& study, std::string const& state)
{
    auto const& header = study.header;
    return {{"studyInstanceUid", header.studyUid.value()},
            {"patientId", header.patientId},
            {"patientName", header.patientName},
            {"sex", header.patientSex},
            {"birthDate", header.patientBirthDate},
            {"studyDate", header.studyDate},
            {"studyTime", header.studyTime},
            {"modalities", study.modalities},
            {"accessionNumber", header.accessionNumber},
            {"description", header.studyDescription},
            {"site", study.site.value},
            {"receivedAt", toIso8601(study.firstReceivedAt)},
            {"lastReceivedAt", toIso8601(study.lastReceivedAt)},
            {"series", study.series},
            {"instances", study.instances},
            {"state", state},
            {"charset", header.charset.declared},
            {"charsetUsed", header.charset.used},
            {"charsetRule", header.charset.rule},
            {"siteConflict", study.siteConflict},
            {"versionConflict", study.versionConflict}};
}

std::string flagsOf(StudyRecord const& study)
{
    std::vector<std::string> flags;
    if (study.siteConflict)
        flags.emplace_back("UID also at another site");
    if (study.versionConflict)
        flags.emplace_back("two versions");
    if (!study.header.charset.certain)
        flags.emplace_back("name uncertain");
    return fmt::format("{}", fmt::join(flags, ", "));
}

std::string modalitiesOf(StudyRecord const& study)
{
    return fmt::format("{}", fmt::join(study.modalities, " "));
}

struct ListedStudy {
    StudyRecord record;
    std::string state;
};

// The studies that every option lets through, newest first; one more than the limit, to know whether there are more.
Result<std::vector<ListedStudy>> listedStudies(Context& context, StudyListArguments const& arguments)
{
    QIANLI_ASSIGN(auto const query, studyQuery(arguments));
    QIANLI_ASSIGN(auto const from, parseLocalTime("--received-from", arguments.receivedFrom, Edge::Begin));
    QIANLI_ASSIGN(auto const to, parseLocalTime("--received-to", arguments.receivedTo, Edge::End));
    if (!arguments.state.empty())
        QIANLI_TRY(model::parseTaskState(arguments.state));
    QIANLI_ASSIGN(auto const* index, context.index());
    std::vector<ListedStudy> listed;
    Result<void> failed;
    auto const take = [&](Answer const& answer) -> Result<void> {
        auto const uid = answer.values.find(studyInstanceUid);
        if (uid == answer.values.end())
            return {};
        QIANLI_ASSIGN(auto record, index->study(answer.site, dicom::Uid::ofKnown(uid->second)));
        if (!record || (from && record->firstReceivedAt < *from) || (to && record->firstReceivedAt > *to))
            return {};
        QIANLI_ASSIGN(auto state, stateOf(context, *record));
        if (arguments.state.empty() || arguments.state == state)
            listed.push_back({std::move(*record), std::move(state)});
        return {};
    };
    QIANLI_TRY(index->find(scopeOf(arguments.site), query, [&](Answer const& answer) {
        failed = take(answer);
        return failed && (arguments.limit == 0 || listed.size() <= arguments.limit);
    }));
    QIANLI_TRY(failed);
    return listed;
}

std::string safeWord(std::string_view text, std::string_view otherwise)
{
    std::string safe;
    for (char const c : text.substr(0, 16))
        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            safe += c;
    return safe.empty() ? std::string(otherwise) : safe;
}

Result<void> copyBytes(StoredObject const& object, FileDescriptor& file)
{
    std::uint64_t const size = object.location.dataSetOffset + object.location.dataSetLength;
    std::vector<std::uint8_t> buffer(1 << 20);
    for (std::uint64_t offset = 0; offset < size;) {
        auto const part =
            std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - offset)));
        QIANLI_TRY(readAllAt(object.file.get(), part, offset));
        QIANLI_TRY(writeAll(file.get(), part));
        offset += part.size();
    }
    return file.close();
}

Result<void> copyObject(BlobStore const& store, Receipt const& receipt, std::filesystem::path const& target)
{
    QIANLI_TRY(store.verify(receipt));
    QIANLI_ASSIGN(auto const object, store.open(receipt.location));
    // Never over a file that is there.
    QIANLI_ASSIGN(auto file, openFile(target, O_WRONLY | O_CREAT | O_EXCL, 0644));
    auto copied = copyBytes(object, file);
    if (copied)
        return {};
    // Half an image must not pass for one.
    std::error_code ignored;
    std::filesystem::remove(target, ignored);
    return tl::unexpected(std::move(copied).error().at(target.string()));
}

} // namespace

Result<void> studyList(Context& context, StudyListArguments const& arguments)
{
    QIANLI_ASSIGN(auto studies, listedStudies(context, arguments));
    if (arguments.limit != 0 && studies.size() > arguments.limit) {
        studies.resize(arguments.limit);
        Output::note(fmt::format("only the newest {}; --limit 0 lists all", arguments.limit));
    }
    auto document = ordered_json::array();
    Table table({{"RECEIVED"},
                 {"SITE"},
                 {"NAME", Table::Align::Left, 24},
                 {"SEX"},
                 {"BIRTH"},
                 {"PATIENT ID", Table::Align::Left, 20},
                 {"MODALITY"},
                 {"DATE"},
                 {"DESCRIPTION", Table::Align::Left, 30},
                 {"SERIES", Table::Align::Right},
                 {"IMAGES", Table::Align::Right},
                 {"STATE"},
                 {"STUDY INSTANCE UID", Table::Align::Left, 64},
                 {"NOTE"}});
    for (auto const& [study, state] : studies) {
        if (context.out().isJson())
            document.push_back(toJson(study, state));
        auto const& header = study.header;
        table.add({toLocalText(study.firstReceivedAt), study.site.value, nameForPeople(header.patientName),
                   header.patientSex, dateForPeople(header.patientBirthDate), header.patientId, modalitiesOf(study),
                   dateForPeople(header.studyDate), header.studyDescription, fmt::format("{}", study.series),
                   fmt::format("{}", study.instances), state, header.studyUid.value(), flagsOf(study)});
    }
    context.out().table(table, "no studies");
    context.out().json(document);
    return {};
}

Result<void> studyShow(Context& context, StudyArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto const study, oneStudy(*index, arguments));
    QIANLI_ASSIGN(auto const state, stateOf(context, study));
    QIANLI_ASSIGN(auto const instances, instancesOf(*index, study));
    struct Series {
        dicom::InstanceHeader header;
        int instances = 0, withheld = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<std::pair<std::string, Series>> series;
    auto instancesJson = ordered_json::array();
    for (auto const& instance : instances) {
        auto const& uid = instance.header.seriesUid.value();
        auto found = std::find_if(series.begin(), series.end(), [&](auto const& entry) { return entry.first == uid; });
        if (found == series.end())
            found = series.insert(series.end(), {uid, {instance.header}});
        ++found->second.instances;
        found->second.withheld += instance.released ? 0 : 1;
        found->second.bytes += instance.receipt.location.dataSetLength;
        if (context.out().isJson())
            instancesJson.push_back({{"sopInstanceUid", instance.receipt.sopInstance.value()},
                                     {"sopClassUid", instance.receipt.sopClass.value()},
                                     {"seriesInstanceUid", uid},
                                     {"transferSyntaxUid", instance.receipt.transferSyntax.value()},
                                     {"instanceNumber", instance.header.instanceNumber},
                                     {"version", instance.receipt.version},
                                     {"bytes", instance.receipt.location.dataSetLength},
                                     {"xxh3", text::toHex(instance.receipt.digest)},
                                     {"receivedAt", toIso8601(instance.receipt.receivedAt)},
                                     {"callingAe", instance.receipt.callingAe},
                                     {"address", instance.receipt.address},
                                     {"released", instance.released}});
    }
    auto document = toJson(study, state);
    document["studyId"] = study.header.studyId;
    document["referringPhysician"] = study.header.referringPhysician;
    document["objects"] = std::move(instancesJson);
    context.out().json(document);

    auto const& header = study.header;
    context.out().line(fmt::format("{}  {}  born {}  ID {}", text::escapeControl(nameForPeople(header.patientName)),
                                   header.patientSex, dateForPeople(header.patientBirthDate),
                                   text::escapeControl(header.patientId)));
    context.out().line(fmt::format("{}  {}  {}", dateForPeople(header.studyDate), modalitiesOf(study),
                                   text::escapeControl(header.studyDescription)));
    context.out().line(fmt::format("site {}, received {} to {}, state {}", study.site.value,
                                   toLocalText(study.firstReceivedAt), toLocalText(study.lastReceivedAt),
                                   state.empty() ? "-" : state));
    context.out().line(fmt::format("names: declared \"{}\", read as {} (rule {}{})", header.charset.declared,
                                   header.charset.used, header.charset.rule,
                                   header.charset.certain ? "" : ", uncertain"));
    if (auto const flags = flagsOf(study); !flags.empty())
        context.out().line("note: " + flags);
    Table table({{"SERIES", Table::Align::Right},
                 {"MODALITY"},
                 {"BODY PART"},
                 {"DESCRIPTION", Table::Align::Left, 40},
                 {"OBJECTS", Table::Align::Right},
                 {"SIZE", Table::Align::Right},
                 {"NOTE"}});
    for (auto const& [uid, one] : series)
        table.add({one.header.seriesNumber, one.header.modality, one.header.bodyPart, one.header.seriesDescription,
                   fmt::format("{}", one.instances), bytesForPeople(one.bytes),
                   one.withheld > 0 ? "not visible to the site until issued" : ""});
    context.out().table(table, "no objects");
    return {};
}

Result<void> studyExport(Context& context, StudyArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto const study, oneStudy(*index, arguments));
    QIANLI_ASSIGN(auto const instances, instancesOf(*index, study));
    QIANLI_ASSIGN(auto const* store, context.archive());
    std::map<std::string, std::filesystem::path> folders; // by Series Instance UID
    auto files = ordered_json::array();
    ProgressLine progress;
    std::uint64_t done = 0;
    for (auto const& instance : instances) {
        auto const& uid = instance.header.seriesUid.value();
        if (!folders.contains(uid)) {
            auto const folder = arguments.folder /
                                fmt::format("{:03}-{}", folders.size() + 1, safeWord(instance.header.modality, "OT"));
            std::error_code error;
            std::filesystem::create_directories(folder, error);
            if (error)
                return fail(ErrorCode::Unavailable, fmt::format("{}: {}", folder.string(), error.message()));
            folders[uid] = folder;
        }
        auto const target = folders[uid] / fmt::format("{:06}.dcm", ++done);
        QIANLI_TRY(copyObject(*store, instance.receipt, target));
        files.push_back({{"sopInstanceUid", instance.receipt.sopInstance.value()}, {"file", target.string()}});
        progress.show(done, instances.size(), "objects");
    }
    context.out().line(fmt::format("{} objects written to {}", done, arguments.folder.string()));
    context.out().json({{"studyInstanceUid", arguments.uid}, {"files", files}});
    return {};
}

Result<void> studyVerify(Context& context, StudyArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto const study, oneStudy(*index, arguments));
    QIANLI_ASSIGN(auto const instances, instancesOf(*index, study));
    QIANLI_ASSIGN(auto const* store, context.archive());
    std::uint64_t verified = 0;
    std::vector<std::string> damaged;
    ProgressLine progress;
    for (auto const& instance : instances) {
        QIANLI_ASSIGN(auto const versions, index->findBySopInstance(study.site, instance.receipt.sopInstance));
        for (Receipt const& receipt : versions) {
            if (auto const sound = store->verify(receipt); sound)
                ++verified;
            else
                damaged.push_back(fmt::format("{}: {}", receipt.sopInstance.value(), sound.error().message));
        }
        progress.show(verified + damaged.size(), instances.size(), "objects");
    }
    context.out().json({{"studyInstanceUid", arguments.uid}, {"verified", verified}, {"damaged", damaged}});
    for (auto const& line : damaged)
        context.out().line(line);
    if (!damaged.empty())
        return fail(ErrorCode::Corrupt, fmt::format("{} of {} objects are not what was received", damaged.size(),
                                                    verified + damaged.size()));
    context.out().line(fmt::format("{} objects are byte for byte what was received", verified));
    return {};
}

} // namespace qianli::gateway::cli
