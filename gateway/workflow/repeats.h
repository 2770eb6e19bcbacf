// Repeats: how often each device sent what was here already; told by ingest, written about once a second.
//
// A power cut may cost the counts of the last second. Nothing else depends on them.
#pragma once

#include "gateway/ingest/ingest.h"
#include "gateway/workflow/workflow_database.h"

#include <condition_variable>
#include <thread>

namespace qianli::gateway {

struct RepeatCount {
    std::string callingAe, address;
    std::uint64_t objects = 0;
    TimePoint firstAt{}, lastAt{};
};

// Of one site, by calling AE title and address.
Result<std::vector<RepeatCount>> repeatsOf(WorkflowDatabase const& database, model::SiteId const& site);

// The daemon's counter. It must outlive the ingest that it listens to, or that one's last event.
class RepeatCounter final : public StudyEvents {
public:
    explicit RepeatCounter(WorkflowDatabase& database);
    ~RepeatCounter() override; // writes what is left

    void onCommitted(StudyEvent const&) override {}
    void onRepeated(RepeatEvent const& event) override;

private:
    using Key = std::tuple<model::SiteId, std::string, std::string>;
    void run();
    Result<void> write(std::map<Key, RepeatEvent> const& counted);

    WorkflowDatabase& database_;
    std::mutex mutex_; // guards the three below
    std::condition_variable wake_;
    std::map<Key, RepeatEvent> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace qianli::gateway
