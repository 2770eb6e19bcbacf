#include "gateway/association/connection.h"

#include "common/base/log.h"
#include "common/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {

namespace {

namespace command = dicom::command;
using SteadyClock = std::chrono::steady_clock;

constexpr Duration rejectionPatience = std::chrono::seconds(5);
constexpr Duration closingPatience = std::chrono::seconds(2); // PS3.8 9.2: after the last word the requestor closes
constexpr std::uint64_t bytesInOneTurn = 512 << 10;

// Reasons of an A-ABORT by the provider (PS3.8 table 9-26).
constexpr std::uint8_t unexpectedPdu = 2, invalidParameter = 6;

} // namespace

bool isUrgent(Caller const& caller, dicom::CommandSet const& command)
{
    using model::Service;
    static std::map<std::uint16_t, Service> const bringing{{command::storeRequest, Service::Store},
                                                           {command::getRequest, Service::Get},
                                                           {command::moveRequest, Service::Move}};
    auto const service = bringing.find(command.field());
    return service != bringing.end() && !caller.quarantined && caller.allow.contains(service->second) &&
           command.number(command::priority) == command::priorityHigh;
}

Connection::Connection(SharedState& shared, FileDescriptor socket, std::string address, Crowding crowding,
                       std::unique_ptr<crypto::TlsSession> tls)
    : shared_(shared), address_(std::move(address)), crowding_(crowding),
      wire_(std::move(socket), shared.settings.limits.pduBytes, std::move(tls)), peerName_(address_)
{
    silence_ = crowding_ == Crowding::Full ? rejectionPatience : shared_.settings.limits.firstByte;
    deadline_ = SteadyClock::now() + silence_;
    requestEnds_ = deadline_;
    ++shared_.alive;
}

Connection::~Connection()
{
    try {
        depart(wayOfBreaking());
    } catch (std::exception const&) { // no memory: the trail lacks a sentence about one that is gone
    }
    giveBack();
    if (admitted_) { // also when it was gone before it heard so
        std::lock_guard const lock(shared_.mutex);
        if (auto const count = shared_.openByCaller.find(countsAs_);
            count != shared_.openByCaller.end() && --count->second == 0)
            shared_.openByCaller.erase(count);
    }
    --shared_.alive; // the last that it does to what is shared
}

void Connection::depart(Departure::Way way)
{
    recordStored();
    // Whom we send away ourselves has not left; the next start knows who was there (ReadingTasks::noteRestart).
    auto const transfer = std::exchange(caller_.sender.transfer, 0);
    if (transfer != 0 && (way == Departure::Way::Released || !shared_.stopping))
        shared_.ingest.transfers().end(transfer, way);
}

Departure::Way Connection::wayOfBreaking() const
{
    bool const inObject = incoming_ && incoming_->command.field() == command::storeRequest &&
                          (stage_ == Stage::Place || stage_ == Stage::DataSet);
    return inObject ? Departure::Way::InObject : Departure::Way::CutOff;
}

void Connection::setStage(Stage stage)
{
    stage_ = stage;
    requestEnds_ = SteadyClock::time_point::max();
    busy_ = stage == Stage::DataSet || stage == Stage::Place || stage == Stage::Working;
    switch (stage) {
    case Stage::Messages:
        messageBegan_.reset();
        silence_ = shared_.settings.limits.idle;
        break;
    case Stage::Closing:
        silence_ = closingPatience;
        break;
    default:
        silence_ = shared_.settings.limits.operation;
    }
    deadline_ = SteadyClock::now() + silence_;
}

void Connection::giveBack()
{
    if (std::exchange(hasPlace_, false))
        shared_.places.release(countsAs_);
}

PresentationContext const* Connection::context(std::uint8_t id) const
{
    auto const found = std::ranges::find(contexts_, id, &PresentationContext::id);
    return found == contexts_.end() ? nullptr : &*found;
}

void Connection::checkSilence(SteadyClock::time_point now)
{
    std::unique_lock const lock(mutex_, std::try_to_lock);
    if (!lock && now >= requestEnds_.load()) { // whatever keeps its thread so busy, its time is over
        timedOut_ = true;
        wire_.shutDown();
    }
    if (!lock || stage_ == Stage::Place || stage_ == Stage::Working)
        return;
    bool const slow = isTooSlow(now);
    if (now < deadline_ && !slow)
        return;
    tooSlow_ = tooSlow_ || slow;
    if (!slow && (stage_ == Stage::Messages || stage_ == Stage::DataSet) && !wire_.hasOutput() && wire_.isReadable()) {
        deadline_ = now + silence_; // it was not silent; we were busy
        return;
    }
    if (!timedOut_.exchange(true) && stage_ != Stage::Request && stage_ != Stage::Closing)
        (void)wire_.queue(dicom::encodeAbort(0)); // as far as the line takes it
    wire_.shutDown();
}

// A byte now and then is no silence, and would keep a place for ever.
bool Connection::isTooSlow(SteadyClock::time_point now) const
{
    if (!messageBegan_ || (stage_ != Stage::Messages && stage_ != Stage::DataSet))
        return false;
    auto const& limits = shared_.settings.limits;
    auto const more = limits.slowestBytes == 0 ? 0 : messageBytes_ / limits.slowestBytes;
    return now - *messageBegan_ > limits.request + std::chrono::seconds(more);
}

std::uint64_t Connection::noteReceived()
{
    auto const onLine = wire_.takeLineBytes();
    cost_ += onLine;
    auto const received = wire_.takeReceived();
    if (received == 0)
        return onLine;
    if (!messageBegan_) {
        messageBegan_ = SteadyClock::now();
        messageBytes_ = 0;
    }
    messageBytes_ += received;
    if (stage_ == Stage::Request)
        heldBytes_ = messageBytes_;
    return std::max(onLine, received);
}

Next Connection::handle(Wire::Buffer buffer)
{
    std::unique_lock lock(mutex_);
    if (stage_ == Stage::Place && place_ != 0)
        beginOperation(place_ > 0);
    if (stage_ == Stage::Place || stage_ == Stage::Working)
        return Next::Others;
    if (stage_ == Stage::Request && wire_.isHandshaking())
        if (auto const next = shakeHands())
            return *next;
    if (wire_.hasOutput()) {
        if (auto const sent = wire_.flush(); !sent)
            return end(sent.error());
        if (wire_.hasOutput())
            return Next::Output;
    }
    if (stage_ == Stage::Closing)
        return wire_.drain(buffer) ? Next::Input : Next::Nothing;
    if (shared_.stopping && stage_ == Stage::Messages && !wire_.wasShutDown())
        return end({ErrorCode::Cancelled, "the gateway is stopping"});
    for (std::uint64_t read = 0;;) {
        auto const event = wire_.read(buffer);
        if (!event)
            return end(event.error());
        if (event->kind == Wire::Event::Kind::NeedsMore) {
            noteReceived();
            wire_.keepRest();
            if (wire_.readsAfterOutput())
                return Next::Output;
            return wire_.mayHaveMore() ? Next::Turn : Next::Input;
        }
        auto const received = noteReceived();
        auto const next = advance(*event);
        if (!next)
            return end(next.error());
        if (stage_ == Stage::Closing)
            return wire_.hasOutput() ? Next::Output : Next::Turn;
        read += received;
        if (*next == Next::Turn && stage_ == Stage::Working && incoming_->store) {
            // The whole object is here. From finish() on another thread may have the connection.
            wire_.keepRest();
            auto operation = *std::move(incoming_->store);
            incoming_->store.reset();
            auto const self = shared_from_this();
            lock.unlock();
            operation.finish([self, begin = std::chrono::steady_clock::now()](DimseStatus const& status,
                                                                              StoreOutcome const* outcome) {
                self->shared_.storeTook.addSince(begin);
                self->finishStore(status, outcome);
            });
            return Next::Others;
        }
        if (*next != Next::Turn || wire_.hasOutput() || read >= bytesInOneTurn) {
            wire_.keepRest();
            return *next == Next::Turn && wire_.hasOutput() ? Next::Output : *next;
        }
    }
}

// Turn: go on with what comes next.
Result<Next> Connection::advance(Wire::Event const& event)
{
    using Kind = Wire::Event::Kind;
    if (event.kind == Kind::Abort) {
        ++shared_.aborted;
        log::information("{}: association aborted by the peer", peerName_);
        depart(wayOfBreaking());
        return Next::Nothing;
    }
    switch (event.kind) {
    case Kind::AssociateRequest:
        return takeRequest(event.bytes);
    case Kind::Command:
        return takeCommand(event);
    case Kind::DataSet:
        return takeDataSet(event);
    case Kind::ReleaseRequest:
        if (stage_ == Stage::DataSet)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the association ended after {} bytes of a data set", incoming_->length));
        log::information("{}: association released", peerName_);
        depart(Departure::Way::Released);
        return close(dicom::encodeReleaseResponse());
    default:
        return Next::Turn;
    }
}

Next Connection::close(std::span<std::uint8_t const> lastWords)
{
    if (auto const sent = wire_.queue(lastWords); !sent)
        return Next::Nothing;
    setStage(Stage::Closing);
    return Next::Turn;
}

// The connection's last line in the log, and the A-ABORT that the caller is owed.
Next Connection::end(Error const& error)
{
    if (stage_ == Stage::Closing)
        return Next::Nothing;
    depart(wayOfBreaking());
    incoming_.reset();
    giveBack();
    ++shared_.aborted;
    if (tooSlow_)
        log::information("{}: association ended by us: {} bytes of a message came in {} s", peerName_, messageBytes_,
                         (shared_.settings.limits.request.count() + 999) / 1000);
    else if (timedOut_)
        log::information("{}: association ended by us: the peer was silent for {} s", peerName_,
                         silence_.count() / 1000);
    else if (error.code == ErrorCode::Cancelled && !shared_.stopping && stage_ != Stage::Request)
        log::information("{}: association aborted by the peer", peerName_);
    else
        log::information("{}: association ended: {}", peerName_, error.message);
    if (error.code == ErrorCode::InvalidInput || error.code == ErrorCode::LimitExceeded)
        shared_.watch.note(PeerWatch::What::Malformed, caller_.sender.callingAe, address_, error.message,
                           "what calls from there is broken, or no DICOM device: find out what it is",
                           SteadyClock::now());
    if (error.code == ErrorCode::Cancelled && !shared_.stopping)
        return Next::Nothing; // nobody is there to be told
    auto const next = close(dicom::encodeAbort(stage_ == Stage::Request ? unexpectedPdu : invalidParameter));
    if (!wire_.hasOutput())
        wire_.sayNoMore();
    return next;
}

Result<Next> Connection::takeCommand(Wire::Event const& event)
{
    if (stage_ != Stage::Messages)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("another message begins after {} bytes of a data set", incoming_->length));
    if (tally_.isDue(SteadyClock::now()))
        recordStored();
    if (context(event.contextId) == nullptr)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("command in presentation context {}, which was not accepted", event.contextId));
    Incoming incoming;
    incoming.contextId = event.contextId;
    QIANLI_ASSIGN(incoming.command, dicom::CommandSet::parse(event.bytes));
    auto const field = incoming.command.field();
    if (field == command::cancelRequest) { // the operation it meant is over
        setStage(Stage::Messages);
        return Next::Turn;
    }
    if ((field & 0x8000) != 0)
        return fail(ErrorCode::InvalidInput, fmt::format("response {:#06x} to nothing that we asked", field));
    incoming.limit =
        field == command::storeRequest ? shared_.settings.limits.dataSetBytes : dicom::identifierLimits.dataSetBytes;
    incoming.refusal = unacceptable(incoming.command, event.contextId);
    // Urgent from here to the end of the association: what follows belongs to the same study, most likely.
    if (!incoming.refusal && isUrgent(caller_, incoming.command))
        urgency_ = Urgency::Stat;
    bool const wantsPlace = !incoming.refusal && field != command::echoRequest;
    incoming_ = std::move(incoming);
    if (wantsPlace)
        return askForPlace();
    if (!incoming_->command.hasDataSet())
        return completeMessage();
    setStage(Stage::DataSet);
    return Next::Turn;
}

// Why a request is answered without being carried out.
std::optional<DimseStatus> Connection::unacceptable(dicom::CommandSet const& command, std::uint8_t contextId) const
{
    auto const field = command.field();
    if (field == command::echoRequest)
        return std::nullopt;
    bool const known = field == command::storeRequest || field == command::findRequest ||
                       field == command::getRequest || field == command::moveRequest;
    if (!known)
        return DimseStatus{status::unrecognizedOperation, fmt::format("command {:04X}H is not known here", field)};
    if (!command.hasDataSet())
        return DimseStatus{status::unableToProcess, "request without a data set"};
    auto const sopClass = command.uid(command::affectedSopClass);
    auto const* const used = context(contextId);
    if (!sopClass || *sopClass != used->abstractSyntax || !used->weProvide)
        return DimseStatus{status::sopClassNotSupported,
                           "SOP Class (0000,0002) is not that of the presentation context"};
    return std::nullopt;
}

Result<Next> Connection::askForPlace()
{
    place_ = 0;
    setStage(Stage::Place);
    auto const patienceEnds = SteadyClock::now() + shared_.settings.limits.operation;
    auto const answer = [self = shared_from_this()](bool given) {
        self->place_ = given ? 1 : -1;
        self->shared_.resume(self, Next::Turn);
    };
    if (!shared_.places.take(countsAs_, urgency_, patienceEnds, answer))
        return Next::Others;
    beginOperation(true);
    return Next::Turn;
}

void Connection::beginOperation(bool placeGiven)
{
    hasPlace_ = placeGiven;
    setStage(Stage::DataSet);
    auto& incoming = *incoming_;
    if (!placeGiven) {
        incoming.refusal = DimseStatus{status::outOfResources, "too many operations in progress"};
        return;
    }
    if (incoming.command.field() != command::storeRequest)
        return;
    if (auto& sender = caller_.sender; sender.transfer == 0 && sender.origin == Origin::Site)
        sender.transfer = shared_.ingest.transfers().begin(sender.site, sender.callingAe);
    auto const sopInstance = incoming.command.uid(command::affectedSopInstance);
    auto const* const used = context(incoming.contextId);
    incoming.store = sopInstance
                         ? StoreService(shared_.ingest, shared_.quarantine)
                               .begin(caller_, {used->abstractSyntax, *sopInstance, used->transferSyntax,
                                                incoming.command.number(command::priority) == command::priorityHigh})
                         : StoreService::refuse({status::dataSetMismatch,
                                                 "Affected SOP Instance UID (0000,1000) is missing or unusable",
                                                 {{0x0000, command::affectedSopInstance}}});
}

Result<Next> Connection::takeDataSet(Wire::Event const& event)
{
    if (stage_ != Stage::DataSet)
        return fail(ErrorCode::InvalidInput, "data set fragment where a command was expected");
    auto& incoming = *incoming_;
    if (event.contextId != incoming.contextId)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("another message begins after {} bytes of a data set", incoming.length));
    incoming.length += event.bytes.size();
    if (incoming.length > incoming.limit)
        return fail(ErrorCode::LimitExceeded, fmt::format("data set above {} bytes", incoming.limit));
    if (incoming.store)
        incoming.store->append(event.bytes);
    else if (!incoming.refusal)
        incoming.identifier.insert(incoming.identifier.end(), event.bytes.begin(), event.bytes.end());
    deadline_ = SteadyClock::now() + silence_;
    return event.last ? completeMessage() : Next::Turn;
}

Result<Next> Connection::completeMessage()
{
    auto& incoming = *incoming_;
    bool const isEcho = incoming.command.field() == command::echoRequest;
    if (isEcho && !incoming.refusal)
        incoming.refusal = mayUse(caller_.allow.contains(model::Service::Echo));
    if (incoming.refusal) {
        giveBack();
        if (incoming.command.field() == command::storeRequest) {
            ++shared_.storeRefused;
            tally_.refused(*incoming.refusal);
            noteRefusedStore(*incoming.refusal);
        }
        auto const answered = answer(*incoming.refusal);
        QIANLI_TRY(answered);
        incoming_.reset();
        setStage(Stage::Messages);
        return Next::Turn;
    }
    setStage(Stage::Working);
    if (incoming.store)
        return Next::Turn; // handle() finishes it when it has let go of the connection
    if (shared_.threads.run([self = shared_from_this()] { self->runOperation(); }))
        return Next::Others;
    giveBack();
    QIANLI_TRY(answer({status::outOfResources, "no thread for the operation"}));
    incoming_.reset();
    setStage(Stage::Messages);
    return Next::Turn;
}

Result<void> Connection::answer(DimseStatus const& status)
{
    return wire_.queueCommand(incoming_->contextId,
                              dicom::responseTo(incoming_->command, status.code, status.comment, status.offending));
}

void Connection::noteRefusedStore(DimseStatus const& status)
{
    auto const advice = adviceOn(status);
    log::warning("{}: C-STORE of {} answered {:04X}H: {}; {}", peerName_,
                 text::escapeControl(incoming_->command.text(command::affectedSopInstance)), status.code,
                 text::escapeControl(status.comment), advice);
    std::string kind = fmt::format("{:04X}", status.code);
    for (dicom::Tag const tag : status.offending)
        kind += toString(tag);
    noteRefusal(Refusal::What::Object, caller_.sender.callingAe, text::escapeControl(status.comment), advice, kind);
    if (status.code == status::unableToProcess || status.code == status::dataSetMismatch)
        shared_.watch.note(PeerWatch::What::Malformed, caller_.sender.callingAe, address_, status.comment, advice,
                           SteadyClock::now());
}

// On the thread of the committer: says what became of the object and lets the connection go on.
void Connection::finishStore(DimseStatus const& status, StoreOutcome const* outcome)
{
    auto next = Next::Input;
    try {
        std::lock_guard const lock(mutex_);
        if (status.code == status::success) {
            ++shared_.stored;
            if (outcome != nullptr) {
                tally_.stored(*outcome);
                recordConflict(*outcome);
            }
        } else {
            ++shared_.storeRefused;
            tally_.refused(status);
            noteRefusedStore(status);
        }
        auto const answered = answer(status);
        giveBack();
        incoming_.reset();
        setStage(Stage::Messages);
        if (!answered)
            next = end(answered.error());
        else if (wire_.hasOutput())
            next = Next::Output;
        else if (wire_.hasRest())
            next = Next::Turn;
    } catch (std::exception const&) { // no memory costs this one its connection; the object is stored, or not
        next = Next::Nothing;
    }
    shared_.resume(shared_from_this(), next);
}

} // namespace qianli::gateway
