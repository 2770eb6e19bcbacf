// AssociationWorker's operations: what is between a request's command and its response on the wire; the services
// decide.
#include "common/base/log.h"
#include "common/dicom/sop_class.h"
#include "gateway/association/association_worker.h"
#include "gateway/association/get_target.h"
#include "gateway/service/echo.h"
#include "gateway/service/get.h"
#include "gateway/service/move.h"

#include <fmt/format.h>
#include <future>

namespace qianli::gateway {

namespace {

namespace command = dicom::command;
using dicom::ReceivedMessage;

// One of the places for operations in progress ([dicom] max_active), for as long as it lives.
class OperationSlot {
public:
    OperationSlot(SharedState& shared, Duration patience)
        : shared_(shared), taken_(shared.operationSlots.try_acquire_for(patience))
    {
        if (taken_)
            ++shared_.active;
    }
    ~OperationSlot()
    {
        if (!taken_)
            return;
        --shared_.active;
        shared_.operationSlots.release();
    }
    OperationSlot(OperationSlot const&) = delete;
    OperationSlot& operator=(OperationSlot const&) = delete;
    explicit operator bool() const { return taken_; }

private:
    SharedState& shared_;
    bool taken_;
};

std::uint16_t messageIdOf(ReceivedMessage const& message)
{
    return message.command.number(command::messageId).value_or(0);
}

DimseStatus const busy{status::outOfResources, "too many operations in progress"};

} // namespace

Result<void> AssociationWorker::dispatch(ReceivedMessage const& message)
{
    auto const field = message.command.field();
    if (field == command::echoRequest)
        return echo(message);
    if (field == command::cancelRequest) // the operation it meant is over
        return {};
    if ((field & 0x8000) != 0)
        return fail(ErrorCode::InvalidInput, fmt::format("response {:#06x} to nothing that we asked", field));
    bool const known = field == command::storeRequest || field == command::findRequest ||
                       field == command::getRequest || field == command::moveRequest;
    if (!known)
        return refuse(message,
                      {status::unrecognizedOperation, fmt::format("command {:04X}H is not known here", field)});
    if (!message.command.hasDataSet())
        return refuse(message, {status::unableToProcess, "request without a data set"});
    auto const sopClass = message.command.uid(command::affectedSopClass);
    auto const* context = association_->context(message.contextId);
    if (!sopClass || *sopClass != context->abstractSyntax || !context->weProvide)
        return refuse(message, {status::sopClassNotSupported, "SOP class is not that of the presentation context"});

    OperationSlot const slot(shared_, shared_.settings.limits.operation);
    if (!slot)
        return refuse(message, busy);
    if (field == command::storeRequest)
        return store(message);
    if (field == command::findRequest)
        return find(message);
    return retrieve(message);
}

Result<void> AssociationWorker::refuse(ReceivedMessage const& message, DimseStatus const& status)
{
    auto const& limits = shared_.settings.limits;
    if (message.command.hasDataSet())
        QIANLI_TRY(association_->receiveDataSet(message.contextId, limits.dataSetBytes, limits.operation, [](auto) {}));
    return association_->send(message.contextId, dicom::responseTo(message.command, status.code, status.comment));
}

Result<void> AssociationWorker::echo(ReceivedMessage const& message)
{
    return refuse(message, EchoService().run(caller_));
}

Result<void> AssociationWorker::store(ReceivedMessage const& message)
{
    auto const& limits = shared_.settings.limits;
    auto const sopClass = message.command.uid(command::affectedSopClass);
    auto const sopInstance = message.command.uid(command::affectedSopInstance);
    auto const& transferSyntax = association_->context(message.contextId)->transferSyntax;
    auto operation =
        sopInstance
            ? StoreService(shared_.ingest).begin(caller_, {*sopClass, *sopInstance, transferSyntax})
            : StoreService::refuse({status::unableToProcess, "Affected SOP Instance UID is missing or unusable"});
    QIANLI_TRY(association_->receiveDataSet(message.contextId, limits.dataSetBytes, limits.operation,
                                            [&](auto bytes) { operation.append(bytes); }));
    // Shared: the committer may still be in set_value() when we go on.
    auto const promise = std::make_shared<std::promise<DimseStatus>>();
    auto future = promise->get_future();
    operation.finish([promise](DimseStatus status) { promise->set_value(std::move(status)); });
    auto const status = future.get();
    if (status.code == status::success) {
        ++shared_.stored;
    } else {
        ++shared_.storeRefused;
        log::warning("{}: C-STORE of {} answered {:04X}H: {}", peerName_, sopInstance ? sopInstance->value() : "?",
                     status.code, status.comment);
    }
    return association_->send(message.contextId, dicom::responseTo(message.command, status.code, status.comment));
}

Result<std::vector<std::uint8_t>> AssociationWorker::receiveIdentifier(ReceivedMessage const& message)
{
    std::vector<std::uint8_t> bytes;
    QIANLI_TRY(association_->receiveDataSet(message.contextId, dicom::identifierLimits.dataSetBytes,
                                            shared_.settings.limits.operation,
                                            [&](auto part) { bytes.insert(bytes.end(), part.begin(), part.end()); }));
    return bytes;
}

Result<Proceed> AssociationWorker::cancelled(std::uint16_t messageId)
{
    while (association_->hasInput()) {
        QIANLI_ASSIGN(auto const message, association_->receive(shared_.settings.limits.operation));
        if (message.kind != ReceivedMessage::Kind::Command)
            return fail(ErrorCode::Unavailable, "the peer left during an operation");
        if (message.command.field() != command::cancelRequest)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("command {:#06x} during an operation", message.command.field()));
        if (message.command.number(command::messageIdBeingRespondedTo) == messageId)
            return Proceed::Cancel;
    }
    return Proceed::GoOn;
}

Result<void> AssociationWorker::find(ReceivedMessage const& message)
{
    ++shared_.found;
    QIANLI_ASSIGN(auto const identifier, receiveIdentifier(message));
    auto const* context = association_->context(message.contextId);
    Result<void> wire; // the first error of the association ends the answers
    FindService const service(shared_.index, ownAe_, shared_.settings.limits.answers);
    auto const status = service.run(
        caller_, {context->abstractSyntax, context->transferSyntax, identifier},
        [&](std::uint16_t pendingStatus, std::span<std::uint8_t const> answer) {
            wire = association_->send(message.contextId, dicom::responseTo(message.command, pendingStatus), answer);
            if (!wire)
                return Proceed::Cancel;
            auto const proceed = cancelled(messageIdOf(message));
            if (!proceed)
                wire = tl::unexpected(proceed.error());
            return proceed.value_or(Proceed::Cancel);
        });
    QIANLI_TRY(wire);
    if (status.code != status::success && status.code != status::cancelled)
        log::warning("{}: C-FIND answered {:04X}H: {}", peerName_, status.code, status.comment);
    return association_->send(message.contextId, dicom::responseTo(message.command, status.code, status.comment));
}

Result<void> AssociationWorker::retrieve(ReceivedMessage const& message)
{
    QIANLI_ASSIGN(auto const identifier, receiveIdentifier(message));
    auto const* context = association_->context(message.contextId);
    RetrieveRequest const request{context->abstractSyntax, context->transferSyntax, identifier};
    GetTarget target(*association_, messageIdOf(message), shared_.settings.limits.operation);
    Result<void> wire;
    auto const progress = [&](SubOperations const& counts) {
        auto response = dicom::responseTo(message.command, status::pending);
        setCounts(response, counts, Remaining::Told);
        wire = association_->send(message.contextId, response);
        if (!wire)
            return Proceed::Cancel;
        auto const proceed = cancelled(messageIdOf(message));
        if (!proceed)
            wire = tl::unexpected(proceed.error());
        return target.cancelCame() ? Proceed::Cancel : proceed.value_or(Proceed::Cancel);
    };
    auto const outcome = [&]() -> RetrieveOutcome {
        if (message.command.field() == command::getRequest)
            return GetService(shared_.index, shared_.store).run(caller_, request, target, progress);
        auto const directory = shared_.currentDirectory();
        MoveService const service(
            shared_.index, shared_.store, ownAe_, [&](std::string_view aeTitle) { return directory->peer(aeTitle); },
            [&] { return shared_.aborting.load(); });
        return service.run(
            caller_,
            {request, message.command.text(command::moveDestination), caller_.sender.callingAe, messageIdOf(message)},
            progress);
    }();
    shared_.sent += outcome.counts.completed + outcome.counts.warning;
    QIANLI_TRY(wire);
    if (outcome.status.code != status::success)
        log::warning("{}: retrieve answered {:04X}H: {}", peerName_, outcome.status.code, outcome.status.comment);
    auto response = dicom::responseTo(message.command, outcome.status.code, outcome.status.comment);
    setCounts(response, outcome.counts, outcome.status.code == status::cancelled ? Remaining::Told : Remaining::Left);
    if (outcome.counts.failedInstances.empty())
        return association_->send(message.contextId, response);
    QIANLI_ASSIGN(auto const failed, encodeFailedInstances(outcome.counts, context->transferSyntax));
    return association_->send(message.contextId, response, failed);
}

} // namespace qianli::gateway
