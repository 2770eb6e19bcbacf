#include "gateway/workflow/workflow.h"

#include "gateway/workflow/outbox.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"
#include "gateway/workflow/sessions.h"
#include "gateway/workflow/users.h"
#include "gateway/workflow/workflow_database.h"

namespace qianli::gateway {

Workflow::Workflow(WorkflowSettings settings, Clock const& clock)
    : settings_(std::move(settings)), sites_(std::exchange(settings_.sites, {})), clock_(clock)
{
}

Workflow::~Workflow() = default;

Result<std::unique_ptr<Workflow>> Workflow::open(WorkflowSettings settings, Clock const& clock)
{
    std::unique_ptr<Workflow> workflow(new Workflow(std::move(settings), clock));
    QIANLI_ASSIGN(workflow->database_, WorkflowDatabase::open(workflow->settings_.file));
    auto& database = *workflow->database_;
    workflow->users_ = std::make_unique<Users>(*workflow);
    workflow->sessions_ = std::make_unique<Sessions>(database, clock, workflow->settings_.sessionLasts);
    workflow->tasks_ = std::make_unique<ReadingTasks>(*workflow);
    workflow->reports_ = std::make_unique<Reports>(*workflow);
    workflow->outbox_ = std::make_unique<Outbox>(*workflow);
    return workflow;
}

void Workflow::setSites(std::vector<model::Site> sites)
{
    std::lock_guard const lock(sitesMutex_);
    sites_ = std::move(sites);
}

std::string Workflow::siteName(model::SiteId const& id) const
{
    std::lock_guard const lock(sitesMutex_);
    for (auto const& site : sites_)
        if (site.id == id)
            return site.name;
    return id.value;
}

std::vector<std::string> Workflow::destinationsOf(model::SiteId const& id) const
{
    std::lock_guard const lock(sitesMutex_);
    for (auto const& site : sites_)
        if (site.id == id)
            return site.deliver;
    return {};
}

} // namespace qianli::gateway
