#include "gateway/association/get_target.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {

namespace command = dicom::command;

Result<dicom::StoreAnswer> GetTarget::store(dicom::OutgoingObject const& object, std::function<void()> const& meanwhile)
{
    auto const context = std::ranges::find_if(contexts_, [&](PresentationContext const& candidate) {
        return candidate.weInvoke && candidate.abstractSyntax == object.sopClass &&
               candidate.transferSyntax == object.transferSyntax;
    });
    if (context == contexts_.end())
        return fail(ErrorCode::NotFound,
                    fmt::format("not accepted: {} in {}", object.sopClass.value(), object.transferSyntax.value()));
    ++messageId_;
    QIANLI_TRY(wire_.send(context->id, dicom::storeRequest(object, messageId_), object, silence_));
    meanwhile();
    auto const until = std::chrono::steady_clock::now() + silence_; // also of the cancels that may come before
    for (int cancels = 0; cancels <= mostCancels; ++cancels) {
        QIANLI_ASSIGN(auto const event, wire_.wait(buffer_, until));
        if (event.kind != Wire::Event::Kind::Command)
            return fail(ErrorCode::Unavailable, "the caller left during a sub-operation");
        QIANLI_ASSIGN(auto const message, dicom::CommandSet::parse(event.bytes));
        auto const field = message.field();
        auto const answers = message.number(command::messageIdBeingRespondedTo);
        if (field == command::cancelRequest) {
            cancelCame_ = cancelCame_ || answers == getMessageId_;
            continue;
        }
        auto const status = message.number(command::status);
        if (field != command::storeResponse || answers != messageId_ || !status || message.hasDataSet())
            return fail(ErrorCode::InvalidInput,
                        fmt::format("command {:#06x} where the response to a sub-operation was awaited", field));
        return dicom::StoreAnswer{*status, message.text(command::errorComment),
                                  message.tags(command::offendingElement)};
    }
    return fail(ErrorCode::InvalidInput, "the caller cancels instead of answering, again and again");
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
