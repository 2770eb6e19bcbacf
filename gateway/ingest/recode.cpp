#include "gateway/ingest/recode.h"

#include "gateway/ingest/replay.h"
#include "gateway/ingest/work_beside.h"

#include <atomic>
#include <fmt/format.h>
#include <new>
#include <set>

namespace qianli::gateway {
namespace {

constexpr std::size_t shown = 20;
constexpr std::size_t readers = 8;

Result<ReadAgain> readBoth(BlobStore const& store, Receipt const& receipt, RecodeRequest const& request)
{
    std::string const before = request.before(receipt), after = request.after(receipt);
    ReadAgain both;
    QIANLI_ASSIGN(both.after, readHeaderAgain(store, receipt, after));
    both.before = both.after;
    if (before != after) {
        QIANLI_ASSIGN(both.before, readHeaderAgain(store, receipt, before));
    }
    return both;
}

// On several threads, which wait for the disk at the same time.
Result<std::vector<ReadAgain>> readMany(BlobStore const& store, std::span<Receipt const> receipts,
                                        RecodeRequest const& request)
{
    std::vector<Result<ReadAgain>> read(receipts.size(), fail(ErrorCode::Internal, "not read"));
    {
        std::atomic<std::size_t> next = 0;
        auto const work = [&] {
            for (std::size_t i = next++; i < receipts.size(); i = next++)
                try {
                    read[i] = readBoth(store, receipts[i], request);
                } catch (std::bad_alloc const&) {
                    read[i] = fail(ErrorCode::Unavailable, "no memory"); // short enough to need none
                }
        };
        workBeside(std::min(readers, receipts.size()), work);
    }
    std::vector<ReadAgain> headers;
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        if (!read[i])
            return tl::unexpected(std::move(read[i]).error().at(receipts[i].sopInstance.value()));
        headers.push_back(*std::move(read[i]));
    }
    return headers;
}

RecodedStudy::Reading readingOf(dicom::InstanceHeader const& header)
{
    return {header.patientName, header.studyDescription, header.charset.used, header.charset.rule,
            header.charset.certain};
}

// The text that the index or a worklist shows of an object.
auto textsOf(dicom::InstanceHeader const& header)
{
    return std::tie(header.charset.used, header.charset.rule, header.charset.certain, header.patientName,
                    header.patientId, header.issuerOfPatientId, header.otherPatientIds, header.accessionNumber,
                    header.studyId, header.studyDescription, header.referringPhysician, header.seriesDescription,
                    header.protocolName, header.stationName, header.institutionName, header.manufacturer);
}

bool isReadAs(dicom::InstanceHeader const& row, dicom::InstanceHeader const& header)
{
    return row.patientName == header.patientName && row.charset.used == header.charset.used &&
           row.charset.rule == header.charset.rule && row.charset.certain == header.charset.certain;
}

class Recoder {
public:
    Recoder(BlobStore const& store, StudyIndex& index, RecodeRequest const& request)
        : store_(store), index_(index), request_(request)
    {
    }

    // Studies of the period, newest first.
    Result<std::vector<std::string>> studies() const
    {
        std::vector<std::string> uids;
        Result<void> failed;
        Scope scope;
        scope.sites = {request_.site};
        scope.unreleased = true;
        QIANLI_TRY(index_.find(scope, {}, [&](Answer const& answer) {
            failed = addIfMeant(answer, uids);
            return failed.has_value();
        }));
        QIANLI_TRY(failed);
        return uids;
    }

    Result<void> recode(std::string const& uid)
    {
        ++report.studies;
        QIANLI_ASSIGN(auto const stored, index_.study(request_.site, dicom::Uid::ofKnown(uid)));
        std::map<std::string, RecodedStudy> changed;
        std::optional<RecodedStudy> rowChanges; // as long as no object says what the row says
        bool rowStands = !stored;
        auto const read = [&](std::span<Receipt const> receipts) -> Result<std::vector<ReadAgain>> {
            QIANLI_ASSIGN(auto headers, readMany(store_, receipts, request_));
            for (std::size_t i = 0; i < receipts.size(); ++i) {
                if (receipts[i].site != request_.site)
                    continue;
                auto const& [before, after] = headers[i];
                std::string const& study = receipts[i].study.value();
                if (textsOf(before) != textsOf(after))
                    changed.try_emplace(study, RecodedStudy{study, readingOf(before), readingOf(after)});
                if (study != uid || rowStands)
                    continue;
                rowChanges = RecodedStudy{uid, readingOf(stored->header), readingOf(after)};
                rowStands = isReadAs(stored->header, after);
            }
            return headers;
        };
        auto const together = index_.reread({request_.site, uid}, read, request_.how);
        if (!together) {
            report.damaged.push_back(fmt::format("{}: {}", uid, together.error().message));
            return together.error().code == ErrorCode::Unavailable ? Result<void>(tl::unexpected(together.error()))
                                                                   : Result<void>();
        }
        done_.insert(together->begin(), together->end());
        // The row may come from an earlier version of ours, which read the same bytes otherwise.
        if (!rowStands && rowChanges)
            changed.try_emplace(uid, *rowChanges);
        note(changed);
        return request_.touched && request_.how == Reread::Write ? request_.touched(*together) : Result<void>();
    }

    bool isDone(std::string const& uid) const { return done_.contains({request_.site, uid}); }

    RecodeReport report;

private:
    Result<void> addIfMeant(Answer const& answer, std::vector<std::string>& uids) const
    {
        auto const uid = answer.values.find(dicom::tag::studyInstanceUid);
        if (uid == answer.values.end() || (!uids.empty() && uids.back() == uid->second))
            return {};
        // Every part of it is received within the span of all.
        QIANLI_ASSIGN(auto const all, index_.studiesOf(dicom::Uid::ofKnown(uid->second)));
        for (StudyRecord const& one : all)
            if (one.site == request_.site && (!request_.from || one.lastReceivedAt >= *request_.from) &&
                (!request_.to || one.firstReceivedAt <= *request_.to)) {
                uids.push_back(uid->second);
                break;
            }
        return {};
    }

    // Studies that were read together with one of the period count only where they changed.
    void note(std::map<std::string, RecodedStudy> const& changed)
    {
        for (auto const& [uid, study] : changed) {
            ++report.changed;
            if (report.first.size() < shown)
                report.first.push_back(study);
        }
    }

    BlobStore const& store_;
    StudyIndex& index_;
    RecodeRequest const& request_;
    std::set<StudyKey> done_;
};

} // namespace

Result<RecodeReport> recode(BlobStore const& store, StudyIndex& index, RecodeRequest const& request,
                            std::function<bool(std::uint64_t done, std::uint64_t total)> const& progress)
{
    Recoder recoder(store, index, request);
    QIANLI_ASSIGN(auto const studies, recoder.studies());
    std::uint64_t done = 0;
    for (std::string const& uid : studies) {
        ++done;
        if (recoder.isDone(uid)) {
            ++recoder.report.studies;
            continue;
        }
        QIANLI_TRY(recoder.recode(uid));
        if (progress && !progress(done, studies.size()))
            break;
    }
    return std::move(recoder.report);
}

} // namespace qianli::gateway
