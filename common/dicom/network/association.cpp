#include "common/dicom/network/association.h"

#include "common/base/file.h"
#include "common/dicom/network/dcmtk_network.h"
#include "common/dicom/part10.h"

#include <cstdio>
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/diutil.h>
#include <dcmtk/dcmnet/dul.h>
#include <fmt/format.h>

namespace qianli::dicom {

namespace {

class DeadlineOfCommand {
public:
    DeadlineOfCommand(TransportControl& control, Duration time) : control_(control)
    {
        control_.setDeadline(std::chrono::steady_clock::now() + time);
    }
    ~DeadlineOfCommand() { control_.setDeadline(std::nullopt); }
    DeadlineOfCommand(DeadlineOfCommand const&) = delete;
    DeadlineOfCommand& operator=(DeadlineOfCommand const&) = delete;

private:
    TransportControl& control_;
};

} // namespace

struct Association::Fragment {
    ReceivedMessage::Kind kind = ReceivedMessage::Kind::Command; // Command: `pdv` is filled
    DUL_PDV pdv{};

    std::span<std::uint8_t const> bytes() const
    {
        return {static_cast<std::uint8_t const*>(pdv.data), pdv.fragmentLength};
    }
};

Association::Association(T_ASC_Association* association, std::shared_ptr<TransportControl> control)
    : association_(association), control_(std::move(control))
{
}

Association::~Association()
{
    if (association_ == nullptr)
        return;
    abort();
    ASC_dropAssociation(association_);
    ASC_destroyAssociation(&association_);
}

PresentationContext const* Association::context(std::uint8_t id) const
{
    for (auto const& context : contexts_)
        if (context.id == id)
            return &context;
    return nullptr;
}

PresentationContext const* Association::invocable(Uid const& abstractSyntax, Uid const* transferSyntax) const
{
    for (auto const& context : contexts_)
        if (context.weInvoke && context.abstractSyntax == abstractSyntax &&
            (transferSyntax == nullptr || context.transferSyntax == *transferSyntax))
            return &context;
    return nullptr;
}

std::size_t Association::fragmentBytes() const
{
    // DCMTK has taken off the headers; PDV values have an even length (PS3.8 annex E.2).
    return std::clamp<std::size_t>(association_->sendPDVLength, 64, ASC_MAXIMUMPDUSIZE) & ~std::size_t{1};
}

Result<void> Association::writeFragment(std::uint8_t contextId, int kind, std::span<std::uint8_t const> bytes,
                                        bool last)
{
    DUL_PDV pdv{};
    pdv.fragmentLength = bytes.size();
    pdv.presentationContextID = contextId;
    pdv.pdvType = static_cast<DUL_DATAPDV>(kind);
    pdv.lastPDV = last;
    pdv.data = const_cast<std::uint8_t*>(bytes.data()); // only read by DCMTK
    DUL_PDVLIST list{};
    list.count = 1;
    list.pdv = &pdv;
    auto const condition = DUL_WritePDVs(&association_->DULassociation, &list);
    if (condition.bad())
        return failCondition(ErrorCode::Unavailable,
                             control_->timedOut() ? "the peer reads nothing" : "sending to the peer", condition);
    return {};
}

Result<void> Association::writeCommand(std::uint8_t contextId, CommandSet const& command)
{
    auto const bytes = command.encode();
    std::span<std::uint8_t const> rest(bytes);
    while (!rest.empty()) {
        auto const part = rest.first(std::min(rest.size(), fragmentBytes()));
        rest = rest.subspan(part.size());
        QIANLI_TRY(writeFragment(contextId, DUL_COMMANDPDV, part, rest.empty()));
    }
    return {};
}

Result<void> Association::send(std::uint8_t contextId, CommandSet command)
{
    command.set(command::dataSetType, command::noDataSet);
    return writeCommand(contextId, command);
}

Result<void> Association::send(std::uint8_t contextId, CommandSet command, std::span<std::uint8_t const> dataSet)
{
    command.set(command::dataSetType, std::uint16_t{1});
    QIANLI_TRY(writeCommand(contextId, command));
    do {
        auto const part = dataSet.first(std::min(dataSet.size(), fragmentBytes()));
        dataSet = dataSet.subspan(part.size());
        QIANLI_TRY(writeFragment(contextId, DUL_DATASETPDV, part, dataSet.empty()));
    } while (!dataSet.empty());
    return {};
}

Result<void> Association::send(std::uint8_t contextId, CommandSet command, OutgoingObject const& object)
{
    if (!object.bytes.empty())
        return send(contextId, std::move(command), object.bytes);
    command.set(command::dataSetType, std::uint16_t{1});
    QIANLI_TRY(writeCommand(contextId, command));
    std::vector<std::uint8_t> buffer(fragmentBytes());
    for (std::uint64_t sent = 0;;) {
        auto const count =
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), object.dataSetLength - sent));
        auto const part = std::span(buffer).first(count);
        QIANLI_TRY(readAllAt(object.descriptor, part, object.dataSetOffset + sent));
        sent += count;
        QIANLI_TRY(writeFragment(contextId, DUL_DATASETPDV, part, sent == object.dataSetLength));
        if (sent == object.dataSetLength)
            return {};
    }
}

Result<Association::Fragment> Association::nextFragment(Duration silence)
{
    Fragment fragment;
    if (DUL_NextPDV(&association_->DULassociation, &fragment.pdv).good())
        return fragment;
    // Blocking: the time limit is the transport's.
    auto const condition = DUL_ReadPDVs(&association_->DULassociation, nullptr, DUL_BLOCK, 0);
    if (condition == DUL_PDATAPDUARRIVED) {
        if (auto const next = DUL_NextPDV(&association_->DULassociation, &fragment.pdv); next.bad())
            return failCondition(ErrorCode::InvalidInput, "P-DATA-TF PDU", next);
        return fragment;
    }
    if (condition == DUL_PEERREQUESTEDRELEASE) {
        fragment.kind = ReceivedMessage::Kind::Release;
        return fragment;
    }
    if (control_->timedOut())
        return fail(ErrorCode::Unavailable, fmt::format("the peer was silent for {} s", silence.count() / 1000));
    if (condition == DUL_PEERABORTEDASSOCIATION || condition == DUL_NETWORKCLOSED) {
        fragment.kind = ReceivedMessage::Kind::Abort;
        over_ = true;
        return fragment;
    }
    return failCondition(ErrorCode::InvalidInput, "reading a PDU", condition);
}

Result<ReceivedMessage> Association::receive(Duration silence)
{
    control_->setSilence(silence);
    DeadlineOfCommand const deadline(*control_, silence);
    ReceivedMessage message;
    std::vector<std::uint8_t> bytes;
    for (bool first = true;; first = false) {
        if (control_->isLate())
            return fail(ErrorCode::Unavailable, "no whole answer came in time");
        QIANLI_ASSIGN(auto const fragment, nextFragment(silence));
        message.kind = fragment.kind;
        if (fragment.kind != ReceivedMessage::Kind::Command) {
            if (first || fragment.kind == ReceivedMessage::Kind::Abort)
                return message;
            return fail(ErrorCode::InvalidInput, "A-RELEASE-RQ within a command");
        }
        if (fragment.pdv.pdvType != DUL_COMMANDPDV)
            return fail(ErrorCode::InvalidInput, "data set fragment where a command was expected");
        if (first)
            message.contextId = fragment.pdv.presentationContextID;
        if (fragment.pdv.presentationContextID != message.contextId || context(message.contextId) == nullptr)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("command in presentation context {}, which was not accepted",
                                    fragment.pdv.presentationContextID));
        if (fragment.pdv.fragmentLength > command::maximumBytes - bytes.size())
            return fail(ErrorCode::LimitExceeded, fmt::format("command set above {} bytes", command::maximumBytes));
        bytes.insert(bytes.end(), fragment.bytes().begin(), fragment.bytes().end());
        if (fragment.pdv.lastPDV)
            break;
    }
    QIANLI_ASSIGN(message.command, CommandSet::parse(bytes));
    return message;
}

Result<void> Association::receiveDataSet(std::uint8_t contextId, std::uint64_t limit, Duration silence,
                                         std::function<void(std::span<std::uint8_t const>)> const& take)
{
    control_->setSilence(silence);
    for (std::uint64_t length = 0;;) {
        QIANLI_ASSIGN(auto const fragment, nextFragment(silence));
        if (fragment.kind != ReceivedMessage::Kind::Command)
            return fail(ErrorCode::Unavailable,
                        fmt::format("the association ended after {} bytes of a data set", length));
        if (fragment.pdv.pdvType != DUL_DATASETPDV || fragment.pdv.presentationContextID != contextId)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("another message begins after {} bytes of a data set", length));
        length += fragment.pdv.fragmentLength;
        if (length > limit)
            return fail(ErrorCode::LimitExceeded, fmt::format("data set above {} bytes", limit));
        if (fragment.pdv.fragmentLength > 0)
            take(fragment.bytes());
        if (fragment.pdv.lastPDV)
            return {};
    }
}

Result<void> Association::release()
{
    control_->setSilence(std::min<Duration>(control_->silence(), std::chrono::seconds(10)));
    auto const condition = ASC_releaseAssociation(association_);
    over_ = condition.good();
    if (condition.bad())
        return failCondition(ErrorCode::Unavailable, "releasing the association", condition);
    return {};
}

void Association::abort()
{
    if (std::exchange(over_, true))
        return;
    control_->setSilence(std::chrono::seconds(2));
    ASC_abortAssociation(association_);
}

void setImplementation(T_ASC_Parameters* parameters)
{
    auto const uid = implementationClassUid().value();
    std::snprintf(parameters->ourImplementationClassUID, sizeof parameters->ourImplementationClassUID, "%s",
                  uid.c_str());
    std::snprintf(parameters->ourImplementationVersionName, sizeof parameters->ourImplementationVersionName, "%s",
                  implementationVersionName);
}

CommandSet storeRequest(OutgoingObject const& object, std::uint16_t messageId)
{
    CommandSet command(command::storeRequest);
    command.set(command::affectedSopClass, object.sopClass).set(command::affectedSopInstance, object.sopInstance);
    command.set(command::messageId, messageId).set(command::priority, std::uint16_t{0});
    if (!object.moveOriginatorAe.empty()) {
        command.setText(command::moveOriginatorAe, object.moveOriginatorAe);
        command.set(command::moveOriginatorMessageId, object.moveOriginatorMessageId);
    }
    return command;
}

} // namespace qianli::dicom
