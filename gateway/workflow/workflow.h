// Workflow: people, sign-ins, reading tasks, drafts, reports and the outbox of deliveries, in data/workflow.db.
//
// Promise: nothing here has another home, so every change is on stable storage when its call returns (WAL,
// synchronous=FULL). The command line opens the same file beside the running daemon: each rule is kept by one SQL
// transaction, never by memory. Thread-safe. The daemon adds the parts that work by themselves: WorkflowRunner,
// ReportIssuer, DeliverySender, WebServer.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/site.h"
#include "gateway/audit/observers.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace qianli::gateway {

class Outbox;
class ReadingTasks;
class Reports;
class Sessions;
class Users;
class WorkflowDatabase;

struct WorkflowSettings {
    std::filesystem::path file;                       // data/workflow.db
    Duration quietTime = std::chrono::seconds(60);    // silence that makes a study ready
    Duration claimExpires = std::chrono::minutes(60); // idle time after which a claim is given back
    Duration sessionLasts = std::chrono::hours(12);
    std::vector<model::Site> sites; // names, and where their reports go
    Observers observers = {};
};

class Workflow {
public:
    // Opens or creates the database and brings its schema up to date. `clock` must outlive the workflow.
    static Result<std::unique_ptr<Workflow>> open(WorkflowSettings settings, Clock const& clock);
    ~Workflow();
    Workflow(Workflow const&) = delete;
    Workflow& operator=(Workflow const&) = delete;

    Users& users() { return *users_; }
    Sessions& sessions() { return *sessions_; }
    ReadingTasks& tasks() { return *tasks_; }
    Reports& reports() { return *reports_; }
    Outbox& outbox() { return *outbox_; }

    // For the parts of this station.
    WorkflowDatabase& database() { return *database_; }
    WorkflowSettings const& settings() const { return settings_; } // without the sites, which change
    Clock const& clock() const { return clock_; }

    // SIGHUP: the sites as they are now.
    void setSites(std::vector<model::Site> sites);
    // The site's name, or its id when it is no longer configured.
    std::string siteName(model::SiteId const& id) const;
    // The peers that get its reports.
    std::vector<std::string> destinationsOf(model::SiteId const& id) const;

private:
    Workflow(WorkflowSettings settings, Clock const& clock);

    WorkflowSettings settings_;
    mutable std::mutex sitesMutex_; // guards sites_
    std::vector<model::Site> sites_;
    Clock const& clock_;
    std::unique_ptr<WorkflowDatabase> database_;
    std::unique_ptr<Users> users_;
    std::unique_ptr<Sessions> sessions_;
    std::unique_ptr<ReadingTasks> tasks_;
    std::unique_ptr<Reports> reports_;
    std::unique_ptr<Outbox> outbox_;
};

} // namespace qianli::gateway
