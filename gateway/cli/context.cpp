#include "gateway/cli/context.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "gateway/audit/direct_trail.h"
#include "gateway/workflow/reveals.h"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <pwd.h>
#include <system_error>
#include <unistd.h>

namespace qianli::gateway::cli {

namespace {

constexpr std::string_view notAsThatUser = "; run this as the user that the gateway runs as";

} // namespace

// A command's trail: who runs it stands in every entry.
class CommandTrail final : public AuditTrail {
public:
    CommandTrail(TrailPlace place, Clock const& clock)
        : trail_(std::move(place), clock, [](Error const& error) {
              Output::note(fmt::format("this is not on record in the audit trail: {}", error.message));
          })
    {
    }
    void record(AuditEvent event) override
    {
        if (event.person.empty())
            event.person = operatingSystemUser();
        trail_.record(std::move(event));
    }
    Result<void> tryToWrite() { return trail_.tryToWrite(); }

private:
    DirectTrail trail_;
};

Context::Context(std::filesystem::path configurationFile, OutputForm form)
    : configurationFile_(std::move(configurationFile)), out_(form)
{
}

Context::~Context() = default;

Result<Configuration const*> Context::configuration()
{
    if (!configuration_) {
        auto loaded = Configuration::load(configurationFile_);
        if (!loaded && ::access(configurationFile_.c_str(), R_OK) != 0 && errno == EACCES)
            loaded.error().message += notAsThatUser;
        if (!loaded)
            return tl::unexpected(std::move(loaded).error());
        configuration_ = std::make_unique<Configuration>(*std::move(loaded));
    }
    return configuration_.get();
}

Result<std::filesystem::path> Context::data()
{
    QIANLI_ASSIGN(auto const* configuration, this->configuration());
    if (::access(configuration->data.c_str(), R_OK | W_OK | X_OK) != 0 && (errno == EACCES || errno == EROFS))
        return fail(ErrorCode::Refused, fmt::format("{}: {}{}", configuration->data.string(),
                                                    std::generic_category().message(errno), notAsThatUser));
    return configuration->data;
}

Result<StudyIndex*> Context::index()
{
    if (!index_) {
        QIANLI_ASSIGN(auto const data, this->data());
        auto const file = data / "index.db";
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored))
            return fail(ErrorCode::NotFound,
                        std::filesystem::exists(data / "archive", ignored)
                            ? fmt::format("there is no {}: `archive reindex` makes it again", file.string())
                            : fmt::format("there is no {}: the gateway has not run with this configuration yet",
                                          file.string()));
        QIANLI_ASSIGN(index_, StudyIndex::openForReading(file));
    }
    return index_.get();
}

Result<BlobStore*> Context::archive()
{
    if (!archive_) {
        QIANLI_ASSIGN(auto const data, this->data());
        QIANLI_ASSIGN(archive_, BlobStore::openForReading(data / "archive"));
    }
    return archive_.get();
}

Result<Workflow*> Context::workflow()
{
    if (!workflow_) {
        QIANLI_ASSIGN(auto const* configuration, this->configuration());
        QIANLI_TRY(this->data());
        QIANLI_TRY(createDirectoryDurably(configuration->data));
        WorkflowSettings settings;
        settings.file = configuration->data / "workflow.db";
        settings.quietTime = configuration->dicom.quietTime;
        settings.claimExpires = configuration->reading.claimExpires;
        settings.sites = configuration->sites;
        settings.observers = observers();
        QIANLI_ASSIGN(workflow_, Workflow::open(std::move(settings), clock_));
    }
    return workflow_.get();
}

Result<void> Context::reveal(std::string_view command)
{
    QIANLI_ASSIGN(auto* workflow, this->workflow());
    QIANLI_TRY(noteReveal(*workflow, operatingSystemUser(), command));
    AuditEvent event;
    event.kind = AuditEventKind::IdsRevealed;
    // The rest of its words may name a patient.
    event.detail = "national IDs in full, on the command line: data/workflow.db has the command";
    record(std::move(event));
    out_.reveal();
    return {};
}

Observers Context::observers()
{
    if (!trail_) {
        auto const configuration = this->configuration();
        // A stranger who checks a report has no gateway, and gets no folders of one.
        std::error_code ignored;
        if (!configuration || !std::filesystem::exists((*configuration)->data, ignored))
            return {};
        TrailPlace place;
        place.folder = (*configuration)->data / "audit";
        place.keys = (*configuration)->data / "keys";
        trail_ = std::make_unique<CommandTrail>(std::move(place), clock_);
    }
    return {nullptr, trail_.get()};
}

Result<void> Context::mustBeOnRecord()
{
    auto const configuration = this->configuration();
    if (!configuration || !(*configuration)->audit.stopOnFailure || observers().audit == nullptr)
        return {};
    if (auto const can = trail_->tryToWrite(); !can)
        return fail(ErrorCode::Unavailable,
                    fmt::format("nothing may be changed while it can't be put on record (audit.stop_on_failure): {}",
                                can.error().message));
    return {};
}

void Context::record(AuditEvent event)
{
    observers().record(std::move(event));
}

namespace {

std::string nameOfUser(uid_t user)
{
    auto const* entry = ::getpwuid(user);
    return entry != nullptr ? entry->pw_name : fmt::format("uid {}", user);
}

// Who signed in to this machine, as the system itself remembers it; sudo's word where it doesn't.
std::string signedInUser()
{
    auto const known = readFile("/proc/self/loginuid", 32);
    std::uint32_t number = 0;
    auto const text = known ? text::trim(*known) : std::string_view();
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::uint32_t nobody = 0xFFFFFFFF;
    if (error == std::errc() && end == text.data() + text.size() && number != nobody)
        return nameOfUser(number);
    char const* const before = std::getenv("SUDO_USER");
    return before != nullptr ? before : "";
}

} // namespace

// Commands are run as the service's user: who that was is what matters.
std::string operatingSystemUser()
{
    auto const own = nameOfUser(::getuid());
    auto const person = signedInUser();
    return person.empty() || person == own ? own : fmt::format("{} as {}", person, own);
}

std::filesystem::path Context::controlSocket()
{
    return configuration_ ? configuration_->data / "control.sock" : std::filesystem::path();
}

} // namespace qianli::gateway::cli
