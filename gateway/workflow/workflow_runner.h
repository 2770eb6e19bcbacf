// WorkflowRunner: the daemon's own hand in the workflow: follows the index, lets time pass (quiet time, expired
// claims), shows issued reports to their sites, and tells listeners about every task that changed, also by another
// process.
//
// Promise: an arrival is never missed: StudyEvents only wake it; it reads the index from the sequence it had reached,
// which is kept with the tasks themselves.
#pragma once

#include "common/base/result.h"
#include "common/model/reading_task.h"
#include "gateway/index/study_index.h"
#include "gateway/ingest/ingest.h"
#include "gateway/ingest/transfers.h"
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/report_issuer.h"
#include "gateway/workflow/workflow.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace qianli::gateway {

// Called on the runner's thread: must be quick and must not throw.
class TaskListener {
public:
    virtual ~TaskListener() = default;
    virtual void onTasksChanged(std::vector<model::ReadingTask> const& tasks) = 0;
};

class WorkflowRunner final : public StudyEvents {
public:
    // All must outlive the runner.
    WorkflowRunner(Workflow& workflow, StudyIndex const& index, ReportIssuer& issuer);
    ~WorkflowRunner() override; // stops

    // Who is sending, and how senders left. Must outlive the runner; to be named before start().
    void watch(Transfers& transfers);
    void addListener(TaskListener& listener);
    void removeListener(TaskListener& listener);

    // Catches up with the index before it returns, then goes on in a thread of its own until stop().
    Result<void> start();
    void stop();

    void onCommitted(StudyEvent const& event) override;

    // One round of everything, whatever fails in it; the error names all that did. The thread does it on each nudge and
    // each second.
    Result<void> step();

private:
    void nudge();
    void run();
    void stepAndTell();
    Result<void> begin();
    Result<void> followRebuilds();
    Result<void> judge();
    Result<void> takeOver();
    Result<void> markIdentities();
    Result<void> tellListeners();

    Workflow& workflow_;
    StudyIndex const& index_;
    ReportIssuer& issuer_;
    Transfers nobody_;
    Transfers* transfers_ = &nobody_;
    std::mutex stepping_;               // one step at a time
    std::int64_t toldUpTo_ = 0;         // guarded by stepping_, as the next two
    std::vector<Departure> departures_; // not yet noted
    SeenIdentities seenIdentities_;
    std::uint64_t followed_ = 0; // so often had the index been made again when we began to follow it
    bool begun_ = true;          // false: start() found it in the making
    std::mutex mutex_; // guards the three below
    std::condition_variable wake_;
    bool nudged_ = false, stopping_ = false;
    std::mutex listenersMutex_; // guards listeners_
    std::vector<TaskListener*> listeners_;
    int waker_ = 0;
    std::thread thread_;
};

} // namespace qianli::gateway
