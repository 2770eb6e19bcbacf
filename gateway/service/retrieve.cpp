#include "gateway/service/retrieve.h"

#include "common/base/log.h"
#include "common/base/memory_reserve.h"
#include "common/base/system_failure.h"
#include "common/base/text.h"
#include "gateway/service/query.h"
#include "gateway/service/stored_object.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace qianli::gateway {

namespace {

// Explicit VR gives a UI element 65,534 bytes.
constexpr std::size_t longestFailedList = 65'534;

// Before the plan goes on to its second half, the sending, which may take hours: what only the first half needs.
void forgetHeaders(std::vector<InstanceRecord>& instances)
{
    for (auto& instance : instances) {
        dicom::InstanceHeader kept;
        kept.patientId = std::move(instance.header.patientId); // the audit trail's
        instance.header = std::move(kept);
    }
}

// Opens the objects of a retrieve in their order, the next one while the answer to the last is awaited.
class ObjectSource {
public:
    ObjectSource(std::span<InstanceRecord const> instances, BlobStore const& store)
        : instances_(instances), store_(store)
    {
    }

    // Opening ahead only saves time: what it lacks now may be there when the object is due.
    void openAhead(std::size_t i)
    {
        if (i >= instances_.size())
            return;
        if (auto opened = open(i); opened || !isForWantOfDescriptors(opened.error()))
            ahead_ = std::move(opened);
    }

    // Waits for descriptors that others hold, until patience is used up: once for all objects.
    Result<VerifiedObject> take(std::size_t i)
    {
        if (auto ahead = std::exchange(ahead_, std::nullopt))
            return *std::move(ahead);
        for (;;) {
            auto opened = open(i);
            if (opened || !isForWantOfDescriptors(opened.error()))
                return opened;
            auto const now = std::chrono::steady_clock::now();
            if (!patientUntil_)
                patientUntil_ = now + patience;
            if (now >= *patientUntil_)
                return opened;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }

private:
    static constexpr auto patience = std::chrono::seconds(2); // from the first want on

    static bool isForWantOfDescriptors(Error const& error) { return isSystemFailure(error, {EMFILE, ENFILE}); }

    Result<VerifiedObject> open(std::size_t i)
    {
        return VerifiedObject::open(store_, instances_[i].receipt, buffers_[i % buffers_.size()]);
    }

    std::span<InstanceRecord const> instances_;
    BlobStore const& store_;
    std::array<ObjectBuffer, 2> buffers_; // of the object that is sent, and of the next one
    std::optional<Result<VerifiedObject>> ahead_;
    std::optional<std::chrono::steady_clock::time_point> patientUntil_;
};

// What must be one patient's for a retrieve at that level: a patient, a study, a series, an object.
std::string unitOf(InstanceRecord const& instance, Level level)
{
    switch (level) {
    case Level::Patient:
        return {};
    case Level::Study:
        return instance.receipt.study.value();
    case Level::Series:
        return instance.receipt.series.value();
    case Level::Image:
        break;
    }
    return instance.receipt.sopInstance.value();
}

struct Mixed {
    InstanceRecord const *one, *other;
};
std::optional<Mixed> findMixed(std::span<InstanceRecord const> instances, Level level)
{
    std::map<std::string, InstanceRecord const*> owners;
    for (auto const& instance : instances) {
        auto const [known, isNew] = owners.emplace(unitOf(instance, level), &instance);
        if (!isNew && known->second->patient != instance.patient)
            return Mixed{known->second, &instance};
    }
    return std::nullopt;
}

// Where two people would be mixed, the rest that the identifier says of the patient decides.
void keepWhoIsMeant(std::vector<InstanceRecord>& instances, dicom::DecodedIdentifier const& identifier)
{
    auto const issuer = identifier.value(dicom::tag::issuerOfPatientId);
    auto const isIssuer = [&](InstanceRecord const& one) { return one.receipt.site.value == issuer; };
    if (std::ranges::any_of(instances, isIssuer))
        std::erase_if(instances, std::not_fn(isIssuer));
    dicom::InstanceHeader asked;
    asked.patientName = identifier.value(dicom::tag::patientName);
    asked.patientBirthDate = identifier.value(dicom::tag::patientBirthDate);
    asked.patientSex = identifier.value(dicom::tag::patientSex);
    Person const meant = personOf(asked);
    std::erase_if(instances,
                  [&](InstanceRecord const& one) { return !disagreements(personOf(one.header), meant).empty(); });
}

// An Error Comment has 64 characters (PS3.7 C), so what to do comes first.
Error refusalOf(Mixed const& mixed)
{
    auto const &one = mixed.one->receipt.site.value, &other = mixed.other->receipt.site.value;
    return {ErrorCode::Conflict, one == other
                                     ? fmt::format("name the patient (0010,0010): held by two patients of {}", one)
                                     : fmt::format("name issuer (0010,0021): held by two sites ({}, {})", one, other)};
}

} // namespace

Result<std::vector<InstanceRecord>> planRetrieve(StudyIndex const& index, Caller const& caller,
                                                 RetrieveRequest const& request)
{
    if (MemoryReserve::isShort())
        return fail(ErrorCode::Unavailable, "the system gives no more memory");
    auto const model = informationModelOf(request.sopClass);
    if (!model)
        return fail(ErrorCode::InvalidInput, "no retrieve model");
    QIANLI_ASSIGN(auto const identifier,
                  dicom::decodeIdentifier(request.identifier, request.transferSyntax, caller.sender.siteCharset));
    QIANLI_ASSIGN(auto query, toRetrieveQuery(identifier, *model));
    query.limit = request.mostObjects + 1;
    QIANLI_ASSIGN(auto instances, index.instances(caller.scope, query));
    if (instances.size() > request.mostObjects)
        return fail(ErrorCode::LimitExceeded, fmt::format("more than {} objects: ask for less", request.mostObjects));
    if (instances.empty())
        return fail(ErrorCode::NotFound, "nothing matches the request");
    if (findMixed(instances, query.level))
        keepWhoIsMeant(instances, identifier);
    if (auto const mixed = findMixed(instances, query.level))
        return tl::unexpected(refusalOf(*mixed));
    if (instances.empty())
        return fail(ErrorCode::NotFound, "nothing of the patient who is named");
    forgetHeaders(instances);
    return instances;
}

void SubOperations::fail(dicom::Uid const& instance, std::string_view reason)
{
    ++failed;
    failedInstances.push_back(instance);
    if (firstFailure.empty())
        firstFailure = reason;
}

DimseStatus SubOperations::finalStatus(Proceed how) const
{
    if (how == Proceed::Cancel)
        return {status::cancelled, ""};
    if (failed == 0 && warning == 0 && completed > 0)
        return {};
    if (completed == 0 && warning == 0)
        return {status::unableToPerformSubOperations, firstFailure};
    return {status::subOperationsWarning, firstFailure};
}

Proceed sendInstances(std::span<InstanceRecord const> instances, BlobStore const& store, RetrieveTarget& target,
                      SubOperations& counts, Progress const& progress)
{
    bool alive = true;
    ObjectSource source(instances, store);
    for (std::size_t i = 0; i < instances.size(); ++i) {
        auto const& uid = instances[i].receipt.sopInstance;
        --counts.remaining;
        if (!alive) {
            counts.fail(uid, "the receiver is gone");
            continue;
        }
        auto const object = source.take(i);
        if (!object) {
            log::error("{} is not handed out: {}", uid.value(), object.error().message);
            counts.fail(uid, object.error().message);
        } else if (auto const answer = target.store(object->outgoing(), [&] { source.openAhead(i + 1); }); !answer) {
            alive = answer.error().code == ErrorCode::NotFound;
            counts.fail(uid, answer.error().message);
        } else if (answer->isSuccess()) {
            ++counts.completed;
        } else if (answer->isWarning()) {
            ++counts.warning;
        } else {
            counts.fail(uid, fmt::format("receiver said {:04X}H {}", answer->status, answer->comment));
        }
        if (alive && counts.remaining > 0 && progress(counts) == Proceed::Cancel)
            return Proceed::Cancel;
    }
    return Proceed::GoOn;
}

Result<std::vector<std::uint8_t>> encodeFailedInstances(SubOperations const& counts, dicom::Uid const& transferSyntax)
{
    std::string list;
    for (auto const& uid : counts.failedInstances) {
        if (list.size() + uid.value().size() + 1 > longestFailedList)
            break;
        if (!list.empty())
            list += '\\';
        list += uid.value();
    }
    return dicom::encodeIdentifier({{{0x0008, 0x0058}, list}}, transferSyntax, "ISO_IR 192");
}

} // namespace qianli::gateway
