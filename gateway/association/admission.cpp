// Connection's first words: who calls, may he, and what both sides agree on.
#include "common/base/log.h"
#include "common/base/text.h"
#include "gateway/association/connection.h"

#include <fmt/format.h>

namespace qianli::gateway {

namespace {

std::string tokenOf(dicom::AssociateRequest const& request)
{
    return request.identity && request.identity->type == 1 ? request.identity->primaryField : std::string();
}

// Result/Reason of a presentation context (PS3.8 table 9-18).
std::string_view wordsOf(std::uint8_t result)
{
    switch (result) {
    case 1:
        return "not allowed to it";
    case 3:
        return "no service of this gateway";
    case 4:
        return "in no transfer syntax that is taken";
    default:
        return "too many presentation contexts";
    }
}

} // namespace

Result<Next> Connection::takeRequest(std::span<std::uint8_t const> pdu)
{
    QIANLI_ASSIGN(auto const request, dicom::readAssociateRequest(pdu));
    peerName_ = fmt::format("{} ({})", text::escapeControl(request.callingAe), address_);
    if ((request.protocolVersion & 1) == 0) { // version 1 is bit 0, and the others are not to be tested (PS3.8 9.3.2)
        log::warning("{}: rejected: protocol version {:#06x}", peerName_, request.protocolVersion);
        noteRefusal(Refusal::What::Association, request.callingAe, "it does not speak version 1 of DICOM's protocol",
                    "what calls here is no DICOM device; look what runs at its address", "version");
        ++shared_.rejected;
        return close(dicom::encodeAssociateReject(1, 2, 2)); // by the ACSE: protocol version not supported
    }
    if (request.applicationContext != dicom::applicationContextName) {
        log::warning("{}: rejected: application context name '{}'", peerName_,
                     text::escapeControl(request.applicationContext));
        noteRefusal(Refusal::What::Association, request.callingAe, "it does not speak DICOM's application context",
                    "what calls here is no DICOM device; look what runs at its address", "context");
        ++shared_.rejected;
        reject(Rejection::ApplicationContextNotSupported);
        return Next::Turn;
    }
    if (!admit(request))
        return Next::Turn;
    auto negotiated = negotiate(request, caller_, shared_.settings.limits.contexts);
    if (negotiated.accepted.empty())
        noteNothingAgreed(request, negotiated);
    contexts_ = std::move(negotiated.accepted);
    wire_.setPeerMaximum(request.maximumPduBytes);
    wire_.reader().expectMessages();
    ++shared_.accepted;
    log::information("{}: association opened", peerName_);
    shared_.observers.record(eventOf(AuditEventKind::AssociationAccepted, caller_, address_));
    setStage(Stage::Messages);
    QIANLI_TRY(wire_.queue(dicom::encodeAssociateAccept({request.titles, shared_.settings.limits.pduBytes,
                                                         std::move(negotiated.answers), std::move(negotiated.roles),
                                                         request.identity && request.identity->wantsResponse})));
    return Next::Turn;
}

bool Connection::admit(dicom::AssociateRequest const& request)
{
    auto const directory = shared_.currentDirectory();
    auto admission =
        directory->admit({request.callingAe, request.calledAe, address_, tokenOf(request), wire_.certificateSubject()},
                         shared_.personOfToken);
    if (admission.caller && crowding_ == Crowding::Full)
        admission = {std::nullopt,
                     Rejection::LocalLimitExceeded,
                     "too many associations are open",
                     "it tries again by itself; if this stays, raise [dicom] max_associations",
                     {}};
    if (admission.caller && shared_.observers.mustStop())
        admission = {std::nullopt,
                     Rejection::LocalLimitExceeded,
                     "what happens can't be put on record, and [audit] stop_on_failure is set",
                     "it tries again by itself; `qianli-gateway status` says what is wrong with the audit trail",
                     {}};
    if (admission.caller) {
        std::lock_guard const lock(shared_.mutex);
        auto& open = shared_.openByCaller[admission.countsAs];
        if (open >= shared_.settings.maxAssociationsPerSite)
            admission = {std::nullopt,
                         Rejection::LocalLimitExceeded,
                         fmt::format("{} has too many associations open", admission.countsAs),
                         "it tries again by itself; if this stays, raise [dicom] max_associations_per_site",
                         {}};
        else
            ++open;
    }
    if (!admission.caller) {
        log::warning("{}: rejected: {} (called '{}'); {}", peerName_, admission.reason,
                     text::escapeControl(request.calledAe), admission.advice);
        noteRefusal(Refusal::What::Association, request.callingAe, admission.reason, admission.advice,
                    admission.reason);
        ++shared_.rejected;
        reject(admission.rejection);
        return false;
    }
    admitted_ = true;
    stranger_ = false;
    heldBytes_ = 0;
    caller_ = *std::move(admission.caller);
    urgency_ = caller_.sender.stat ? Urgency::Stat : Urgency::Routine;
    countsAs_ = admission.countsAs;
    peerName_ = fmt::format("{}, {}", caller_.label, peerName_);
    return true;
}

// It stays open, as PS3.8 wants it, but nothing can be done with it: most callers end it without a word.
void Connection::noteNothingAgreed(dicom::AssociateRequest const& request, Negotiated const& negotiated)
{
    constexpr std::size_t shown = 3;
    std::string asked;
    for (std::size_t i = 0; i < std::min({shown, request.contexts.size(), negotiated.answers.size()}); ++i)
        asked += fmt::format("{}{} ({})", i == 0 ? "" : ", ", text::escapeControl(request.contexts[i].abstractSyntax),
                             wordsOf(negotiated.answers[i].result));
    auto const reason = fmt::format("nothing of what it asks for is done for it: {}", asked);
    constexpr std::string_view advice =
        "add the service to `allow` of its [[site]], or look what the device is set to do";
    log::warning("{}: {}; {}", peerName_, reason, advice);
    noteRefusal(Refusal::What::Association, request.callingAe, reason, advice, "contexts");
}

void Connection::noteRefusal(Refusal::What what, std::string const& callingAe, std::string const& reason,
                             std::string_view advice, std::string const& kind)
{
    if (what == Refusal::What::Association) {
        auto event = eventOf(AuditEventKind::AssociationRefused, caller_, address_);
        event.outcome = AuditOutcome::MinorFailure;
        event.callingAe = callingAe;
        event.certificateSubject = wire_.certificateSubject();
        event.detail = reason;
        shared_.observers.record(std::move(event));
    }
    shared_.refusals.note({what, caller_.label, text::escapeControl(callingAe), address_, reason, std::string(advice),
                           0, SystemClock().now()},
                          kind);
    if (what == Refusal::What::Association)
        shared_.watch.note(PeerWatch::What::Refused, callingAe, address_, reason, advice,
                           std::chrono::steady_clock::now());
}

void Connection::reject(Rejection rejection)
{
    for (auto const& code : rejectionCodes())
        if (code.rejection == rejection)
            close(dicom::encodeAssociateReject(code.result, code.source, code.reason));
}

} // namespace qianli::gateway
