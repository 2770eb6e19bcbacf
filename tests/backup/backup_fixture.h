// A data folder with an archive, a workflow database and what stands for keys, and a folder for its backups.
#pragma once

#include "gateway/upkeep/backup.h"
#include "gateway/workflow/users.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"
#include "tests/support/gateway_fixture.h"

#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace qianli::test {

template <typename T>
T need(Result<T> result)
{
    if (!result)
        FAIL(toString(result.error().code) << ": " << result.error().message);
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

inline std::string contentOf(std::filesystem::path const& file)
{
    return need(readFile(file, 1 << 30));
}

inline void write(std::filesystem::path const& file, std::string const& bytes)
{
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}

// Every regular file below, by its path.
inline std::set<std::string> filesBelow(std::filesystem::path const& folder)
{
    std::set<std::string> files;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files.insert(entry.path().lexically_relative(folder).generic_string());
    return files;
}

struct BackupFixture : GatewayFixture {
    BackupFixture()
    {
        configuration.data = folder.path();
        configuration.file = settings / "gateway.toml";
        write(configuration.file, "data = \"elsewhere\"\n");
        gateway::WorkflowSettings workflow;
        workflow.file = folder / "workflow.db";
        auto const opened = need(gateway::Workflow::open(workflow, clock));
        need(opened->users().add({"wangmin", "王敏", model::Role::Radiologist, {}, false}, "a-long-secret"));
        // What is in them is nobody's business here, and making real ones takes seconds.
        for (auto const* name : {"ca.key", "ca.crt", "ca.crl"})
            write(folder / "keys" / name, std::string(name) + " of this gateway " + folder.path().string());
        std::filesystem::permissions(folder / "keys" / "ca.key", std::filesystem::perms(0600));
        write(folder / "sites" / "sunjia.toml", "id = \"sunjia\"\n");
        write(folder / "quarantine" / "decisions.log", "{\"what\":\"dropped\"}\n{\"half a li");
    }

    // `count` images of one study.
    void fill(std::string const& study, int count)
    {
        for (int i = 1; i <= count; ++i) {
            SyntheticObject object(study, study + ".1", fmt::format("{}.1.{}", study, i));
            object.pixels(5000, static_cast<std::uint32_t>(i));
            mustSend(site("puzi"), object);
        }
    }

    Result<gateway::BackupReport> tryCreate(gateway::BackupProgress const& progress = ignored,
                                            gateway::BackupArchive archive = gateway::BackupArchive::Included)
    {
        clock.advance(std::chrono::seconds(1));
        return gateway::createBackup(configuration, backups, archive, clock, progress);
    }
    gateway::BackupReport create() { return need(tryCreate()); }
    gateway::BackupVerification verify(std::string const& name = {}) const
    {
        return need(gateway::verifyBackup(backups, name, ignored));
    }
    std::filesystem::path backup(std::string const& name) const { return backups / name; }
    // Of the objects of all backups, in no order.
    std::vector<std::filesystem::path> savedObjects() const
    {
        std::vector<std::filesystem::path> found;
        for (auto const& file : filesBelow(backups / "objects"))
            found.push_back(backups / "objects" / file);
        return found;
    }

    static void ignored(std::uint64_t, std::uint64_t, std::string_view) {}

    TemporaryFolder settings, elsewhere;
    std::filesystem::path const backups = elsewhere / "backups";
    gateway::Configuration configuration;
};

// What a program does that is killed on the way: `work` runs in a process of its own, which must end by kill -9.
template <typename Work>
void killedWhile(Work const& work)
{
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        work();
        std::_Exit(0); // it was not killed
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGKILL);
}

} // namespace qianli::test
