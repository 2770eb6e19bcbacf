// Watch: looks every minute at what changes without anybody noticing, and raises and clears the alarms of it: silent
// sites, stuck queues, the forecast of the disk, this machine's clock, an old backup, workflow.db taken away.
//
// What it judges by is read from archive and workflow, so an alarm comes back by itself after a restart.
#pragma once

#include "gateway/audit/observers.h"
#include "gateway/configuration/configuration.h"
#include "gateway/index/study_index.h"
#include "gateway/upkeep/arrival_history.h"
#include "gateway/upkeep/findings.h"
#include "gateway/upkeep/machine_clock.h"
#include "gateway/upkeep/silent_sites.h"
#include "gateway/workflow/workflow.h"

#include <condition_variable>
#include <functional>
#include <set>
#include <string>
#include <thread>

namespace qianli::gateway {

class Watch {
public:
    struct Parts { // all outlive the watch
        BlobStore const& store;
        StudyIndex const& index;
        Workflow& workflow;
        Clock const& clock;
        Observers observers;
        AlarmSettings settings;
        Duration longestRetry{};
        std::uint64_t diskReserveBytes = 0;
        std::function<std::vector<model::Site>()> sites; // as of now
        std::function<Duration()> uptime = machineUptime;
        std::function<TimeServer()> timeServer = gateway::timeServer;
    };
    explicit Watch(Parts parts);
    ~Watch(); // stops

    // Looks at once, and every minute from then on, in a thread of its own.
    void start();
    void stop();
    // One look, in the caller's thread: for tests, and for whoever can't wait.
    void look();

    ArrivalHistory& history() { return history_; }
    std::vector<Silence> silences();

private:
    void lookAtSites();
    void lookAtQueues();
    void lookAtDisk();
    void lookAtClock();
    void lookAtBackup();
    void lookAtDatabase();
    void setAlarms(std::string const& code, std::vector<Finding> const& wrong);

    Parts parts_;
    ArrivalHistory history_;
    ClockWatch clockWatch_;
    std::optional<TimePoint> clockSetAt_;
    Duration clockSetBy_{};
    Duration const startedAt_;                            // as uptime
    std::map<std::string, std::set<std::string>> raised_; // subjects by code
    std::mutex looking_;                                  // guards the above

    std::mutex mutex_; // guards stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace qianli::gateway
