// Connection's long operations: what is between a request and its responses on the wire; the services decide.
#include "common/base/log.h"
#include "gateway/association/connection.h"
#include "gateway/association/get_target.h"
#include "gateway/service/get.h"
#include "gateway/service/move.h"

#include <fmt/format.h>

namespace qianli::gateway {

namespace {

namespace command = dicom::command;

// Pending responses are for people who watch (PS3.4 C.4.2.3.1, C.4.3.3.1): one for each object would cost a tenth of
// the rate.
constexpr Duration betweenProgress = std::chrono::milliseconds(100);
constexpr std::size_t operationBuffer = 64 << 10; // responses and C-CANCEL-RQ are all that comes in an operation

std::uint16_t messageIdOf(dicom::CommandSet const& command)
{
    return command.number(command::messageId).value_or(0);
}

} // namespace

void Connection::runOperation()
{
    auto next = Next::Input;
    try {
        std::lock_guard const lock(mutex_);
        bool const isFind = incoming_->command.field() == command::findRequest;
        auto const begin = std::chrono::steady_clock::now();
        auto const done = [&]() -> Result<void> {
            try {
                std::vector<std::uint8_t> buffer(operationBuffer);
                auto const& limits = shared_.settings.limits;
                wire_.beginPace(limits.request, limits.slowestBytes);
                auto result = isFind ? find(buffer) : retrieve(buffer);
                noteReceived();
                wire_.keepRest(); // which lies in the buffer
                return result;
            } catch (std::exception const&) {
                wire_.dropRest();
                return fail(ErrorCode::Unavailable, "no memory"); // short enough to need none
            }
        }();
        (isFind ? shared_.findTook : shared_.retrieveTook).addSince(begin);
        giveBack();
        incoming_.reset();
        if (done)
            setStage(Stage::Messages);
        if (!done)
            next = end(done.error());
        else if (wire_.hasRest())
            next = Next::Turn;
    } catch (std::exception const&) { // no memory for the last words either
        next = Next::Nothing;
    }
    shared_.resume(shared_from_this(), next);
}

Result<Proceed> Connection::cancelled(Wire::Buffer buffer, std::uint16_t messageId)
{
    for (int messages = 0; messages < mostCancels; ++messages) {
        QIANLI_ASSIGN(auto const event, wire_.read(buffer));
        if (event.kind == Wire::Event::Kind::NeedsMore)
            return Proceed::GoOn;
        if (event.kind == Wire::Event::Kind::Abort)
            return fail(ErrorCode::Cancelled, "the peer left during an operation");
        if (event.kind != Wire::Event::Kind::Command)
            return fail(ErrorCode::InvalidInput, "the peer goes on to something else during an operation");
        QIANLI_ASSIGN(auto const message, dicom::CommandSet::parse(event.bytes));
        if (message.field() != command::cancelRequest)
            return fail(ErrorCode::InvalidInput, fmt::format("command {:#06x} during an operation", message.field()));
        if (message.number(command::messageIdBeingRespondedTo) == messageId)
            return Proceed::Cancel;
    }
    return fail(ErrorCode::InvalidInput, "the peer cancels what it did not ask for, again and again");
}

Result<void> Connection::find(Wire::Buffer buffer)
{
    ++shared_.found;
    auto const& request = incoming_->command;
    auto const contextId = incoming_->contextId;
    auto const* const used = context(contextId);
    auto const silence = shared_.settings.limits.operation;
    std::uint64_t answers = 0;
    Result<void> wire; // the first error of the association ends the answers
    FindService const service(shared_.index, shared_.settings.aeTitle, shared_.settings.limits.answers);
    auto const status =
        service.run(caller_, {used->abstractSyntax, used->transferSyntax, incoming_->identifier},
                    [&](std::uint16_t pendingStatus, std::span<std::uint8_t const> answer) {
                        wire = wire_.send(contextId, dicom::responseTo(request, pendingStatus), answer, silence);
                        if (!wire)
                            return Proceed::Cancel;
                        ++answers;
                        auto const proceed = cancelled(buffer, messageIdOf(request));
                        if (!proceed)
                            wire = tl::unexpected(proceed.error());
                        return proceed.value_or(Proceed::Cancel);
                    });
    recordQuery(status, answers);
    QIANLI_TRY(wire);
    if (status.code != status::success && status.code != status::cancelled)
        log::warning("{}: C-FIND answered {:04X}H: {}", peerName_, status.code, status.comment);
    return wire_.send(contextId, dicom::responseTo(request, status.code, status.comment), silence);
}

Result<void> Connection::retrieve(Wire::Buffer buffer)
{
    auto const& asked = incoming_->command;
    auto const contextId = incoming_->contextId;
    auto const* const used = context(contextId);
    auto const silence = shared_.settings.limits.operation;
    std::vector<AuditEvent> planned;
    auto const record = [&](AuditEventKind kind) {
        for (auto event : planned) {
            event.kind = kind;
            shared_.observers.record(std::move(event));
        }
    };
    RetrieveRequest const request{used->abstractSyntax, used->transferSyntax, incoming_->identifier,
                                  [&](std::span<InstanceRecord const> instances) {
                                      auto to = eventOf(AuditEventKind::BeginTransferringInstances, caller_, address_);
                                      if (asked.field() == command::moveRequest)
                                          to.detail = fmt::format("to {}", asked.text(command::moveDestination));
                                      planned = sendingOf(to, instances);
                                      record(AuditEventKind::BeginTransferringInstances);
                                  }};
    GetTarget target(wire_, contexts_, buffer, messageIdOf(asked), silence);
    Result<void> wire;
    auto lastTold = std::chrono::steady_clock::now();
    auto const progress = [&](SubOperations const& counts) {
        if (auto const now = std::chrono::steady_clock::now(); now - lastTold >= betweenProgress) {
            lastTold = now;
            auto response = dicom::responseTo(asked, status::pending);
            setCounts(response, counts, Remaining::Told);
            wire = wire_.send(contextId, response, silence);
            if (!wire)
                return Proceed::Cancel;
        }
        auto const proceed = cancelled(buffer, messageIdOf(asked));
        if (!proceed)
            wire = tl::unexpected(proceed.error());
        return target.cancelCame() ? Proceed::Cancel : proceed.value_or(Proceed::Cancel);
    };
    auto const outcome = [&]() -> RetrieveOutcome {
        if (asked.field() == command::getRequest)
            return GetService(shared_.index, shared_.store).run(caller_, request, target, progress);
        auto const directory = shared_.currentDirectory();
        MoveService const service(
            shared_.index, shared_.store, shared_.settings.aeTitle,
            [&](std::string_view aeTitle) { return directory->peer(aeTitle); }, [&] { return shared_.aborting.load(); },
            shared_.settings.limits.operation, shared_.tlsForPeers.get());
        return service.run(
            caller_, {request, asked.text(command::moveDestination), caller_.sender.callingAe, messageIdOf(asked)},
            progress);
    }();
    shared_.sent += outcome.counts.completed + outcome.counts.warning;
    if (planned.empty()) // refused, or nothing there
        planned = {eventOf(AuditEventKind::InstancesTransferred, caller_, address_)};
    if (outcome.status.code != status::success || !wire)
        for (auto& event : planned) {
            event.outcome = AuditOutcome::MinorFailure;
            event.detail = fmt::format("{}{}{:04X}H: {}; {} objects were sent in all", event.detail,
                                       event.detail.empty() ? "" : "; ", outcome.status.code, outcome.status.comment,
                                       outcome.counts.completed + outcome.counts.warning);
        }
    record(AuditEventKind::InstancesTransferred);
    QIANLI_TRY(wire);
    if (outcome.status.code != status::success)
        log::warning("{}: retrieve answered {:04X}H: {}", peerName_, outcome.status.code, outcome.status.comment);
    auto response = dicom::responseTo(asked, outcome.status.code, outcome.status.comment);
    setCounts(response, outcome.counts, outcome.status.code == status::cancelled ? Remaining::Told : Remaining::Left);
    if (outcome.counts.failedInstances.empty())
        return wire_.send(contextId, response, silence);
    QIANLI_ASSIGN(auto const failed, encodeFailedInstances(outcome.counts, used->transferSyntax));
    return wire_.send(contextId, response, failed, silence);
}

} // namespace qianli::gateway
