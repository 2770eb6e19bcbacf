#include "viewer/decoding/pdf_file.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qianli::viewer {
namespace {

constexpr std::size_t largestPdf = 64u << 20, largestPicture = 256u << 20, largestList = 1u << 20;
constexpr std::uint32_t longestSide = 65'535; // pixels of a page
constexpr double largestPage = 100'000;       // points

// Beside this program, as in the build folder; or where an installation keeps what nobody calls by hand.
std::filesystem::path findProgram()
{
    std::error_code error;
    auto const folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    auto const installed = folder.parent_path() / "libexec" / "qianli" / "qianli-pdf-pages";
    auto beside = folder / "qianli-pdf-pages";
    return !std::filesystem::exists(beside, error) && std::filesystem::exists(installed, error) ? installed : beside;
}

Result<FileDescriptor> inMemory(char const* name)
{
    FileDescriptor memory(::memfd_create(name, MFD_CLOEXEC));
    if (!memory)
        return failErrno("reading a PDF");
    return memory;
}

// The same memory with a place of its own to read from.
Result<FileDescriptor> again(FileDescriptor const& memory)
{
    FileDescriptor opened(::open(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened)
        return failErrno("reading a PDF");
    return opened;
}

Result<pid_t> start(std::filesystem::path const& program, std::vector<std::string> words, int input, int output,
                    int errors)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    words.insert(words.begin(), program.string());
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t id = -1;
    int const error = ::posix_spawn(&id, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0)
        return id;
    errno = error;
    return failErrno("starting " + program.string());
}

// Its wait status; none when it had to be ended.
std::optional<int> waitFor(pid_t id, std::chrono::milliseconds patience)
{
    FileDescriptor const process(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));
    auto const until = std::chrono::steady_clock::now() + patience;
    bool ended = false;
    while (process && !ended) {
        auto const left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
        pollfd waited{process.get(), POLLIN, 0};
        int const ready = ::poll(&waited, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
        if (ready == 0 || (ready < 0 && errno != EINTR))
            break;
        ended = ready > 0;
    }
    if (!ended)
        ::kill(id, SIGKILL);
    int status = 0;
    while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    return ended ? std::optional(status) : std::nullopt;
}

Result<std::vector<std::uint8_t>> readBack(FileDescriptor const& memory, std::size_t most)
{
    struct stat about {};
    if (::fstat(memory.get(), &about) != 0)
        return failErrno("reading a page");
    if (static_cast<std::uint64_t>(about.st_size) > most)
        return fail(ErrorCode::LimitExceeded, "the page is too large");
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(about.st_size));
    QIANLI_TRY(readAllAt(memory.get(), bytes, 0));
    return bytes;
}

// "P6\n1240 1754\n255\n" and the samples.
Result<PdfPicture> parsePicture(std::vector<std::uint8_t> bytes)
{
    std::string const head(bytes.begin(),
                           bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), 40)));
    PdfPicture picture;
    int used = 0;
    char kind = 0;
    if (std::sscanf(head.c_str(), "P%c\n%u %u\n255%n", &kind, &picture.columns, &picture.rows, &used) != 3 ||
        used == 0 || (kind != '5' && kind != '6'))
        return fail(ErrorCode::Internal, "the page's picture can't be read");
    picture.channels = kind == '6' ? 3 : 1;
    std::size_t const from = static_cast<std::size_t>(used) + 1;
    if (picture.columns > longestSide || picture.rows > longestSide || bytes.size() < from ||
        bytes.size() - from != std::uint64_t{picture.columns} * picture.rows * picture.channels)
        return fail(ErrorCode::Internal, "the page's picture can't be read");
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(from));
    picture.bytes = std::move(bytes);
    return picture;
}

} // namespace

Result<std::shared_ptr<PdfFile const>> PdfFile::open(std::span<std::uint8_t const> pdf, Options options)
{
    if (pdf.size() > largestPdf)
        return fail(ErrorCode::LimitExceeded, fmt::format("a PDF of {} MB is too large", pdf.size() >> 20));
    std::shared_ptr<PdfFile> file(new PdfFile);
    file->options_ = std::move(options);
    if (file->options_.program.empty())
        file->options_.program = findProgram();
    QIANLI_ASSIGN(file->pdf_, inMemory("qianli-pdf"));
    if (::ftruncate(file->pdf_.get(), static_cast<off_t>(pdf.size())) != 0 ||
        ::pwrite(file->pdf_.get(), pdf.data(), pdf.size(), 0) != static_cast<ssize_t>(pdf.size()))
        return failErrno("reading a PDF");
    QIANLI_ASSIGN(auto const answer, file->ask({"sizes"}, largestList));
    for (auto const& line : text::split(std::string(answer.begin(), answer.end()), '\n')) {
        Size size;
        if (std::sscanf(line.c_str(), "%lf %lf", &size.width, &size.height) == 2 && size.width > 0 && size.height > 0 &&
            size.width <= largestPage && size.height <= largestPage)
            file->pages_.push_back(size);
    }
    if (file->pages_.empty())
        return fail(ErrorCode::InvalidInput, "the PDF has no pages");
    return file;
}

Result<PdfPicture> PdfFile::draw(std::size_t page, double dotsPerInch) const
{
    if (page >= pages_.size())
        return fail(ErrorCode::NotFound, fmt::format("the PDF has no page {}", page + 1));
    QIANLI_ASSIGN(auto answer,
                  ask({"page", std::to_string(page + 1), fmt::format("{:.2f}", dotsPerInch)}, largestPicture));
    return parsePicture(std::move(answer));
}

Result<std::vector<std::uint8_t>> PdfFile::ask(std::vector<std::string> const& wish, std::size_t largestAnswer) const
{
    QIANLI_ASSIGN(auto const input, again(pdf_));
    QIANLI_ASSIGN(auto const output, inMemory("qianli-page"));
    QIANLI_ASSIGN(auto const errors, inMemory("qianli-words"));
    QIANLI_ASSIGN(auto const id, start(options_.program, wish, input.get(), output.get(), errors.get()));
    auto const status = waitFor(id, options_.patience);
    if (!status)
        return fail(ErrorCode::InvalidInput, "the program that draws PDFs was ended: it took too long");
    if (!WIFEXITED(*status))
        return fail(ErrorCode::InvalidInput, "the program that draws PDFs broke down over this document");
    if (WEXITSTATUS(*status) != 0) {
        // The library's own remarks come before the worker's one sentence.
        QIANLI_ASSIGN(auto const words, readBack(errors, 1 << 20));
        std::string const said(words.begin(), words.end());
        auto const lines = text::split(said.substr(0, said.find_last_not_of('\n') + 1), '\n');
        std::string reason = lines.empty() ? std::string() : lines.back();
        if (auto const colon = reason.find(": "); colon != std::string::npos)
            reason.erase(0, colon + 2);
        return fail(ErrorCode::InvalidInput, reason.empty() ? "the PDF can't be drawn" : text::escapeControl(reason));
    }
    return readBack(output, largestAnswer);
}

} // namespace qianli::viewer
