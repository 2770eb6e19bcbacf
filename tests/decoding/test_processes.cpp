// Decoders that are killed, stopped, starved and missing: each costs the picture at hand and nothing else. Real
// processes, treated as a broken codec or a full machine would treat them.
#include "tests/decoding/encoders.h"
#include "tests/decoding/process_steps.h"
#include "viewer/decoding/walls.h"

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <sstream>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

TEST_CASE("A process decodes what this one does, and says the same of what it can't", "[processes]")
{
    DecoderPool pool;
    auto const local = makeLocalDecoder();
    Sample const sample;
    sample.checkGood(pool);
    auto const missing = pool.decode(sample.good, 1);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::NotFound);
    CHECK(missing.error().message == local->decode(sample.good, 1).error().message);
    for (char const* const name : {"compressed/SC_rgb_jpeg_dcmtk.dcm", "ct/single/J2K_pixelrep_mismatch.dcm",
                                   "xray/RG3_JLSL", "xray/RG3_JPLL", "compressed/HTJ2K_08_RGB.dcm"})
        if (auto const path = test::sharedData(name)) {
            INFO(name);
            auto const here = local->decode(*path, 0);
            auto const there = pool.decode(*path, 0);
            REQUIRE(here);
            REQUIRE(there);
            CHECK(here->values == there->values);
            CHECK(here->format.photometric == there->format.photometric);
            CHECK(here->format.bitsStored == there->format.bitsStored);
        }
}

TEST_CASE("A decoder stands behind walls before it sees a file", "[processes]")
{
    DecoderPool const pool(oneProcess());
    pid_t const process = onlyProcess(pool);
    CHECK(statusLine(process, "Seccomp") == "2"); // a filter
    CHECK(statusLine(process, "NoNewPrivs") == "1");
    // Where memory is out, the system ends it before the viewer.
    CHECK(firstNumber("/proc/" + std::to_string(process) + "/oom_score_adj") >
          firstNumber("/proc/self/oom_score_adj") + 100);
    // Nothing is open but the three standard ones, the socket and the shared memory.
    int open = 0;
    for (auto const& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
        auto const target = std::filesystem::read_symlink(entry.path()).string();
        INFO(entry.path() << " " << target);
        int const number = std::stoi(entry.path().filename().string());
        CHECK(number <= 4);
        CHECK((number > 1 || target == "/dev/null"));
#ifndef __SANITIZE_ADDRESS__ // whose words have to be read
        CHECK((number != 2 || target == "/dev/null"));
#endif
        CHECK((number != 3 || target.starts_with("socket:")));
        CHECK((number != 4 || target.starts_with("/memfd:")));
        ++open;
    }
    CHECK(open == 5);
    // Pixels and names in a core file would be a copy that nobody knows of.
    std::ifstream limits("/proc/" + std::to_string(process) + "/limits");
    std::string core;
    for (std::string line; std::getline(limits, line);)
        if (line.starts_with("Max core file size"))
            core = line.substr(18);
    std::istringstream words(core);
    std::string soft, hard;
    words >> soft >> hard;
    CHECK(soft == "0");
    CHECK(hard == "0");
}

TEST_CASE("Behind the walls nothing is opened, connected, started or made executable", "[processes]")
{
    auto const succeedsBehindWalls = [](std::function<bool()> const& attempt) {
        pid_t const child = ::fork();
        if (child == 0)
            ::_exit(!closeWalls() ? 2 : attempt() ? 1 : 0);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) != 2);
        return WEXITSTATUS(status) == 1;
    };
    auto const map = [](int protection) {
        return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    };
    CHECK(succeedsBehindWalls([&] { return map(PROT_READ | PROT_WRITE); }));
    CHECK_FALSE(succeedsBehindWalls([&] { return map(PROT_READ | PROT_EXEC); }));
    pid_t const self = ::getpid(); // behind the walls nobody is told who the parent is
    auto const protect = [](int protection) {
        void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return page != MAP_FAILED && ::mprotect(page, 4096, protection) == 0;
    };
    CHECK(succeedsBehindWalls([&] { return protect(PROT_READ); }));
    CHECK_FALSE(succeedsBehindWalls([&] { return protect(PROT_READ | PROT_EXEC); }));
    auto const asksLimits = [](pid_t process) {
        rlimit found{};
        return ::prlimit(process, RLIMIT_NOFILE, nullptr, &found) == 0;
    };
    CHECK(succeedsBehindWalls([&] { return asksLimits(0); }));
    CHECK_FALSE(succeedsBehindWalls([&] { return asksLimits(self); }));
    CHECK_FALSE(succeedsBehindWalls([] { return ::open("/etc/passwd", O_RDONLY) >= 0; }));
    CHECK_FALSE(succeedsBehindWalls([] { return ::open("/tmp/qianli-never", O_WRONLY | O_CREAT, 0600) >= 0; }));
    CHECK_FALSE(succeedsBehindWalls([] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }));
    CHECK_FALSE(succeedsBehindWalls([] { return ::fork() >= 0; }));
    CHECK_FALSE(succeedsBehindWalls([&] { return ::kill(self, 0) == 0; }));
    CHECK_FALSE(succeedsBehindWalls([] {
        char name[] = "/bin/sh", option[] = "-c", words[] = "exit 1";
        char* const arguments[] = {name, option, words, nullptr};
        ::execv(name, arguments);
        return false;
    }));
}

SCENARIO("A file that crashes the decoder costs one picture", "[processes]")
{
    GIVEN("a decoder that dies whenever it works on a certain file")
    {
        Sample const sample;
        auto const slow = sample.folder / "slow.dcm";
        writeSlow(slow);
        DecoderPool pool(oneProcess());
        std::atomic<bool> working = true;
        auto killer = std::async(std::launch::async, [&] {
            while (working) {
                for (pid_t const process : pool.processes())
                    ::kill(process, SIGSEGV);
                std::this_thread::sleep_for(2ms);
            }
        });
        auto const decoded = pool.decode(slow, 0);
        working = false;
        killer.get();

        THEN("there is a sentence in its place")
        {
            REQUIRE_FALSE(decoded);
            CHECK(decoded.error().message == "slow.dcm frame 1: the decoder broke down over this picture");
        }
        THEN("the next picture is decoded")
        {
            sample.checkGood(pool);
        }
        THEN("the file is not tried again, until it is another one")
        {
            pid_t const before = onlyProcess(pool);
            ::kill(before, SIGSTOP); // whoever were asked now would not answer
            CHECK(pool.decode(slow, 0).error().message == decoded.error().message);
            ::kill(before, SIGCONT);
            REQUIRE(writeFileDurably(slow, smallRle(6)));
            CHECK(pool.decode(slow, 0).value().values.front() == 6);
        }
    }
}

TEST_CASE("A codestream over which the library ends its program costs one picture", "[processes]")
{
    // The MEL segment of a high-throughput code block that begins with FFH FFH: OpenJPEG 2.5.0 stops at an assertion.
    // A later one may refuse it by itself.
    test::Numbers numbers{64, 64, 12, false, {}};
    for (int i = 0; i < 64 * 64; ++i)
        numbers.values.push_back(i * 7 % 4096);
    std::string codestream = test::encodeHtj2k(numbers, 64, 64, 0);
    std::size_t const end = codestream.size() - 2; // of the code block; the end of the codestream follows
    int const length = 8;
    codestream.replace(end - length - 4, length + 4, std::string(length + 4, '\xFF'));
    codestream[end - 1] = length >> 4;
    codestream[end - 2] = static_cast<char>(0xF0 | (length & 0xF));
    test::SampleFile file;
    file.transferSyntax = "1.2.840.10008.1.2.4.201";
    file.rows = file.columns = 64;
    file.bitsAllocated = 16;
    file.bitsStored = 12;
    file.fragments = {"", codestream};
    Sample const sample;
    auto const hostile = sample.folder / "hostile.dcm";
    REQUIRE(writeFileDurably(hostile, file.bytes()));
    DecoderPool pool(oneProcess());
    auto const decoded = pool.decode(hostile, 0);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().message.starts_with("hostile.dcm frame 1: the "));
    sample.checkGood(pool);
}

SCENARIO("A machine that ends a decoder for reasons of its own costs nothing", "[processes]")
{
    Sample const sample;
    DecoderPool pool(oneProcess());
    GIVEN("a process that was ended while it had nothing to do")
    {
        ::kill(onlyProcess(pool), SIGKILL);
        THEN("another one decodes")
        {
            sample.checkGood(pool);
        }
    }
    GIVEN("a process that is ended with a picture in its hands")
    {
        pid_t const process = onlyProcess(pool);
        ::kill(process, SIGSTOP);
        auto decoding = std::async(std::launch::async, [&] { return pool.decode(sample.good, 0); });
        std::this_thread::sleep_for(50ms);
        ::kill(process, SIGKILL);
        THEN("it is decoded by the next")
        {
            CHECK(decoding.get().value().values.front() == 5);
        }
    }
}

SCENARIO("A file over which the decoder hangs costs one picture", "[processes]")
{
    Sample const sample;
    auto options = oneProcess();
    options.patience = 300ms;
    DecoderPool pool(options);
    pid_t const process = onlyProcess(pool);
    ::kill(process, SIGSTOP);
    auto const decoded = pool.decode(sample.good, 0);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().message.find("had not finished after 1 seconds") != std::string::npos);
    CHECK(::kill(process, 0) != 0); // it has ended, and was waited for
    auto const other = sample.folder / "other.dcm";
    REQUIRE(writeFileDurably(other, smallRle(7)));
    CHECK(pool.decode(other, 0).value().values.front() == 7);
    CHECK(pool.decode(sample.good, 0).error().message == decoded.error().message);
}

TEST_CASE("A file that has cost two pictures gets no third", "[processes]")
{
    Sample const sample;
    auto const clip = sample.folder / "clip.dcm";
    REQUIRE(writeFileDurably(clip, flatClip(3, 1, 10).bytes()));
    auto options = oneProcess();
    options.patience = 300ms;
    DecoderPool pool(options);
    auto const hangsOver = [&](std::uint32_t frame) {
        ::kill(onlyProcess(pool), SIGSTOP);
        return pool.decode(clip, frame);
    };
    REQUIRE_FALSE(hangsOver(0));
    auto const second = pool.decode(clip, 1); // one may be chance
    INFO((second ? "" : second.error().message));
    REQUIRE(second);
    REQUIRE_FALSE(hangsOver(1));
    auto const third = pool.decode(clip, 2); // by a decoder that would do it
    REQUIRE_FALSE(third);
    CHECK(third.error().message.find("had not finished") != std::string::npos);
    sample.checkGood(pool);
}

TEST_CASE("A decoder that has little time on a busy machine, and uses it, is waited for", "[processes]")
{
#ifndef __SANITIZE_ADDRESS__ // with which it needs more processor time than such patience grants
    Sample const sample;
    auto const slow = sample.folder / "slow.dcm";
    writeSlow(slow, 12'000);
    auto options = oneProcess();
    options.patience = 200ms; // it needs more
    DecoderPool pool(options);
    auto const decoded = pool.decode(slow, 0);
    INFO((decoded ? "" : decoded.error().message));
    CHECK(decoded);
#endif
}

TEST_CASE("A picture larger than a decoder's memory is refused in words", "[processes]")
{
#ifndef __SANITIZE_ADDRESS__ // whose decoders have no limit of addresses
    Sample const sample;
    auto options = oneProcess();
    options.memory = 256u << 20;
    DecoderPool pool(options);
    test::SampleFile file;
    file.transferSyntax = rleSyntax;
    file.rows = file.columns = 20'000;
    file.fragments = {"", std::string(64, '\0')};
    auto const large = sample.folder / "large.dcm";
    REQUIRE(writeFileDurably(large, file.bytes()));
    auto const decoded = pool.decode(large, 0);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ErrorCode::LimitExceeded);
    CHECK(decoded.error().message.find("needs more memory") != std::string::npos);
    sample.checkGood(pool);
#endif
}

TEST_CASE("No decoder is left behind", "[processes]")
{
    pid_t process = -1;
    {
        DecoderPool const pool(oneProcess());
        process = onlyProcess(pool);
        CHECK(::kill(process, 0) == 0);
    }
    CHECK(::kill(process, 0) != 0);
}

TEST_CASE("No decoder outlives a viewer that was killed", "[processes]")
{
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    pid_t const viewer = ::fork();
    REQUIRE(viewer >= 0);
    if (viewer == 0) {
        DecoderPool const pool(oneProcess());
        pid_t const process = onlyProcess(pool);
        ::kill(process, SIGSTOP); // it will not see that the socket is closed
        if (::write(ends[1], &process, sizeof process) != sizeof process)
            ::_exit(1);
        for (;;)
            ::pause();
    }
    pid_t process = -1;
    REQUIRE(::read(ends[0], &process, sizeof process) == sizeof process);
    REQUIRE(statusLine(process, "Name") == "qianli-decoder");
    ::kill(viewer, SIGKILL);
    ::waitpid(viewer, nullptr, 0);
    auto const gone = [process] {
        auto const state = statusLine(process, "State");
        return state.empty() || state.starts_with("Z");
    };
    for (int wait = 0; wait < 10'000 && !gone(); ++wait)
        std::this_thread::sleep_for(1ms);
    CHECK(gone());
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("A decoder that is not installed is named", "[processes]")
{
    Sample const sample;
    auto options = oneProcess();
    options.program = sample.folder / "no-such-program";
    DecoderPool pool(options);
    auto const decoded = pool.decode(sample.good, 0);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().message.find("no-such-program") != std::string::npos);
}
