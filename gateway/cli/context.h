// Context: what a command works with: the configuration, and archive, index and workflow opened when they are first
// asked for, beside a running daemon or without it.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/archive/blob_store.h"
#include "gateway/audit/observers.h"
#include "gateway/cli/output.h"
#include "gateway/configuration/configuration.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/workflow.h"

#include <filesystem>
#include <memory>

namespace qianli::gateway::cli {

class CommandTrail;

class Context {
public:
    Context(std::filesystem::path configurationFile, OutputForm form);
    ~Context();

    std::filesystem::path const& configurationFile() const { return configurationFile_; }
    Result<Configuration const*> configuration();
    // NotFound, with what to do, when the gateway has never run with this configuration.
    Result<StudyIndex*> index();  // to look only
    Result<BlobStore*> archive(); // to look only
    // Made where there is none: the first administrator is added before the first start.
    Result<Workflow*> workflow();

    // The data folder; Refused, with what to do, when it belongs to another user. It need not exist.
    Result<std::filesystem::path> data();
    std::filesystem::path controlSocket();
    // National IDs are shown in full from now on, which is written down first: who, when, and by what command.
    Result<void> reveal(std::string_view command);
    // Before a command changes anything: Unavailable where nothing may be done that can't be put on record
    // (audit.stop_on_failure), and it can't.
    Result<void> mustBeOnRecord();
    // Puts it on record, as done by the operating system's user where it names nobody.
    void record(AuditEvent event);
    // For stations that a command opens; what they raise is nobody's alarm.
    Observers observers();

    Clock const& clock() const { return clock_; }
    Output& out() { return out_; }

private:
    std::filesystem::path configurationFile_;
    SystemClock clock_;
    Output out_;
    std::unique_ptr<Configuration> configuration_;
    std::unique_ptr<StudyIndex> index_;
    std::unique_ptr<BlobStore> archive_;
    std::unique_ptr<Workflow> workflow_;
    std::unique_ptr<CommandTrail> trail_; // opened by the first event
};

// Who runs this command, for what is kept of it.
std::string operatingSystemUser();

// Everything that the machine's operator may see.
inline Scope everything()
{
    Scope scope;
    scope.all = true;
    scope.unreleased = true;
    return scope;
}

} // namespace qianli::gateway::cli
