#include "tests/support/support.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace qianli::test {
namespace {

// Programs built with a sanitizer are that much slower, on a busy machine too.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int patience = 8;
#else
constexpr int patience = 1;
#endif

std::vector<std::string> mergedEnvironment(std::map<std::string, std::string> const& extra)
{
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string const text(*entry);
        if (!extra.contains(text.substr(0, text.find('='))))
            all.push_back(text);
    }
    for (auto const& [name, value] : extra)
        all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> result;
    for (std::string& s : strings)
        result.push_back(s.data());
    result.push_back(nullptr);
    return result;
}

// In the child: never returns.
[[noreturn]] void execute(std::vector<std::string> command, std::map<std::string, std::string> const& environment)
{
    auto variables = mergedEnvironment(environment);
    auto arguments = pointers(command);
    auto values = pointers(variables);
    ::execvpe(arguments[0], arguments.data(), values.data());
    std::string const message = "cannot run " + command[0] + ": " + std::strerror(errno) + "\n";
    [[maybe_unused]] auto const ignored = ::write(2, message.data(), message.size());
    ::_exit(127);
}

int exitCodeOf(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Of all test programs that run at the time this one has the port, until it ends: they tell one another by a name.
bool takes(std::uint16_t port)
{
    int const descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const name = "qianli-test-port-" + std::to_string(port);
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    auto const length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0)
        return true;
    ::close(descriptor);
    return false;
}

bool isFree(std::uint16_t port)
{
    int const descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    address.sin_port = htons(port);
    bool const ok = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return ok;
}

} // namespace

TemporaryFolder::TemporaryFolder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "qianli-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::uint16_t freePort()
{
    // Below those that the system gives to whoever calls out or asks for any: what is free now stays so until it is
    // used, also while a gateway is stopped and started again.
    constexpr int first = 16'000, count = 16'000;
    static int next = ::getpid() * 61 % count;
    for (int attempt = 0; attempt < count; ++attempt) {
        auto const port = static_cast<std::uint16_t>(first + next);
        next = (next + 1) % count;
        if (takes(port) && isFree(port))
            return port;
    }
    throw std::runtime_error("no free port");
}

ProgramResult run(std::vector<std::string> const& command, std::string const& input, std::chrono::seconds timeout,
                  std::map<std::string, std::string> const& environment)
{
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
        throw std::runtime_error("pipe failed");
    pid_t const child = ::fork();
    if (child == 0) {
        ::setpgid(0, 0);
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        execute(command, environment);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    std::thread writer([&] {
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        std::size_t done = 0;
        while (done < input.size()) {
            ssize_t const n = ::write(in[1], input.data() + done, input.size() - done);
            if (n <= 0)
                break;
            done += static_cast<std::size_t>(n);
        }
        ::close(in[1]);
    });
    ProgramResult result;
    auto const end = std::chrono::steady_clock::now() + patience * timeout;
    bool killed = false;
    int open = 2;
    pollfd streams[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
    while (open > 0) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        if (left <= 0 && !killed) {
            ::kill(-child, SIGKILL);
            killed = true;
        }
        if (::poll(streams, 2, killed ? 1000 : static_cast<int>(left)) == 0 && killed)
            break;
        for (int i = 0; i < 2; ++i) {
            if (streams[i].fd < 0 || streams[i].revents == 0)
                continue;
            char buffer[65536];
            ssize_t const n = ::read(streams[i].fd, buffer, sizeof buffer);
            if (n > 0) {
                (i == 0 ? result.output : result.errors).append(buffer, static_cast<std::size_t>(n));
            } else {
                streams[i].fd = -1;
                --open;
            }
        }
    }
    writer.join();
    ::close(out[0]);
    ::close(err[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    result.exitCode = exitCodeOf(status);
    if (killed)
        result.errors += "\n[killed after its time was over]";
    return result;
}

RunningProgram::RunningProgram(std::vector<std::string> const& command, std::filesystem::path log,
                               std::map<std::string, std::string> const& environment)
    : log_(std::move(log))
{
    pid_ = ::fork();
    if (pid_ == 0) {
        ::setpgid(0, 0);
        int const descriptor = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(descriptor, 1);
        ::dup2(descriptor, 2);
        execute(command, environment);
    }
}

RunningProgram::~RunningProgram()
{
    if (isRunning())
        stop(SIGKILL);
}

bool RunningProgram::isRunning()
{
    if (exitCode_)
        return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        exitCode_ = exitCodeOf(status);
        return false;
    }
    return true;
}

std::string RunningProgram::log() const
{
    std::ifstream file(log_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool RunningProgram::waitForLog(std::string const& text, std::chrono::seconds timeout)
{
    auto const end = std::chrono::steady_clock::now() + patience * timeout;
    while (std::chrono::steady_clock::now() < end) {
        bool const running = isRunning();
        if (log().find(text) != std::string::npos)
            return true;
        if (!running)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

int RunningProgram::stop(int signal, std::chrono::seconds timeout)
{
    if (!isRunning())
        return *exitCode_;
    ::kill(pid_, signal);
    auto const end = std::chrono::steady_clock::now() + patience * timeout;
    while (isRunning()) {
        if (std::chrono::steady_clock::now() > end)
            ::kill(-pid_, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return *exitCode_;
}

std::filesystem::path programFolder()
{
    return std::filesystem::path(QIANLI_BINARY_DIR) / "bin";
}

std::optional<std::filesystem::path> sharedData(std::string const& relative)
{
    std::filesystem::path const folder = std::filesystem::path(QIANLI_SOURCE_DIR) / ".." / "shared" / "data";
    std::filesystem::path const path = folder / relative;
    if (std::filesystem::exists(path))
        return path;
    static bool noticed = false;
    if (!noticed)
        std::cout << "notice: " << folder
                  << " is not present; the parts of this test that use real files are left out\n";
    noticed = true;
    return std::nullopt;
}

} // namespace qianli::test
