#include "gateway/daemon/nature_parts.h"

#include "gateway/daemon/recode_request.h"
#include "gateway/workflow/recodings.h"
#include "gateway/workflow/workflow_database.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {

Result<std::unique_ptr<StudyIndex>> openIndex(BlobStore const& store, Configuration const& configuration,
                                              Observers observers, Clock const& clock)
{
    auto const workflowFile = configuration.data / "workflow.db";
    QIANLI_TRY(refuseLostWorkflow(workflowFile));
    HealingSettings settings;
    settings.file = configuration.data / "index.db";
    settings.observers = observers;
    settings.charsets = [workflowFile]() -> Result<CharsetOf> {
        QIANLI_ASSIGN(auto recodings, recodingsIn(workflowFile));
        return charsetByRecodings(std::move(recodings));
    };
    QIANLI_ASSIGN(auto index, HealingIndex::open(store, std::move(settings), clock));
    return std::unique_ptr<StudyIndex>(std::move(index));
}

DamageListener damageAlarms(Observers observers)
{
    return {[observers](std::string const& path, std::string const& what) {
                observers.raise("integrity", path, what,
                                "it is not handed out; let the device send the study again, or copy the file from a "
                                "backup of archive/, then `archive verify`");
            },
            [observers](std::string const& path) { observers.clear("integrity", path); }};
}

ScrubSettings scrubSettings(Configuration const& configuration, Observers observers, std::function<bool()> busy)
{
    ScrubSettings settings;
    settings.bytesPerSecond = configuration.archive.scrubBytesPerSecond;
    settings.stateFile = configuration.data / "scrub.json";
    settings.observers = observers;
    settings.busy = std::move(busy);
    return settings;
}

nlohmann::json toJson(ScrubProgress const& progress)
{
    nlohmann::json json{{"reached", progress.reached},
                        {"last", progress.last},
                        {"objects", progress.objects},
                        {"bytes", progress.bytes},
                        {"damaged", progress.damaged.size()},
                        {"passBegan", nullptr},
                        {"lastFullPass", nullptr}};
    if (progress.passBegan)
        json["passBegan"] = toIso8601(*progress.passBegan);
    if (progress.lastFullPass)
        json["lastFullPass"] = toIso8601(*progress.lastFullPass);
    return json;
}

} // namespace qianli::gateway
