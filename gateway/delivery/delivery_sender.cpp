#include "gateway/delivery/delivery_sender.h"

#include "common/base/enduring.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "gateway/delivery/attempt.h"
#include "gateway/workflow/outbox.h"
#include "gateway/workflow/workflow_database.h"

#include <condition_variable>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace qianli::gateway {

namespace {

// Another process may have put something in line.
constexpr std::chrono::seconds look{1};

class ThreadedSender final : public DeliverySender {
public:
    explicit ThreadedSender(Parts parts) : parts_(std::move(parts)) {}
    ~ThreadedSender() override { stop(); }

    void begin()
    {
        waker_ = parts_.workflow.database().addWaker([this] { nudge(); });
        scheduler_ = start([this] { schedule(); });
    }

    void nudge() override
    {
        {
            std::lock_guard const lock(mutex_);
            ++nudges_;
        }
        wake_.notify_all();
    }

    void requestStop() override
    {
        {
            std::lock_guard const lock(mutex_);
            if (std::exchange(stopping_, true))
                return;
        }
        wake_.notify_all();
        parts_.workflow.database().removeWaker(waker_);
    }

    bool endsBy(std::chrono::steady_clock::time_point time) override
    {
        std::unique_lock lock(mutex_);
        return wake_.wait_until(lock, time, [this] { return running_ == 0; });
    }

    void stop() override
    {
        if (!scheduler_.joinable())
            return;
        requestStop();
        scheduler_.join();
        for (auto& [destination, thread] : destinations_)
            if (thread.joinable())
                thread.join();
        destinations_.clear();
    }

    void setPeers(std::vector<model::Peer> peers, std::shared_ptr<crypto::TlsContext const> tls) override
    {
        {
            std::lock_guard const lock(mutex_);
            parts_.peers = std::move(peers);
            parts_.tls = std::move(tls);
        }
        nudge();
    }

private:
    // A thread that endsBy() knows of.
    std::thread start(std::function<void()> work)
    {
        auto const count = [this](int change) {
            std::lock_guard const lock(mutex_);
            running_ += change;
        };
        count(1);
        try {
            return std::thread([this, count, work = std::move(work)] {
                work();
                count(-1);
                wake_.notify_all();
            });
        } catch (std::exception const&) {
            count(-1);
            throw;
        }
    }

    // Waits for a nudge or a second; false when it is time to end.
    bool waitForWork(std::uint64_t& seen)
    {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, look, [&] { return stopping_ || nudges_ != seen; });
        seen = nudges_;
        return !stopping_;
    }

    bool isStopping()
    {
        std::lock_guard const lock(mutex_);
        return stopping_;
    }

    // Gives each destination that has something to get a thread of its own: a slow one delays nobody else.
    void schedule()
    {
        std::uint64_t seen = 0;
        do
            endure([this] { startServing(); });
        while (waitForWork(seen));
    }

    void startServing()
    {
        auto const waiting = parts_.workflow.outbox().waitingDestinations();
        if (!waiting)
            return log::error("delivery: {}", waiting.error().message);
        for (auto const& destination : *waiting) {
            auto const [place, isNew] = destinations_.try_emplace(destination);
            if (isNew || !place->second.joinable()) // or there was no thread to be had
                place->second = start([this, destination] { serve(destination); });
        }
    }

    void serve(std::string const& destination)
    {
        std::uint64_t seen = 0;
        do
            endure([&] { deliverDue(destination); });
        while (waitForWork(seen));
    }

    void deliverDue(std::string const& destination)
    {
        while (!isStopping()) {
            auto const delivery = parts_.workflow.outbox().nextDue(destination);
            if (!delivery)
                log::error("delivery to {}: {}", destination, delivery.error().message);
            if (!delivery || !*delivery)
                return;
            if (auto const noted = deliver(**delivery); !noted) // it would be found due again at once
                return log::error("delivery {} to {}: {}", (*delivery)->id, destination, noted.error().message);
        }
    }

    std::optional<model::Peer> peerOf(std::string const& aeTitle)
    {
        std::lock_guard const lock(mutex_);
        for (auto const& peer : parts_.peers)
            if (peer.aeTitle == aeTitle)
                return peer;
        return std::nullopt;
    }

    Result<AttemptOutcome> tryOnce(Delivery const& delivery)
    {
        auto const peer = peerOf(delivery.destination);
        if (!peer)
            return fail(ErrorCode::NotFound, "there is no [[peer]] of this name in the configuration");
        auto const tls = [this] {
            std::lock_guard const lock(mutex_);
            return parts_.tls;
        }();
        AttemptPlace const place{parts_.index,
                                 parts_.store,
                                 parts_.callingAe,
                                 parts_.pagesProgram,
                                 parts_.workFolder / fmt::format("{}", delivery.id),
                                 [this] { return isStopping(); },
                                 tls};
        return attempt(place, delivery, *peer);
    }

    void record(Delivery const& delivery, Result<AttemptOutcome> const& outcome, bool final)
    {
        AuditEvent event;
        event.kind = AuditEventKind::ReportDelivered;
        bool const accepted = outcome && outcome->accepted;
        event.outcome = accepted ? AuditOutcome::Success
                        : final  ? AuditOutcome::SeriousFailure
                                 : AuditOutcome::MinorFailure;
        event.callingAe = parts_.callingAe;
        event.calledAe = delivery.destination;
        if (auto const peer = peerOf(delivery.destination))
            event.address = peer->host;
        event.site = delivery.site.value;
        event.studies = {delivery.studyUid};
        event.objects = {delivery.srUid, delivery.pdfUid};
        event.sent = true;
        event.patient = fmt::format("{}/{}", delivery.site.value, delivery.patientId);
        event.detail = fmt::format("delivery {}, attempt {}: {}", delivery.id, delivery.attempts + 1,
                                   outcome ? outcome->words : outcome.error().message);
        parts_.observers.record(std::move(event));
    }

    // What became of it is written down here; the Error is about writing it down.
    Result<void> deliver(Delivery const& delivery)
    {
        auto& outbox = parts_.workflow.outbox();
        auto const outcome = tryOnce(delivery);
        if (!outcome && isStopping())
            return {}; // broken off by us, so it says nothing about the destination: due again after the next start
        auto const words = outcome ? outcome->words : outcome.error().message;
        auto const now = parts_.workflow.clock().now();
        bool const patienceEnded = now - delivery.patienceFrom >= parts_.settings.giveUpAfter;
        bool const final = patienceEnded || (outcome && !outcome->mayHelpLater);
        bool const acceptedNow = outcome && outcome->accepted;
        log::information("delivery {} of study {} to {}: {}", delivery.id, delivery.studyUid, delivery.destination,
                         words);
        record(delivery, outcome, final);
        if (!final)
            return outbox.noteFailed(delivery.id, words, now + delayAfter(delivery.attempts),
                                     acceptedNow ? std::string_view(words) : std::string_view());
        if (acceptedNow)
            return outbox.noteDelivered(delivery.id, words);
        if (!delivery.accepted.empty())
            return outbox.noteDelivered(delivery.id, fmt::format("{}; at last: {}", delivery.accepted, words));
        return outbox.noteGivenUp(delivery.id, words);
    }

    Duration delayAfter(int attempts) const
    {
        Duration delay = parts_.settings.firstRetry;
        for (int i = 0; i < attempts && delay < parts_.settings.longestRetry; ++i)
            delay *= 2;
        return std::min(delay, parts_.settings.longestRetry);
    }

    Parts parts_;
    std::mutex mutex_; // guards the four below and parts_.peers
    std::condition_variable wake_;
    std::uint64_t nudges_ = 0;
    bool stopping_ = false;
    int running_ = 0; // threads that have not ended
    int waker_ = 0;
    std::thread scheduler_;
    std::map<std::string, std::thread> destinations_; // the scheduler's; stop() after it has ended
};

} // namespace

Result<std::unique_ptr<DeliverySender>> DeliverySender::start(Parts parts)
{
    // What an attempt left behind when we were killed.
    std::error_code ignored;
    std::filesystem::remove_all(parts.workFolder, ignored);
    QIANLI_TRY(createDirectoryDurably(parts.workFolder));
    auto sender = std::make_unique<ThreadedSender>(std::move(parts));
    sender->begin();
    return sender;
}

} // namespace qianli::gateway
