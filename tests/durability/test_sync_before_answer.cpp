#include "tests/support/support.h"
#include "tests/support/synthetic_object.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>

using namespace qianli::test;

namespace {

// One system call as strace saw it; where it was finished is what counts for a sync, where it began for an answer.
struct Call {
    std::string name, arguments;
    std::size_t began = 0;
    std::optional<std::size_t> ended; // without error
};

// What a finished call gave: "0", "-1"; "" where the line doesn't end one. By hand: a line is as long as what was
// written, and std::regex goes a frame deeper for each byte of it.
std::string_view resultIn(std::string_view line)
{
    auto const equals = line.rfind(" = ");
    auto const before = equals == std::string_view::npos ? equals : line.find_last_not_of(' ', equals);
    return before == std::string_view::npos || line[before] != ')' ? std::string_view() : line.substr(equals + 3);
}

std::vector<Call> readTrace(std::filesystem::path const& file)
{
    std::vector<Call> calls;
    std::map<std::string, std::size_t, std::less<>> open; // by thread
    std::ifstream lines(file);
    std::string whole;
    for (std::size_t number = 1; std::getline(lines, whole); ++number) {
        std::string_view line(whole);
        std::string const thread(line.substr(0, line.find(' ')));
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ', thread.size())));
        std::string_view const result = resultIn(line);
        bool const good = !result.empty() && result[0] != '-';
        if (line.starts_with("<... ")) {
            if (good)
                calls.at(open.at(thread)).ended = number;
            continue;
        }
        auto const bracket = line.find('(');
        bool const begins = line.ends_with(" <unfinished ...>");
        if (bracket == std::string_view::npos || (result.empty() && !begins))
            continue;
        open[thread] = calls.size();
        calls.push_back(
            {std::string(line.substr(0, bracket)), std::string(line.substr(bracket + 1)), number, std::nullopt});
        if (begins)
            continue;
        calls.back().arguments.resize(calls.back().arguments.rfind(')'));
        if (good)
            calls.back().ended = number;
    }
    return calls;
}

// The call is about a file right below that folder, with that ending.
bool isAbout(Call const& call, std::string_view folder, std::string_view ending)
{
    std::string_view file(call.arguments);
    file = file.substr(0, file.find('>'));
    auto const at = file.rfind(folder);
    return at != std::string_view::npos && file.find('<') < at &&
           file.substr(at + folder.size()).find('/') == std::string_view::npos && file.ends_with(ending);
}

bool isSocketWrite(Call const& call)
{
    bool const writes =
        call.name == "sendto" || call.name == "sendmsg" || call.name == "write" || call.name == "writev";
    return writes &&
           (call.arguments.find("<socket:") != std::string::npos || call.arguments.find("<TCP") != std::string::npos);
}

// The last sync of such a file; its line.
std::optional<std::size_t> syncOf(std::vector<Call> const& calls, std::string_view folder, std::string_view ending)
{
    std::optional<std::size_t> line;
    for (Call const& call : calls)
        if ((call.name == "fsync" || call.name == "fdatasync") && isAbout(call, folder, ending))
            line = call.ended;
    return line;
}

std::size_t lastWriteTo(std::vector<Call> const& calls, std::string_view folder, std::string_view ending)
{
    std::size_t line = 0;
    for (Call const& call : calls)
        if ((call.name == "write" || call.name == "writev" || call.name == "pwrite64") && isAbout(call, folder, ending))
            line = call.ended.value_or(0);
    return line;
}

} // namespace

SCENARIO("one C-STORE under strace: everything is synced before the first byte of the answer", "[strace]")
{
    TemporaryFolder const folder;
    int const port = freePort();
    std::ofstream(folder / "gateway.toml") << "data = \"data\"\n[dicom]\ndisk_reserve = \"1 MiB\"\nport = " << port
                                           << "\n[http]\nport = 0\n[[site]]\nid = \"puzi\"\nname = \"普子乡卫生院\"\n"
                                              "callers = [ { ae_title = \"PUZI_CT\", address = \"127.0.0.1\" } ]\n";
    SyntheticObject object("1.2.3", "1.2.3.1", "1.2.3.1.1");
    object.pixels(300'000, 5);
    auto const bytes = object.dataSet();
    std::ofstream(folder / "ct.dcm", std::ios::binary)
        .write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));

    RunningProgram gateway({"strace", "-f", "-y", "-s", "4096", "-o", (folder / "trace").string(), "-e",
                            "trace=fsync,fdatasync,syncfs,write,writev,pwrite64,sendto,sendmsg",
                            (programFolder() / "qianli-gateway").string(), "--config",
                            (folder / "gateway.toml").string(), "serve"},
                           folder / "log", {{"ASAN_OPTIONS", "detect_leaks=0"}}); // it can't be traced by two
    bool const ready = gateway.waitForLog("ready");
    INFO(gateway.log());
    REQUIRE(ready);
    auto const sent = run({"storescu", "-aet", "PUZI_CT", "-aec", "QIANLI", "127.0.0.1", std::to_string(port),
                           (folder / "ct.dcm").string()},
                          {}, std::chrono::seconds(30), {{"TCP_NODELAY", "1"}});
    INFO(sent.errors);
    REQUIRE(sent.exitCode == 0);
    // The checkpoint after a second without work is made too; then nothing is flushed any more until the end.
    std::string before;
    for (int i = 0; i < 10; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        auto const status = run({(programFolder() / "qianli-gateway").string(), "--config",
                                 (folder / "gateway.toml").string(), "status", "--json"});
        INFO(status.output << status.errors);
        REQUIRE(status.exitCode == 0);
        auto const at = status.output.find("\"flushes\"");
        REQUIRE(at != std::string::npos);
        auto const flushes = status.output.substr(at, status.output.find_first_of(",}\n", at) - at);
        if (flushes == std::exchange(before, flushes))
            break;
    }
    // strace itself goes when the gateway does.
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", gateway.pid()));
    pid_t traced = 0;
    REQUIRE(children >> traced);
    ::kill(traced, SIGTERM);
    CHECK(gateway.stop(SIGCONT) == 0);

    auto const calls = readTrace(folder / "trace");
    // The only P-DATA-TF PDU (type 04H, PS3.8 9.3.5) that the gateway sends is the C-STORE response.
    auto const answer = std::ranges::find_if(calls, [](Call const& call) {
        return isSocketWrite(call) && call.arguments.find("\"\\4\\0") != std::string::npos;
    });
    REQUIRE(answer != calls.end());
    auto const file = syncOf(calls, "archive/incoming/", ".dcm");
    auto const receipts = syncOf(calls, "archive/receipts/", ".log");
    REQUIRE(file);
    REQUIRE(receipts);
    auto const lastOfFile = lastWriteTo(calls, "archive/incoming/", ".dcm");
    CHECK(lastOfFile > 0);
    CHECK(lastOfFile < *file);
    CHECK(*file < answer->began);
    auto const lastOfReceipts = lastWriteTo(calls, "archive/receipts/", ".log");
    CHECK(lastOfReceipts > 0);
    CHECK(lastOfReceipts < *receipts);
    CHECK(*receipts < answer->began);
    // The folder: after the file was made, before the receipt that names it.
    std::optional<std::size_t> names;
    for (Call const& call : calls)
        if (call.name == "fsync" && call.arguments.ends_with("archive/incoming>") && call.began < answer->began)
            names = call.ended;
    REQUIRE(names);
    CHECK(*names > *file);
    CHECK(*names < *receipts);

    // What status said, and what strace had seen when it said so.
    static constexpr std::string_view told = "flushes\\\":";
    std::optional<std::size_t> said, seen;
    std::size_t flushes = 0;
    for (Call const& call : calls) {
        flushes += call.name == "fsync" || call.name == "fdatasync" || call.name == "syncfs" ? 1 : 0;
        auto const at = call.arguments.find(told);
        if (at != std::string::npos && (isSocketWrite(call) || call.arguments.find("<UNIX") != std::string::npos)) {
            said = std::stoul(call.arguments.substr(at + told.size()));
            seen = flushes;
        }
    }
    REQUIRE(said);
    CHECK(*said > 0);
    CHECK(*said == *seen);
}

SCENARIO("one C-STORE of an unknown caller under strace: object, record and folder are synced before the answer",
         "[strace][quarantine]")
{
    TemporaryFolder const folder;
    int const port = freePort();
    std::ofstream(folder / "gateway.toml")
        << "data = \"data\"\n[dicom]\nunknown_callers = \"quarantine\"\ndisk_reserve = \"1 MiB\"\nport = " << port
        << "\n[http]\nport = 0\n";
    auto const bytes = SyntheticObject("1.2.3", "1.2.3.1", "1.2.3.1.1").pixels(300'000, 5).dataSet();
    std::ofstream(folder / "ct.dcm", std::ios::binary)
        .write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    RunningProgram gateway({"strace", "-f", "-y", "-s", "4096", "-o", (folder / "trace").string(), "-e",
                            "trace=fsync,fdatasync,syncfs,write,writev,pwrite64,sendto,sendmsg",
                            (programFolder() / "qianli-gateway").string(), "--config",
                            (folder / "gateway.toml").string(), "serve"},
                           folder / "log", {{"ASAN_OPTIONS", "detect_leaks=0"}});
    bool const ready = gateway.waitForLog("ready");
    INFO(gateway.log());
    REQUIRE(ready);
    auto const sent = run({"storescu", "-aet", "STRANGER", "-aec", "QIANLI", "127.0.0.1", std::to_string(port),
                           (folder / "ct.dcm").string()},
                          {}, std::chrono::seconds(30), {{"TCP_NODELAY", "1"}});
    INFO(sent.errors);
    REQUIRE(sent.exitCode == 0);
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", gateway.pid()));
    pid_t traced = 0;
    REQUIRE(children >> traced);
    ::kill(traced, SIGTERM);
    CHECK(gateway.stop(SIGCONT) == 0);

    auto const calls = readTrace(folder / "trace");
    auto const answer = std::ranges::find_if(calls, [](Call const& call) {
        return isSocketWrite(call) && call.arguments.find("\"\\4\\0") != std::string::npos;
    });
    REQUIRE(answer != calls.end());
    auto const object = syncOf(calls, "data/quarantine/", ".part");
    REQUIRE(object);
    CHECK(lastWriteTo(calls, "data/quarantine/", ".part") < *object);
    // The record is written beside its place first; the folder's sync covers both names.
    std::optional<std::size_t> record, names;
    for (Call const& call : calls) {
        if (call.name != "fsync" && call.name != "fdatasync")
            continue;
        if (call.arguments.find("data/quarantine/") != std::string::npos &&
            call.arguments.find(".json.") != std::string::npos)
            record = call.ended;
        if (call.arguments.find("data/quarantine>") != std::string::npos && record && !names)
            names = call.ended;
    }
    REQUIRE(record);
    REQUIRE(names);
    CHECK(*object < *record);
    CHECK(*record < *names);
    CHECK(*names < answer->began);
}
