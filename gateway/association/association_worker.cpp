#include "gateway/association/association_worker.h"

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/dicom/network/associate_request.h"
#include "gateway/association/negotiation.h"
#include "gateway/association/rejection.h"

#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcuserid.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qianli::gateway {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr Duration rejectionPatience = std::chrono::seconds(5);
constexpr std::uint8_t unrecognisedPdu = 1, invalidParameter = 6;
constexpr char applicationContext[] = "1.2.840.10008.3.1.1.1"; // PS3.7 annex A

// False when the deadline passed or the peer is gone.
bool readExactly(int socket, std::span<std::uint8_t> bytes, SteadyTime deadline)
{
    while (!bytes.empty()) {
        auto const left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now()).count();
        pollfd descriptor{socket, POLLIN, 0};
        if (left <= 0 || ::poll(&descriptor, 1, static_cast<int>(left)) == 0)
            return false;
        auto const count = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (count > 0)
            bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

// The first PDU, whole; memory grows with what has come, not with what is announced (R02). Empty: nothing usable came.
Result<std::vector<std::uint8_t>> readAssociateRequest(int socket, SteadyTime deadline)
{
    std::vector<std::uint8_t> pdu(6);
    if (!readExactly(socket, pdu, deadline))
        return fail(ErrorCode::Unavailable, "no association request came");
    auto const length = (std::size_t{pdu[2]} << 24) | (std::size_t{pdu[3]} << 16) | (std::size_t{pdu[4]} << 8) | pdu[5];
    if (pdu[0] != 0x01 || length > dicom::maximumAssociateBytes)
        return fail(ErrorCode::InvalidInput, fmt::format("first PDU is of type {:#04x} and {} bytes", pdu[0], length));
    for (std::size_t left = length; left > 0;) {
        auto const part = std::min<std::size_t>(left, 16 << 10);
        pdu.resize(pdu.size() + part);
        if (!readExactly(socket, std::span(pdu).last(part), deadline))
            return fail(ErrorCode::Unavailable, "the association request did not come to its end");
        left -= part;
    }
    return pdu;
}

void sendAbort(int socket, std::uint8_t reason)
{
    auto const bytes = dicom::encodeAbort(reason);
    [[maybe_unused]] auto const sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::string tokenOf(T_ASC_Parameters* parameters)
{
    UserIdentityNegotiationSubItemRQ* identity = nullptr;
    ASC_getUserIdentRQ(parameters, &identity);
    if (identity == nullptr || identity->getIdentityType() != ASC_USER_IDENTITY_USER)
        return {};
    char* bytes = nullptr;
    Uint16 length = 0;
    identity->getPrimField(bytes, length);
    std::string token(bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : length);
    delete[] bytes;
    // PS3.7 D.3.3.7.2; freed with the parameters.
    if (identity->isPosResponseRequested() && parameters->DULparams.ackUserIdentNeg == nullptr)
        parameters->DULparams.ackUserIdentNeg = new UserIdentityNegotiationSubItemAC;
    return token;
}

} // namespace

void AssociationWorker::run()
{
    if (establish()) {
        ++shared_.accepted;
        log::information("{}: association opened", peerName_);
        serve();
    }
    association_.reset();
    // Also after an association that was admitted and gone before it heard so.
    if (!admitted_)
        return;
    std::lock_guard const lock(shared_.mutex);
    if (auto const count = shared_.openByCaller.find(countsAs_);
        count != shared_.openByCaller.end() && --count->second == 0)
        shared_.openByCaller.erase(count);
}

bool AssociationWorker::establish()
{
    control_->attach(socket_);
    auto const patience = crowding_ == Crowding::Full ? rejectionPatience : shared_.settings.limits.firstByte;
    auto pdu = readAssociateRequest(socket_, std::chrono::steady_clock::now() + patience);
    auto const request = pdu ? dicom::scanAssociateRequest(*pdu) : tl::unexpected(pdu.error());
    if (!request) {
        ++shared_.aborted;
        log::information("{}: {}", address_, request.error().message);
        if (request.error().code == ErrorCode::InvalidInput)
            sendAbort(socket_, pdu ? invalidParameter : unrecognisedPdu);
        control_->detach();
        ::close(socket_);
        return false;
    }
    control_->setSilence(shared_.settings.limits.operation);
    auto const pduBytes = std::clamp<long>(shared_.settings.limits.pduBytes, ASC_MINIMUMPDUSIZE, ASC_MAXIMUMPDUSIZE);
    T_ASC_Association* raw = nullptr;
    auto const received = dicom::receiveAssociation(socket_, *std::move(pdu), control_, pduBytes, &raw);
    if (raw != nullptr)
        association_ = std::make_unique<dicom::Association>(raw, control_);
    if (received.bad() || raw == nullptr) {
        ++shared_.aborted;
        log::information("{}: association request not understood: {}", address_, received.text());
        return false;
    }
    if (!admit(raw->params, request->callingAe, request->calledAe))
        return false;
    association_->setContexts(negotiate(raw->params, caller_, shared_.settings.limits.contexts));
    dicom::setImplementation(raw->params);
    if (auto const answered = ASC_acknowledgeAssociation(raw); answered.bad()) {
        ++shared_.aborted;
        log::information("{}: gone before the association was accepted", peerName_);
        return false;
    }
    return true;
}

bool AssociationWorker::admit(T_ASC_Parameters* parameters, std::string callingAe, std::string calledAe)
{
    peerName_ = fmt::format("{} ({})", text::escapeControl(callingAe), address_);
    char context[65] = {};
    if (ASC_getApplicationContextName(parameters, context, sizeof context).bad() ||
        std::string_view(context) != applicationContext) {
        log::warning("{}: rejected: application context name '{}'", peerName_, text::escapeControl(context));
        ++shared_.rejected;
        rejectApplicationContext(*association_);
        return false;
    }
    auto const directory = shared_.currentDirectory();
    auto admission = directory->admit({callingAe, calledAe, address_, tokenOf(parameters)}, shared_.personOfToken);
    if (admission.caller && crowding_ == Crowding::Full)
        admission = {std::nullopt, Rejection::LocalLimitExceeded, "too many associations are open", {}};
    if (admission.caller) {
        std::lock_guard const lock(shared_.mutex);
        auto& open = shared_.openByCaller[admission.countsAs];
        if (open >= shared_.settings.maxAssociationsPerSite)
            admission = {std::nullopt, Rejection::LocalLimitExceeded, "this site has too many associations open", {}};
        else
            ++open;
    }
    if (!admission.caller) {
        log::warning("{}: rejected: {} (called '{}')", peerName_, admission.reason, text::escapeControl(calledAe));
        ++shared_.rejected;
        reject(*association_, admission.rejection);
        return false;
    }
    admitted_ = true;
    caller_ = *std::move(admission.caller);
    countsAs_ = admission.countsAs;
    ownAe_ = shared_.settings.aeTitle;
    peerName_ = fmt::format("{}, {}", caller_.label, peerName_);
    return true;
}

void AssociationWorker::serve()
{
    while (!shared_.stopping) {
        auto const message = association_->receive(shared_.settings.limits.idle);
        if (!message) {
            ++shared_.aborted;
            log::information("{}: association ended by us: {}", peerName_, message.error().message);
            return;
        }
        if (message->kind == dicom::ReceivedMessage::Kind::Release) {
            association_->acknowledgeRelease();
            log::information("{}: association released", peerName_);
            return;
        }
        if (message->kind == dicom::ReceivedMessage::Kind::Abort) {
            ++shared_.aborted;
            log::information("{}: association aborted by the peer", peerName_);
            return;
        }
        busy_ = true;
        auto const done = dispatch(*message);
        busy_ = false;
        if (!done) {
            ++shared_.aborted;
            log::warning("{}: association ended: {}", peerName_, done.error().message);
            return;
        }
    }
}

} // namespace qianli::gateway
