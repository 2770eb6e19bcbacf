#include "gateway/association/get_target.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {

namespace command = dicom::command;

Result<dicom::StoreAnswer> GetTarget::store(dicom::OutgoingObject const& object)
{
    auto const* context = association_.invocable(object.sopClass, &object.transferSyntax);
    if (context == nullptr)
        return fail(ErrorCode::NotFound,
                    fmt::format("not accepted: {} in {}", object.sopClass.value(), object.transferSyntax.value()));
    ++messageId_;
    QIANLI_TRY(association_.send(context->id, dicom::storeRequest(object, messageId_), object));
    for (;;) {
        QIANLI_ASSIGN(auto const message, association_.receive(silence_));
        if (message.kind != dicom::ReceivedMessage::Kind::Command)
            return fail(ErrorCode::Unavailable, "the caller left during a sub-operation");
        auto const field = message.command.field();
        auto const answers = message.command.number(command::messageIdBeingRespondedTo);
        if (field == command::cancelRequest) {
            cancelCame_ = cancelCame_ || answers == getMessageId_;
            continue;
        }
        auto const status = message.command.number(command::status);
        if (field != command::storeResponse || answers != messageId_ || !status || message.command.hasDataSet())
            return fail(ErrorCode::InvalidInput,
                        fmt::format("command {:#06x} where the response to a sub-operation was awaited", field));
        return dicom::StoreAnswer{*status, message.command.text(command::errorComment)};
    }
}

void setCounts(dicom::CommandSet& response, SubOperations const& counts, Remaining remaining)
{
    auto const clamped = [](std::size_t count) {
        return static_cast<std::uint16_t>(std::min<std::size_t>(count, 0xFFFF));
    };
    if (remaining == Remaining::Told)
        response.set(command::remaining, clamped(counts.remaining));
    response.set(command::completed, clamped(counts.completed));
    response.set(command::failed, clamped(counts.failed));
    response.set(command::warning, clamped(counts.warning));
}

} // namespace qianli::gateway
