// kill -9 of the viewer while a signed report leaves it: nothing is lost, and what arrives has the UIDs that were
// signed.
#include "tests/story/road.h"

#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {
struct Kill {
    char const* where; // for the reader
    char const* file;  // of the report in the outbox
    char const* call;  // the system call on this file at whose start the viewer ends
    int number;
    std::size_t objects; // of the report, that the gateway holds then
    bool issued;
};

constexpr Kill kills[] = {
    {"the outbox has the report, the SR is not sent", "sr.dcm", "pread64", 2, 0, false},
    {"the SR is acknowledged, the PDF is not sent", "pdf.dcm", "pread64", 2, 1, false},
    {"both are acknowledged, the issue is not called", "pdf.dcm", "close", 2, 2, false},
    {"the report is issued, the outbox still holds it", "ticket.json", "unlink", 1, 2, true},
};

// strace needs it; not every ordinary user has it.
bool mayTrace()
{
    std::ifstream file("/proc/sys/kernel/yama/ptrace_scope");
    int scope = 0;
    if (::geteuid() == 0 || !(file >> scope) || scope <= 1) // the viewer is strace's own child
        return true;
    WARN("this user may not trace programs (kernel.yama.ptrace_scope): the kills of the viewer are left out");
    return false;
}

std::optional<std::filesystem::path> folderInOutbox(GatewayProgram const& gateway)
{
    for (int i = 0; i < 300; ++i) {
        for (auto const& entry : std::filesystem::recursive_directory_iterator(Workstation::homeOf(gateway)))
            if (entry.path().filename() == "ticket.json")
                return entry.path().parent_path();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return {};
}
} // namespace

SCENARIO("the viewer is killed on the way from its outbox to the gateway, and the report arrives as it was signed",
         "[story][kill]")
{
    if (!mayTrace())
        return;
    GatewayProgram gateway;
    addRadiologist(gateway);
    REQUIRE(gateway.start());
    auto const made = gateway.makeSamples("puzi", {"--dx", std::to_string(std::size(kills)), "--seed", "79"});
    REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "puzi").exitCode == 0);
    REQUIRE(waitForReady(gateway, std::size(kills)));
    Township township(gateway);
    auto const lines = text::split(text::trim(made), '\n');
    REQUIRE(lines.size() >= std::size(kills)); // a line a study first
    auto const instances = [&] {
        std::size_t all = 0;
        auto const studies = parsed(gateway.command({"study", "list", "--json"}));
        for (auto const& study : studies)
            all += study["instances"].get<std::size_t>();
        return all;
    };
    std::set<std::string> signedUids;
    std::size_t number = 0;
    for (Kill const& kill : kills) {
        INFO(kill.where);
        auto const name = text::split(lines[number++], '\t')[4];
        {
            // Signed while the gateway is away: it waits on the workstation's disk.
            Workstation writer(gateway, name, "writer-" + std::to_string(number) + ".log");
            REQUIRE(writer.says("the PIN is entered"));
            gateway.killHard();
            REQUIRE(folderInOutbox(gateway));
            writer.killHard();
        }
        auto const folder = *folderInOutbox(gateway);
        signedUids.insert(folder.filename().string());
        REQUIRE(gateway.start());
        auto const before = instances();
        {
            Workstation killed(
                gateway, name, "killed-" + std::to_string(number) + ".log", {"--send-outbox"},
                {"strace", "-f", "-q", "-o", gateway.folder() / "strace", "-P", folder / kill.file, "-e",
                 std::string("trace=") + kill.call, "-e",
                 std::string("inject=") + kill.call + ":signal=KILL:when=" + std::to_string(kill.number)});
            bool const ended = killed.ends();
            INFO(killed.log());
            REQUIRE_FALSE(ended);
            CHECK(killed.log().find("the outbox is empty") == std::string::npos);
        }
        CHECK(instances() == before + kill.objects);
        CHECK(parsed(gateway.command({"report", "list", "--json"})).size() == number - 1 + (kill.issued ? 1 : 0));
        CHECK(std::filesystem::exists(folder / "ticket.json"));
        Workstation again(gateway, name, "again-" + std::to_string(number) + ".log", {"--send-outbox"});
        bool const ended = again.ends();
        INFO(again.log());
        REQUIRE(ended);
        CHECK_FALSE(std::filesystem::exists(folder));
        CHECK(instances() == before + 2);
    }
    std::set<std::string> issuedUids;
    auto const reports = parsed(gateway.command({"report", "list", "--json"}));
    for (auto const& report : reports)
        issuedUids.insert(report["srUid"].get<std::string>());
    CHECK(issuedUids == signedUids);
    // Each is in the township, as it was signed.
    bool arrived = false;
    for (int i = 0; i < 600 && !arrived; ++i) {
        auto const queue = parsed(gateway.command({"queue", "list", "--json"}));
        arrived = std::all_of(queue.begin(), queue.end(), [](auto const& one) { return one["state"] == "delivered"; });
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    CHECK(arrived);
    std::vector<std::string> words{"report", "verify", "--json"};
    for (auto const& file : township.received())
        words.push_back(file);
    auto const verified = gateway.command(words);
    INFO(verified.errors);
    REQUIRE(verified.exitCode == 0);
    std::set<std::string> receivedUids;
    for (auto const& one : parsed(verified))
        if (one["belongsToSr"] == "")
            receivedUids.insert(one["sopInstanceUid"].get<std::string>());
    CHECK(receivedUids == signedUids);
}
