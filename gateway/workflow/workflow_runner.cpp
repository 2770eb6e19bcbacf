#include "gateway/workflow/workflow_runner.h"

#include "common/base/enduring.h"
#include "common/base/log.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"
#include "gateway/workflow/users.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <iterator>

namespace qianli::gateway {

namespace {

constexpr std::size_t studiesAtOnce = 200;
// Changes by other processes, quiet time and expiry are seen this late at most.
constexpr std::chrono::seconds round{1};
// A burst of arrivals is followed in steps, so that it does not cost a synced write an image.
constexpr std::chrono::milliseconds breath{100};

} // namespace

WorkflowRunner::WorkflowRunner(Workflow& workflow, StudyIndex const& index, ReportIssuer& issuer)
    : workflow_(workflow), index_(index), issuer_(issuer)
{
}

WorkflowRunner::~WorkflowRunner()
{
    stop();
}

void WorkflowRunner::watch(Transfers& transfers)
{
    transfers_ = &transfers;
    transfers.setWaker([this] { nudge(); });
}

void WorkflowRunner::addListener(TaskListener& listener)
{
    std::lock_guard const lock(listenersMutex_);
    listeners_.push_back(&listener);
}

void WorkflowRunner::removeListener(TaskListener& listener)
{
    std::lock_guard const lock(listenersMutex_);
    std::erase(listeners_, &listener);
}

Result<void> WorkflowRunner::start()
{
    QIANLI_ASSIGN(auto const changes, workflow_.tasks().newestChange());
    toldUpTo_ = changes;
    begun_ = false;
    if (!index_.rebuilding())
        QIANLI_TRY(followRebuilds());
    // One study that can't be read is no reason to be away for all others.
    stepAndTell();
    waker_ = workflow_.database().addWaker([this] { nudge(); });
    thread_ = std::thread([this] { run(); });
    return {};
}

Result<void> WorkflowRunner::begin()
{
    QIANLI_TRY(workflow_.reports().forgetReleases());
    // An archive that is younger than our memory of it (one of the two was restored): everything is looked at again.
    QIANLI_ASSIGN(auto const reached, workflow_.tasks().caughtUpTo());
    if (index_.appliedSequence() < reached)
        QIANLI_TRY(workflow_.tasks().catchUpFromStart());
    QIANLI_TRY(workflow_.tasks().forgiveDownTime());
    QIANLI_TRY(workflow_.tasks().settleParts(index_));
    QIANLI_TRY(takeOver());
    QIANLI_TRY(workflow_.tasks().noteRestart());
    return {};
}

// An index that was made again may say otherwise than the one that was followed.
Result<void> WorkflowRunner::followRebuilds()
{
    auto const rebuilds = index_.rebuilds();
    if (begun_ && followed_ == rebuilds)
        return {};
    if (rebuilds > 0)
        QIANLI_TRY(workflow_.tasks().catchUpFromStart());
    QIANLI_TRY(begun_ ? workflow_.reports().forgetReleases() : begin());
    begun_ = true;
    followed_ = rebuilds;
    return {};
}

void WorkflowRunner::stop()
{
    if (!thread_.joinable())
        return;
    workflow_.database().removeWaker(waker_);
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void WorkflowRunner::onCommitted(StudyEvent const&)
{
    nudge();
}

void WorkflowRunner::nudge()
{
    {
        std::lock_guard const lock(mutex_);
        nudged_ = true;
    }
    wake_.notify_all();
}

Result<void> WorkflowRunner::step()
{
    std::lock_guard const lock(stepping_);
    // A part of the index would make whole studies look broken off; people go on with what is in the list.
    if (index_.rebuilding()) {
        QIANLI_TRY(workflow_.tasks().applyTime());
        return tellListeners();
    }
    QIANLI_TRY(followRebuilds());
    // What they brought was committed before they left, so it is in the index by now.
    std::ranges::move(transfers_->takeDepartures(), std::back_inserter(departures_));
    std::vector<Error> troubles;
    auto const attempt = [&troubles](auto&& done) {
        if (!done)
            troubles.push_back(std::move(done).error());
    };
    attempt(judge());
    attempt(markIdentities());
    attempt(workflow_.tasks().applyTime());
    attempt(issuer_.releaseIssued());
    attempt(tellListeners());
    workflow_.users().lookAfterFailures();
    if (troubles.empty())
        return {};
    Error all = std::move(troubles.front());
    for (std::size_t i = 1; i < troubles.size(); ++i)
        all.message += "; " + troubles[i].message;
    return tl::unexpected(std::move(all));
}

void WorkflowRunner::stepAndTell()
{
    endure([this] {
        if (auto const done = step(); !done)
            log::error("workflow: {}", done.error().message);
    });
}

void WorkflowRunner::run()
{
    for (;;) {
        stepAndTell();
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, breath, [this] { return stopping_; });
        wake_.wait_for(lock, round, [this] { return nudged_ || stopping_; });
        nudged_ = false;
        if (stopping_)
            break;
    }
    // Who left in order while we were stopping was not cut off.
    stepAndTell();
}

// In this order or not at all: a departure means nothing to a task that is not there yet, and whoever does not know of
// it takes a study that broke off for whole.
Result<void> WorkflowRunner::judge()
{
    QIANLI_TRY(takeOver());
    QIANLI_TRY(workflow_.tasks().noteDepartures(departures_));
    departures_.clear();
    QIANLI_TRY(workflow_.tasks().judgeArrivals(index_, *transfers_));
    return {};
}

Result<void> WorkflowRunner::takeOver()
{
    for (;;) {
        QIANLI_ASSIGN(auto const reached, workflow_.tasks().caughtUpTo());
        QIANLI_ASSIGN(auto const studies, index_.studiesChangedSince(reached, studiesAtOnce));
        if (studies.empty())
            return {};
        QIANLI_TRY(workflow_.tasks().takeOver(studies));
    }
}

Result<void> WorkflowRunner::markIdentities()
{
    for (;;) {
        QIANLI_ASSIGN(auto const reached, identitiesSeenUpTo(workflow_));
        QIANLI_ASSIGN(auto const studies, index_.studiesChangedSince(reached, studiesAtOnce));
        if (studies.empty())
            return {};
        QIANLI_TRY(gateway::markIdentities(workflow_, index_, studies, seenIdentities_));
    }
}

Result<void> WorkflowRunner::tellListeners()
{
    QIANLI_ASSIGN(auto const changes, workflow_.tasks().changedSince(toldUpTo_));
    if (!changes.tasks.empty()) {
        std::lock_guard const lock(listenersMutex_);
        for (auto* const listener : listeners_)
            listener->onTasksChanged(changes.tasks);
    }
    toldUpTo_ = changes.upTo; // where telling throws, all are told again
    return {};
}

} // namespace qianli::gateway
