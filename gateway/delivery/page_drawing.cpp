#include "gateway/delivery/page_drawing.h"

#include "common/base/file.h"
#include "common/base/text.h"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>

namespace qianli::gateway {

namespace {

constexpr std::uint64_t mostOutput = 256u << 20; // some forty pages in colour; held twice in memory for a moment
constexpr std::uint64_t mostMessage = 4096;
constexpr std::chrono::seconds patience{90};

// posix_spawn's list of what to do with descriptors.
class FileActions {
public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(FileActions const&) = delete;
    FileActions& operator=(FileActions const&) = delete;
    void open(int descriptor, std::filesystem::path const& path, int flags)
    {
        posix_spawn_file_actions_addopen(&actions_, descriptor, path.c_str(), flags, 0600);
    }
    void closeOthers() { posix_spawn_file_actions_addclosefrom_np(&actions_, 3); }
    posix_spawn_file_actions_t const* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

Result<pid_t> startWorker(std::filesystem::path const& program, std::filesystem::path const& folder)
{
    FileActions actions;
    actions.open(0, folder / "report.pdf", O_RDONLY);
    actions.open(1, folder / "pages.pnm", O_WRONLY | O_CREAT | O_TRUNC);
    actions.open(2, folder / "message", O_WRONLY | O_CREAT | O_TRUNC);
    actions.closeOthers();
    std::string name = program.string();
    std::string locale = "LC_ALL=C.UTF-8";
    char* const arguments[] = {name.data(), nullptr};
    char* const environment[] = {locale.data(), nullptr}; // nothing of ours is told to the worker
    pid_t pid = -1;
    if (int const error = posix_spawn(&pid, program.c_str(), actions.get(), nullptr, arguments, environment);
        error != 0)
        return fail(ErrorCode::Unavailable,
                    fmt::format("the page worker {} can't be started: error {}", program.string(), error));
    return pid;
}

// The exit status as waitpid() gives it; the worker is killed when it takes too long or nobody waits for it any more.
int waitFor(pid_t pid, std::function<bool()> const& givesUp)
{
    auto const end = std::chrono::steady_clock::now() + patience;
    int status = 0;
    for (;;) {
        pid_t const done = waitpid(pid, &status, WNOHANG);
        if (done == pid)
            return status;
        if (done < 0 && errno != EINTR)
            return -1;
        if (std::chrono::steady_clock::now() > end || (givesUp && givesUp()))
            kill(pid, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

// Reads one raw PGM or PPM image after another, as the worker writes them and no other way.
class PnmReader {
public:
    explicit PnmReader(std::string_view bytes) : rest_(bytes) {}
    bool atEnd() const { return rest_.empty(); }

    Result<PageImage> next()
    {
        PageImage image;
        auto const kind = line();
        auto const size = text::split(line(), ' ');
        auto const depth = line();
        std::uint16_t const columns = size.size() == 2 ? number(size[0]) : std::uint16_t{0};
        std::uint16_t const rows = size.size() == 2 ? number(size[1]) : std::uint16_t{0};
        if ((kind != "P5" && kind != "P6") || columns == 0 || rows == 0 || depth != "255")
            return fail(ErrorCode::InvalidInput, "the page worker's output is no picture");
        image.colour = kind == "P6";
        image.columns = columns;
        image.rows = rows;
        std::size_t const length = std::size_t{columns} * rows * (image.colour ? 3 : 1);
        if (rest_.size() < length)
            return fail(ErrorCode::InvalidInput, "the page worker's output ends within a picture");
        image.pixels.assign(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(length));
        rest_.remove_prefix(length);
        return image;
    }

private:
    std::string_view line()
    {
        auto const end = rest_.substr(0, 32).find('\n');
        if (end == std::string_view::npos)
            return {};
        auto const found = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return found;
    }

    static std::uint16_t number(std::string_view digits)
    {
        std::uint32_t value = 0;
        for (char const c : digits) {
            if (c < '0' || c > '9' || value > 10'000)
                return 0;
            value = value * 10 + static_cast<std::uint32_t>(c - '0');
        }
        return value > 10'000 ? 0 : static_cast<std::uint16_t>(value);
    }

    std::string_view rest_;
};

std::string whyItFailed(int status, std::filesystem::path const& folder)
{
    if (WIFSIGNALED(status))
        return fmt::format("it was ended by signal {}", WTERMSIG(status));
    auto const message = readFile(folder / "message", mostMessage);
    return message ? text::escapeControl(text::trim(*message)) : "it gave no reason";
}

} // namespace

Result<std::vector<PageImage>> drawPages(PageWorker const& worker, std::string_view pdf)
{
    auto const& folder = worker.folder;
    QIANLI_TRY(writeFileDurably(folder / "report.pdf", pdf));
    QIANLI_ASSIGN(auto const pid, startWorker(worker.program, folder));
    int const status = waitFor(pid, worker.givesUp);
    if (worker.givesUp && worker.givesUp())
        return fail(ErrorCode::Cancelled, "drawing the pages of the PDF was broken off");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ErrorCode::Unavailable : ErrorCode::InvalidInput,
                    "drawing the pages of the PDF: " + whyItFailed(status, folder));
    QIANLI_ASSIGN(auto const bytes, readFile(folder / "pages.pnm", mostOutput));
    std::vector<PageImage> pages;
    for (PnmReader reader(bytes); !reader.atEnd();) {
        QIANLI_ASSIGN(auto page, reader.next());
        pages.push_back(std::move(page));
    }
    if (pages.empty())
        return fail(ErrorCode::InvalidInput, "the page worker drew nothing");
    return pages;
}

} // namespace qianli::gateway
