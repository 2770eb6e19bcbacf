// study: what was received: list, export, verify.
#include "common/base/text.h"
#include "common/model/patient_key.h"
#include "common/model/reading_task.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/cli/study_rows.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

constexpr dicom::Tag studyInstanceUid{0x0020, 0x000D};

struct ListedStudy {
    StudyRecord record;
    StudyState state;
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
        QIANLI_ASSIGN(auto record, index->study(answer.site, dicom::Uid::ofKnown(uid->second), answer.part));
        if (!record || (from && record->firstReceivedAt < *from) || (to && record->firstReceivedAt > *to))
            return {};
        QIANLI_ASSIGN(auto state, stateOf(context, *record));
        if (arguments.state.empty() || arguments.state == state.code)
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
                 {"NOTE", Table::Align::Left, 80}});
    for (auto const& [study, state] : studies) {
        if (context.out().isJson())
            document.push_back(toJson(study, state));
        auto const& header = study.header;
        table.add({toLocalText(study.firstReceivedAt), study.site.value, nameForPeople(header.patientName),
                   header.patientSex, dateForPeople(header.patientBirthDate), header.patientId, modalitiesOf(study),
                   dateForPeople(header.studyDate, header.studyTime), header.studyDescription,
                   fmt::format("{}", study.series), fmt::format("{}", study.instances), state.code,
                   header.studyUid.value(), flagsOf(study, state)});
    }
    context.out().table(table, "no studies");
    context.out().json(document);
    return {};
}

Result<void> studyExport(Context& context, StudyArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto const study, oneStudy(context, arguments));
    QIANLI_ASSIGN(auto const instances, instancesOf(*index, study));
    QIANLI_ASSIGN(auto const* store, context.archive());
    std::map<std::string, std::filesystem::path> folders; // by Series Instance UID
    // Before the first file is there: whoever breaks it off has some of them.
    AuditEvent event;
    event.kind = AuditEventKind::DataExport;
    event.site = study.site.value;
    event.studies = {arguments.uid};
    event.objectCount = instances.size();
    event.sent = true;
    event.patient = model::toText(study.patient);
    context.record(std::move(event));
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
    QIANLI_ASSIGN(auto const study, oneStudy(context, arguments));
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
