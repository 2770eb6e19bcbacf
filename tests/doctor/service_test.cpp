// The gateway under a service manager: what it is told, and what the service file takes away from it (R29).
#include "common/base/file.h"
#include "common/base/text.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/service_manager.h"
#include "tests/support/gateway_program.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iostream>
#include <new>
#include <regex>
#include <set>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

// Plays systemd.
class Manager {
public:
    explicit Manager(std::string name) : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name_.data(), name_.size());
        if (name_.front() == '@')
            address.sun_path[0] = '\0';
        REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                       static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size())) == 0);
    }
    std::string const& name() const { return name_; }
    // Whether a message with this line comes in time.
    bool hears(std::string const& line, std::chrono::milliseconds within = 10s)
    {
        auto const end = std::chrono::steady_clock::now() + within;
        for (;;) {
            auto const left =
                std::chrono::duration_cast<std::chrono::microseconds>(end - std::chrono::steady_clock::now());
            if (left.count() <= 0)
                return false;
            timeval const patience{left.count() / 1'000'000, left.count() % 1'000'000};
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            char buffer[4096];
            auto const size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
            if (size <= 0)
                return false;
            for (auto const& one : text::split(std::string_view(buffer, static_cast<std::size_t>(size)), '\n'))
                if (one == line || (line.ends_with("=") && one.starts_with(line)))
                    return true;
        }
    }

private:
    std::string name_;
    FileDescriptor socket_;
};

std::string serviceText(std::string const& name)
{
    return readFile(std::filesystem::path(QIANLI_SOURCE_DIR) / "config" / "systemd" / name, 1 << 16).value();
}

bool isThere(std::string const& program)
{
    return run({"sh", "-c", "command -v " + program}).exitCode == 0;
}

} // namespace

TEST_CASE("the service manager is told of start, reload, life and end", "[service]")
{
    TemporaryFolder folder;
    for (std::string const& name : {(folder / "notify").string(), "@qianli-test-" + std::to_string(::getpid())}) {
        INFO(name);
        Manager manager(name);
        GatewayProgram gateway;
        REQUIRE(gateway.start({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "300000"}}));
        CHECK(manager.hears("READY=1"));
        CHECK(manager.hears("WATCHDOG=1"));
        CHECK(manager.hears("WATCHDOG=1"));
        ::kill(gateway.program().pid(), SIGHUP);
        CHECK(manager.hears("RELOADING=1"));
        CHECK(manager.hears("READY=1"));
        // A mistake in the file is told where the operator looks.
        std::ofstream(gateway.configuration(), std::ios::app) << "colour = 3\n";
        ::kill(gateway.program().pid(), SIGHUP);
        CHECK(manager.hears("STATUS=serving; the configuration has a mistake and stays as it was"));
        ::kill(gateway.program().pid(), SIGTERM);
        CHECK(manager.hears("STOPPING=1"));
        CHECK(gateway.stop() == 0);
    }
}

TEST_CASE("the watchdog is fed only while the gateway is alive", "[service]")
{
    Manager manager("@qianli-watchdog-" + std::to_string(::getpid()));
    ServiceManager service(manager.name(), 60ms);
    std::atomic<bool> hangs = false;
    service.startWatchdog([&]() -> std::optional<std::string> {
        return hangs ? std::optional<std::string>("nothing moves") : std::nullopt;
    });
    CHECK(manager.hears("WATCHDOG=1"));
    hangs = true;
    CHECK(manager.hears("STATUS=nothing moves"));
    CHECK_FALSE(manager.hears("WATCHDOG=1", 300ms));
    hangs = false;
    CHECK(manager.hears("WATCHDOG=1"));
}

TEST_CASE("want of memory costs the watchdog a round, and a command its answer, not the gateway", "[service]")
{
    SECTION("the watchdog")
    {
        Manager manager("@qianli-round-" + std::to_string(::getpid()));
        ServiceManager service(manager.name(), 60ms);
        std::atomic<int> rounds = 0;
        service.startWatchdog([&]() -> std::optional<std::string> {
            if (++rounds < 3)
                throw std::bad_alloc();
            return std::nullopt;
        });
        CHECK(manager.hears("WATCHDOG=1"));
    }
    SECTION("a command")
    {
        TemporaryFolder folder;
        auto const path = folder / "control.sock";
        bool isShort = true;
        auto const socket =
            ControlSocket::start(path, [&](nlohmann::json const&, auto const&) -> Result<nlohmann::json> {
                if (std::exchange(isShort, false))
                    throw std::bad_alloc();
                return nlohmann::json{{"well", true}};
            });
        REQUIRE(socket);
        auto const lost = askDaemon(path, {{"command", "status"}}, {});
        REQUIRE_FALSE(lost);
        CHECK(lost.error().code == ErrorCode::Unavailable);
        CHECK(askDaemon(path, {{"command", "status"}}, {}));
    }
}

TEST_CASE("without a service manager nothing is sent", "[service]")
{
    ServiceManager service("", 60ms);
    service.startWatchdog([]() -> std::optional<std::string> {
        FAIL("nobody asks");
        return std::nullopt;
    });
    service.ready("serving");
    service.stopping();
}

namespace {

// systemd finds nothing wrong with the file, and nothing more to take away from the service than that: an exposure in
// tenths, of 100.
void mustStandBeforeSystemd(std::string const& name, int exposure)
{
    if (!isThere("systemd-analyze")) {
        std::cout << "notice: systemd-analyze is not here; the service file was read, not verified\n";
        return;
    }
    TemporaryFolder folder;
    auto const copy = folder / name;
    std::ofstream(copy) << std::regex_replace(serviceText(name), std::regex("/usr/local/bin/qianli-gateway"),
                                              (programFolder() / "qianli-gateway").string());
    auto const verified = run({"systemd-analyze", "verify", copy});
    INFO(verified.output << verified.errors);
    CHECK(verified.exitCode == 0);
    CHECK(verified.errors.find(name + ":") == std::string::npos);
    auto const security =
        run({"systemd-analyze", "security", "--offline=true", "--threshold=" + std::to_string(exposure), copy});
    INFO(security.output << security.errors);
    CHECK(security.exitCode == 0);
}

} // namespace

TEST_CASE("R29: the service runs as an unprivileged user, with read-only code and no rights to gain", "[service][R29]")
{
    auto const text = serviceText("qianli-gateway.service");
    for (std::string const line :
         {"Type=notify", "WatchdogSec=120", "User=qianli", "NoNewPrivileges=yes",
          "CapabilityBoundingSet=", "ProtectSystem=strict", "ReadWritePaths=/var/lib/qianli", "ProtectHome=yes",
          "PrivateTmp=yes", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service",
          "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "Restart=on-failure",
          "ExecReload=/bin/kill -HUP $MAINPID", "LimitNOFILE=16384", "ConfigurationDirectoryMode=0750"}) {
        INFO(line);
        CHECK(text.find("\n" + line + "\n") != std::string::npos);
    }
    mustStandBeforeSystemd("qianli-gateway.service", 20);
}

TEST_CASE("R29: the backup of every night gets the data, its own folder and no network", "[service][R29]")
{
    auto const text = serviceText("qianli-backup.service");
    for (std::string const line : {"User=qianli", "ReadWritePaths=/var/lib/qianli /backup/qianli", "PrivateNetwork=yes",
                                   "NoNewPrivileges=yes", "RestrictAddressFamilies=AF_UNIX"}) {
        INFO(line);
        CHECK(text.find("\n" + line + "\n") != std::string::npos);
    }
    mustStandBeforeSystemd("qianli-backup.service", 10);
}

TEST_CASE("R59: the gateway's memory comes from two arenas, however many threads work", "[service][R59]")
{
    GatewayProgram gateway;
    gateway.makeSamples("samples", {"--dx", "2"});
    REQUIRE(gateway.start());
    CHECK(gateway.sendAs("PUZI_CT", gateway.folder() / "samples").exitCode == 0);
    auto const status = gateway.command({"status", "--json"}).output;
    std::smatch pid;
    REQUIRE(std::regex_search(status, pid, std::regex(R"("pid": *([0-9]+))")));
    // An arena that is not the first one begins with a heap at a multiple of 64 MiB, where nothing else begins.
    std::ifstream maps("/proc/" + pid[1].str() + "/maps");
    std::regex const heap("[0-9a-f]*(0|4|8|c)000000-[0-9a-f]+ rw-p 00000000 00:00 0 *");
    int heaps = 0, lines = 0;
    for (std::string line; std::getline(maps, line); ++lines)
        heaps += std::regex_match(line, heap);
    CHECK(lines > 20);
    CHECK(heaps <= 1);
}

TEST_CASE("R29: no shell is ever called, and no program but the one that draws pages", "[service][R29]")
{
    std::regex const calls(
        R"((^|[^A-Za-z_:.>])(system|popen|execl|execlp|execle|execv|execvp|execvpe|execve|fork|vfork|posix_spawn|posix_spawnp)\s*\()");
    std::set<std::string> files;
    for (auto const* room : {"gateway", "common"})
        for (auto const& entry :
             std::filesystem::recursive_directory_iterator(std::filesystem::path(QIANLI_SOURCE_DIR) / room)) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h")
                continue;
            auto const source = readFile(entry.path(), 1 << 20).value();
            if (std::regex_search(source, calls))
                files.insert(entry.path().filename());
        }
    CHECK(files == std::set<std::string>{"page_drawing.cpp"});
    if (!isThere("strace")) {
        std::cout << "notice: strace is not here; what the gateway starts was looked up, not watched\n";
        return;
    }
    GatewayProgram gateway;
    gateway.makeSamples("samples", {"--dx", "1"});
    auto const trace = gateway.folder() / "trace";
    RunningProgram traced({"strace", "-f", "-qq", "-o", trace, "-e", "trace=execve,execveat",
                           programFolder() / "qianli-gateway", "serve", "--config", gateway.configuration()},
                          gateway.folder() / "traced.log");
    if (!traced.waitForLog("ready", 30s)) {
        std::cout << "notice: strace may not trace here\n" << traced.log();
        return;
    }
    CHECK(gateway.sendAs("PUZI_CT", gateway.folder() / "samples").exitCode == 0);
    CHECK(gateway.command({"doctor"}).exitCode <= 1);
    auto const pid = run({"pgrep", "-P", std::to_string(traced.pid())}).output;
    REQUIRE(!pid.empty());
    ::kill(std::stoi(pid), SIGTERM);
    traced.stop(SIGCONT);
    std::istringstream lines(readFile(trace, 1 << 20).value());
    int starts = 0;
    for (std::string line; std::getline(lines, line);)
        if (line.find("execve") != std::string::npos) {
            INFO(line);
            CHECK(line.find("/qianli-gateway") != std::string::npos);
            ++starts;
        }
    CHECK(starts == 1);
}
