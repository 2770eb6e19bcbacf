#include "common/dicom/network/dicom_client.h"

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/dicom/network/association.h"
#include "common/dicom/network/dcmtk_network.h"
#include "common/dicom/network/identifier_codec.h"
#include "common/dicom/sop_class.h"

#include <algorithm>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/cond.h>
#include <fmt/format.h>
#include <set>

namespace qianli::dicom {

namespace {

constexpr std::uint16_t pending = 0xFF00, pendingWarning = 0xFF01;
constexpr std::uint64_t longestReceivedObject = 16ull << 30;

bool isPending(std::uint16_t status)
{
    return status == pending || status == pendingWarning;
}

// PS3.8 table 9-21.
std::string rejectionInWords(T_ASC_RejectParameters const& rejection)
{
    auto const result = rejection.result == ASC_RESULT_REJECTEDTRANSIENT ? "for now" : "permanently";
    auto const reason = [&]() -> std::string {
        switch (rejection.reason) {
        case ASC_REASON_SU_NOREASON:
            return "no reason given";
        case ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED:
            return "application context name not supported";
        case ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED:
            return "calling AE title not recognised";
        case ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED:
            return "called AE title not recognised";
        case ASC_REASON_SP_ACSE_NOREASON:
            return "no reason given by the provider";
        case ASC_REASON_SP_ACSE_PROTOCOLVERSIONNOTSUPPORTED:
            return "protocol version not supported";
        case ASC_REASON_SP_PRES_TEMPORARYCONGESTION:
            return "temporary congestion";
        case ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED:
            return "local limit exceeded";
        default:
            return fmt::format("reason {:#06x}", static_cast<unsigned>(rejection.reason));
        }
    }();
    return fmt::format("association rejected {}: {}", result, reason);
}

class Client final : public DicomClient {
public:
    Client(std::unique_ptr<Association> association, Destination destination)
        : association_(std::move(association)), destination_(std::move(destination))
    {
    }

    bool accepts(Uid const& abstractSyntax, Uid const& transferSyntax) const override
    {
        return std::ranges::any_of(association_->contexts(), [&](auto const& context) {
            return context.abstractSyntax == abstractSyntax && context.transferSyntax == transferSyntax;
        });
    }

    Result<void> echo() override;
    Result<StoreAnswer> store(OutgoingObject const& object, std::function<void()> const& meanwhile) override;
    Result<std::vector<Identifier>> find(Uid const& findModel, Identifier const& keys, std::size_t limit) override;
    Result<RetrieveSummary> get(Uid const& getModel, Identifier const& keys, ObjectSink& sink,
                                std::function<bool()> goOn) override;
    Result<RetrieveSummary> move(Uid const& moveModel, Identifier const& keys,
                                 std::string const& destinationAe) override;
    Result<void> release() override { return association_->release(); }

private:
    std::uint16_t nextMessageId() { return ++messageId_; }
    Result<PresentationContext const*> contextOf(Uid const& abstractSyntax) const;
    // The next command; an end of the association is an error here.
    Result<ReceivedMessage> await();
    Result<CommandSet> awaitResponse(std::uint16_t field, std::uint16_t messageId);
    Result<std::vector<std::uint8_t>> receiveIdentifier(std::uint8_t contextId);
    Result<std::uint8_t> request(Uid const& model, std::uint16_t field, std::uint16_t messageId, Identifier const& keys,
                                 std::string const& destinationAe = {});
    Result<void> cancel(std::uint8_t contextId, std::uint16_t messageId);
    Result<void> takeObject(ReceivedMessage const& message, ObjectSink& sink);

    std::unique_ptr<Association> association_;
    Destination destination_;
    std::uint16_t messageId_ = 0;
};

Result<PresentationContext const*> Client::contextOf(Uid const& abstractSyntax) const
{
    if (auto const* context = association_->invocable(abstractSyntax))
        return context;
    return fail(ErrorCode::NotFound, fmt::format("{} accepts no {}", destination_.calledAe, abstractSyntax.value()));
}

Result<ReceivedMessage> Client::await()
{
    QIANLI_ASSIGN(auto message, association_->receive(destination_.silenceTimeout));
    if (message.kind == ReceivedMessage::Kind::Command)
        return message;
    bool const released = message.kind == ReceivedMessage::Kind::Release;
    return fail(ErrorCode::Unavailable,
                fmt::format("{} {} the association", destination_.calledAe, released ? "released" : "aborted"));
}

Result<CommandSet> Client::awaitResponse(std::uint16_t field, std::uint16_t messageId)
{
    QIANLI_ASSIGN(auto message, await());
    auto const& command = message.command;
    if (command.field() != field || command.number(command::messageIdBeingRespondedTo) != messageId ||
        !command.number(command::status))
        return fail(ErrorCode::InvalidInput, fmt::format("{} answered {:#06x} to message {}, not {:#06x}",
                                                         destination_.calledAe, command.field(), messageId, field));
    return std::move(message.command);
}

Result<void> Client::echo()
{
    auto const verification = Uid::ofKnown(sop::verification);
    QIANLI_ASSIGN(auto const* context, contextOf(verification));
    auto const id = nextMessageId();
    CommandSet command(command::echoRequest);
    command.set(command::affectedSopClass, verification).set(command::messageId, id);
    QIANLI_TRY(association_->send(context->id, command));
    QIANLI_ASSIGN(auto const response, awaitResponse(command::echoResponse, id));
    if (auto const status = *response.number(command::status); status != 0)
        return fail(ErrorCode::Refused,
                    fmt::format("{} answered C-ECHO with status {:#06x}", destination_.calledAe, status));
    return {};
}

Result<StoreAnswer> Client::store(OutgoingObject const& object, std::function<void()> const& meanwhile)
{
    auto const* context = association_->invocable(object.sopClass, &object.transferSyntax);
    if (context == nullptr)
        return fail(ErrorCode::NotFound, fmt::format("{} accepts no {} in transfer syntax {}", destination_.calledAe,
                                                     object.sopClass.value(), object.transferSyntax.value()));
    auto const id = nextMessageId();
    QIANLI_TRY(association_->send(context->id, storeRequest(object, id), object));
    if (meanwhile)
        meanwhile();
    QIANLI_ASSIGN(auto const response, awaitResponse(command::storeResponse, id));
    return StoreAnswer{*response.number(command::status), response.text(command::errorComment),
                       response.tags(command::offendingElement)};
}

Result<std::vector<std::uint8_t>> Client::receiveIdentifier(std::uint8_t contextId)
{
    std::vector<std::uint8_t> bytes;
    QIANLI_TRY(association_->receiveDataSet(contextId, identifierLimits.dataSetBytes, destination_.silenceTimeout,
                                            [&](auto part) { bytes.insert(bytes.end(), part.begin(), part.end()); }));
    return bytes;
}

Result<std::uint8_t> Client::request(Uid const& model, std::uint16_t field, std::uint16_t messageId,
                                     Identifier const& keys, std::string const& destinationAe)
{
    QIANLI_ASSIGN(auto const* context, contextOf(model));
    std::map<Tag, std::string> values;
    for (auto const& [key, value] : keys)
        values[{static_cast<std::uint16_t>(key >> 16), static_cast<std::uint16_t>(key & 0xFFFF)}] = value;
    QIANLI_ASSIGN(auto const identifier, encodeIdentifier(values, context->transferSyntax, "ISO_IR 192"));
    CommandSet command(field);
    command.set(command::affectedSopClass, model)
        .set(command::messageId, messageId)
        .set(command::priority, std::uint16_t{0});
    if (field == command::moveRequest)
        command.setText(command::moveDestination, destinationAe);
    QIANLI_TRY(association_->send(context->id, command, identifier));
    return context->id;
}

Result<void> Client::cancel(std::uint8_t contextId, std::uint16_t messageId)
{
    CommandSet command(command::cancelRequest);
    command.set(command::messageIdBeingRespondedTo, messageId);
    return association_->send(contextId, command);
}

Result<std::vector<Identifier>> Client::find(Uid const& findModel, Identifier const& keys, std::size_t limit)
{
    auto const id = nextMessageId();
    QIANLI_ASSIGN(auto const contextId, request(findModel, command::findRequest, id, keys));
    std::vector<Identifier> answers;
    for (bool cancelled = false;;) {
        QIANLI_ASSIGN(auto const response, awaitResponse(command::findResponse, id));
        auto const status = *response.number(command::status);
        std::vector<std::uint8_t> bytes;
        if (response.hasDataSet()) {
            QIANLI_ASSIGN(bytes, receiveIdentifier(contextId));
        }
        if (!isPending(status)) {
            if (status != 0x0000 && !cancelled)
                return fail(ErrorCode::Refused,
                            fmt::format("{} answered C-FIND with status {:#06x}: {}", destination_.calledAe, status,
                                        response.text(command::errorComment)));
            return answers;
        }
        if (limit != 0 && answers.size() == limit) {
            if (!std::exchange(cancelled, true)) {
                QIANLI_TRY(cancel(contextId, id));
            }
            continue;
        }
        QIANLI_ASSIGN(auto const decoded,
                      decodeIdentifier(bytes, association_->context(contextId)->transferSyntax, ""));
        auto& answer = answers.emplace_back();
        for (auto const& [tag, element] : decoded.elements)
            answer[tag.key()] = element.value;
    }
}

RetrieveSummary summaryOf(CommandSet const& response)
{
    RetrieveSummary summary;
    summary.status = response.number(command::status).value_or(0xC000);
    summary.completed = response.number(command::completed).value_or(0);
    summary.failed = response.number(command::failed).value_or(0);
    summary.warning = response.number(command::warning).value_or(0);
    summary.comment = response.text(command::errorComment);
    return summary;
}

Result<void> Client::takeObject(ReceivedMessage const& message, ObjectSink& sink)
{
    auto const* context = association_->context(message.contextId);
    QIANLI_ASSIGN(auto const sopClass, message.command.uid(command::affectedSopClass));
    QIANLI_ASSIGN(auto const sopInstance, message.command.uid(command::affectedSopInstance));
    // The sink's first refusal stands; the rest of the object is read and dropped.
    std::uint16_t status = context->weProvide && context->abstractSyntax == sopClass
                               ? sink.begin(sopClass, sopInstance, context->transferSyntax)
                               : std::uint16_t{0x0122}; // SOP class not supported
    QIANLI_TRY(association_->receiveDataSet(message.contextId, longestReceivedObject, destination_.silenceTimeout,
                                            [&](auto part) {
                                                if (status == 0)
                                                    status = sink.append(part);
                                            }));
    if (status == 0)
        status = sink.end();
    return association_->send(message.contextId, responseTo(message.command, status));
}

Result<RetrieveSummary> Client::get(Uid const& getModel, Identifier const& keys, ObjectSink& sink,
                                    std::function<bool()> goOn)
{
    auto const id = nextMessageId();
    QIANLI_ASSIGN(auto const contextId, request(getModel, command::getRequest, id, keys));
    for (bool cancelled = false;;) {
        QIANLI_ASSIGN(auto const message, await());
        if (message.command.field() == command::storeRequest && message.command.hasDataSet()) {
            QIANLI_TRY(takeObject(message, sink));
        } else if (message.command.field() == command::getResponse) {
            if (message.command.hasDataSet()) {
                QIANLI_TRY(receiveIdentifier(message.contextId));
            }
            if (auto summary = summaryOf(message.command); !isPending(summary.status))
                return summary;
        } else {
            return fail(ErrorCode::InvalidInput,
                        fmt::format("{} sent {:#06x} during a C-GET", destination_.calledAe, message.command.field()));
        }
        if (!cancelled && goOn && !goOn()) {
            QIANLI_TRY(cancel(contextId, id));
            cancelled = true;
        }
    }
}

Result<RetrieveSummary> Client::move(Uid const& moveModel, Identifier const& keys, std::string const& destinationAe)
{
    auto const id = nextMessageId();
    QIANLI_ASSIGN(auto const contextId, request(moveModel, command::moveRequest, id, keys, destinationAe));
    for (;;) {
        QIANLI_ASSIGN(auto const response, awaitResponse(command::moveResponse, id));
        if (response.hasDataSet()) {
            QIANLI_TRY(receiveIdentifier(contextId));
        }
        if (auto summary = summaryOf(response); !isPending(summary.status))
            return summary;
    }
}

using ParametersOwner = std::unique_ptr<T_ASC_Parameters, void (*)(T_ASC_Parameters*)>;

void destroyParameters(T_ASC_Parameters* parameters)
{
    ASC_destroyAssociationParameters(&parameters);
}

Result<ParametersOwner> proposalOf(Destination const& destination, std::vector<ProposedContext> const& contexts)
{
    if (contexts.empty() || contexts.size() > 128)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} presentation contexts; 1 to 128 are possible", contexts.size()));
    T_ASC_Parameters* raw = nullptr;
    auto const pdu = std::clamp<long>(static_cast<long>(destination.pduBytes), ASC_MINIMUMPDUSIZE, ASC_MAXIMUMPDUSIZE);
    auto condition = ASC_createAssociationParameters(&raw, pdu);
    ParametersOwner parameters(raw, &destroyParameters);
    if (condition.good()) {
        setImplementation(raw);
        condition = ASC_setAPTitles(raw, destination.callingAe.c_str(), destination.calledAe.c_str(), nullptr);
    }
    if (condition.good()) {
        auto const address = fmt::format("{}:{}", destination.host, destination.port);
        condition = ASC_setPresentationAddresses(raw, "localhost", address.c_str());
    }
    if (condition.good() && !destination.userIdentity.empty())
        condition = ASC_setIdentRQUserOnly(raw, destination.userIdentity.c_str(), OFFalse);
    unsigned id = 1;
    for (auto const& context : contexts) {
        std::vector<char const*> syntaxes;
        for (auto const& syntax : context.transferSyntaxes)
            syntaxes.push_back(syntax.value().c_str());
        if (condition.good())
            condition = ASC_addPresentationContext(raw, static_cast<T_ASC_PresentationContextID>(id),
                                                   context.abstractSyntax.value().c_str(), syntaxes.data(),
                                                   static_cast<int>(syntaxes.size()),
                                                   context.weAreScp ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_DEFAULT);
        id += 2;
    }
    if (condition.bad())
        return failCondition(ErrorCode::InvalidInput, "association parameters", condition);
    return parameters;
}

std::vector<PresentationContext> acceptedContexts(T_ASC_Parameters* parameters)
{
    std::vector<PresentationContext> accepted;
    for (int i = 0; i < ASC_countPresentationContexts(parameters); ++i) {
        T_ASC_PresentationContext context{};
        if (ASC_getPresentationContext(parameters, i, &context).bad() || context.resultReason != ASC_P_ACCEPTANCE)
            continue;
        bool const scp = context.proposedRole == ASC_SC_ROLE_SCP &&
                         (context.acceptedRole == ASC_SC_ROLE_SCP || context.acceptedRole == ASC_SC_ROLE_SCUSCP);
        // A peer that doesn't answer the role selection keeps the default roles (PS3.7 D.3.3.4.2).
        accepted.push_back({context.presentationContextID, Uid::ofKnown(context.abstractSyntax),
                            Uid::ofKnown(context.acceptedTransferSyntax), context.proposedRole != ASC_SC_ROLE_SCP,
                            scp});
    }
    return accepted;
}

} // namespace

Result<std::unique_ptr<DicomClient>> DicomClient::connect(Destination const& destination,
                                                          std::vector<ProposedContext> const& contexts)
{
    QIANLI_TRY(dcmtkNetwork());
    QIANLI_ASSIGN(auto parameters, proposalOf(destination, contexts));
    auto control = std::make_shared<TransportControl>(destination.silenceTimeout, destination.givesUp);
    control->useTls(destination.tls, destination.host);
    // DCMTK 3.6.7 knows one connect timeout for the whole process: the newest caller's counts.
    dcmConnectionTimeout.set(static_cast<Sint32>(std::max<std::int64_t>(1, destination.connectTimeout.count() / 1000)));
    T_ASC_Association* raw = nullptr;
    auto const condition = requestAssociation(parameters.release(), control, &raw);
    auto association = std::make_unique<Association>(raw, control);
    auto const peer = fmt::format("{} at {}:{}", destination.calledAe, destination.host, destination.port);
    if (condition == DUL_ASSOCIATIONREJECTED && raw != nullptr) {
        T_ASC_RejectParameters rejection{};
        ASC_getRejectParameters(raw->params, &rejection);
        association->setOver();
        return fail(ErrorCode::Refused, fmt::format("{}: {}", peer, rejectionInWords(rejection)));
    }
    if (condition.bad()) {
        association->setOver();
        if (auto const trouble = control->tlsTrouble(); !trouble.empty())
            return fail(ErrorCode::Unavailable, fmt::format("{}: {}", peer, trouble));
        return failCondition(ErrorCode::Unavailable, peer, condition);
    }
    association->setContexts(acceptedContexts(raw->params));
    return std::make_unique<Client>(std::move(association), destination);
}

} // namespace qianli::dicom
