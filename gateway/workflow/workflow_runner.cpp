#include "gateway/workflow/workflow_runner.h"

#include "common/base/log.h"
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"
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
    QIANLI_TRY(workflow_.reports().forgetReleases());
    // An archive that is younger than our memory of it (one of the two was restored): everything is looked at again.
    QIANLI_ASSIGN(auto const reached, workflow_.tasks().caughtUpTo());
    if (index_.appliedSequence() < reached)
        QIANLI_TRY(workflow_.tasks().catchUpFromStart());
    QIANLI_TRY(workflow_.tasks().forgiveDownTime());
    QIANLI_TRY(workflow_.tasks().settleParts(index_));
    QIANLI_TRY(catchUp());
    QIANLI_TRY(workflow_.tasks().noteRestart());
    QIANLI_TRY(step());
    waker_ = workflow_.database().addWaker([this] { nudge(); });
    thread_ = std::thread([this] { run(); });
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
    // What they brought was committed before they left, so it is in the index by now.
    std::ranges::move(transfers_->takeDepartures(), std::back_inserter(departures_));
    QIANLI_TRY(catchUp());
    QIANLI_TRY(noteDepartures());
    QIANLI_TRY(workflow_.tasks().judgeArrivals(index_, *transfers_));
    QIANLI_TRY(workflow_.tasks().applyTime());
    QIANLI_TRY(issuer_.releaseIssued());
    return tellListeners();
}

void WorkflowRunner::run()
{
    for (;;) {
        if (auto const done = step(); !done)
            log::error("workflow: {}", done.error().message);
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, breath, [this] { return stopping_; });
        wake_.wait_for(lock, round, [this] { return nudged_ || stopping_; });
        nudged_ = false;
        if (stopping_)
            break;
    }
    // Who left in order while we were stopping was not cut off.
    if (auto const done = step(); !done)
        log::error("workflow: {}", done.error().message);
}

Result<void> WorkflowRunner::noteDepartures()
{
    QIANLI_TRY(workflow_.tasks().noteDepartures(departures_));
    departures_.clear();
    return {};
}

Result<void> WorkflowRunner::catchUp()
{
    for (;;) {
        QIANLI_ASSIGN(auto const reached, workflow_.tasks().caughtUpTo());
        QIANLI_ASSIGN(auto const studies, index_.studiesChangedSince(reached, studiesAtOnce));
        if (studies.empty())
            break;
        QIANLI_TRY(workflow_.tasks().takeOver(studies));
    }
    for (;;) {
        QIANLI_ASSIGN(auto const reached, identitiesSeenUpTo(workflow_));
        QIANLI_ASSIGN(auto const studies, index_.studiesChangedSince(reached, studiesAtOnce));
        if (studies.empty())
            return {};
        QIANLI_TRY(markIdentities(workflow_, index_, studies));
    }
}

Result<void> WorkflowRunner::tellListeners()
{
    QIANLI_ASSIGN(auto const changes, workflow_.tasks().changedSince(toldUpTo_));
    toldUpTo_ = changes.upTo;
    if (changes.tasks.empty())
        return {};
    std::lock_guard const lock(listenersMutex_);
    for (auto* const listener : listeners_)
        listener->onTasksChanged(changes.tasks);
    return {};
}

} // namespace qianli::gateway
