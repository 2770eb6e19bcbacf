// Slow, dying, lying and greedy peers against the real program: they hurt themselves only.
#include "common/dicom/sop_class.h"
#include "tests/hostile/attackers.h"
#include "tests/support/gateway_program.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <sstream>
#include <sys/resource.h>

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

// What the configuration says, with the first appearance of each text replaced.
void edit(GatewayProgram const& gateway, std::vector<std::pair<std::string, std::string>> const& changes)
{
    std::ostringstream read;
    read << std::ifstream(gateway.configuration()).rdbuf();
    auto text = read.str();
    for (auto const& [from, to] : changes) {
        auto const at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
    }
    std::ofstream(gateway.configuration()) << text;
}

std::size_t descriptorsOf(pid_t pid)
{
    auto const all = std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t socketsOf(pid_t pid)
{
    std::size_t sockets = 0;
    for (auto const& one : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid))) {
        std::error_code gone;
        sockets += std::filesystem::read_symlink(one.path(), gone).string().starts_with("socket:") ? 1 : 0;
    }
    return sockets;
}

std::size_t threadsOf(pid_t pid)
{
    auto const all = std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t residentMegabytesOf(pid_t pid)
{
    std::ifstream statm(fmt::format("/proc/{}/statm", pid));
    std::size_t all = 0, resident = 0;
    statm >> all >> resident;
    return resident * 4096 >> 20;
}

template <typename Condition>
bool comesTrue(Condition condition)
{
    for (int i = 0; i < 300 && !condition(); ++i)
        std::this_thread::sleep_for(100ms);
    return condition();
}

dicom::Destination destinationOf(GatewayProgram const& gateway, std::string const& callingAe)
{
    dicom::Destination destination;
    destination.host = "127.0.0.1";
    destination.port = static_cast<std::uint16_t>(std::stoi(gateway.dicomPort()));
    destination.calledAe = "QIANLI";
    destination.callingAe = callingAe;
    destination.connectTimeout = destination.silenceTimeout = 5s;
    return destination;
}

bool store(dicom::DicomClient& client, SampleObject const& object)
{
    auto const bytes = object.dataSet();
    dicom::OutgoingObject outgoing;
    outgoing.sopClass = dicom::Uid::ofKnown(object.sopClass);
    outgoing.sopInstance = dicom::Uid::ofKnown(object.instance);
    outgoing.transferSyntax = dicom::Uid::ofKnown(dicom::transfer::explicitLittle);
    outgoing.bytes = bytes;
    auto const answer = client.store(outgoing);
    return answer && answer->isSuccess();
}

// A township at work: each time a new association that verifies, sends an image and asks for its study.
class GoodCaller {
public:
    explicit GoodCaller(GatewayProgram const& gateway) : gateway_(gateway) {}

    void workFor(std::chrono::milliseconds time)
    {
        for (auto const end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;)
            once();
    }
    void once()
    {
        SampleObject object;
        object.study = fmt::format("2.25.5.{}", attempts / 50);
        object.instance = fmt::format("2.25.7.{}", attempts++);
        auto const began = std::chrono::steady_clock::now();
        auto client = dicom::DicomClient::connect(destinationOf(gateway_, "PUZI_CT"), GatewayFixture::contexts());
        bool const done = client && (*client)->echo() && store(**client, object) &&
                          (*client)
                                  ->find(dicom::Uid::ofKnown(dicom::sop::studyRootFind),
                                         {{0x00080052, "STUDY"}, {0x0020000D, object.study}}, 0)
                                  .value_or(std::vector<dicom::Identifier>())
                                  .size() == 1 &&
                          (*client)->release();
        took_.push_back(std::chrono::steady_clock::now() - began);
        succeeded += done ? 1 : 0;
    }
    // Of the four operations and the association together.
    double milliseconds(double share)
    {
        std::ranges::sort(took_);
        auto const at = std::min(took_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(took_.size())));
        return std::chrono::duration<double, std::milli>(took_.at(at)).count();
    }
    std::size_t attempts = 0, succeeded = 0;

private:
    GatewayProgram const& gateway_;
    std::vector<std::chrono::steady_clock::duration> took_;
};

void allowManyDescriptors()
{
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

} // namespace

SCENARIO("a township works on while every attacker there is tries at once", "[hostile][R15][R16]")
{
    allowManyDescriptors();
    GatewayProgram gateway;
    edit(gateway, {{"[http]", "[dicom.limits]\nfirst_byte = \"3 s\"\nidle = \"3 s\"\noperation = \"3 s\"\n"
                              "request = \"2 s\"\nslowest = \"20 KiB\"\n[http]"},
                   {"{ ae_title = \"SUNJIA_DR\", address = \"127.0.0.1\" }]",
                    "{ ae_title = \"SUNJIA_DR\", address = \"127.0.0.1\" }]\n"
                    "allow = [\"echo\", \"store\", \"find\", \"get\", \"move\"]\ndestinations = [\"PUZI_PACS\"]"}});
    REQUIRE(gateway.start());
    SilentListener const nowhere(static_cast<std::uint16_t>(std::stoi(gateway.peerPort())));
    SampleObject large;
    large.study = "2.25.8";
    large.pixelBytes = 30 << 20;
    {
        auto client = dicom::DicomClient::connect(destinationOf(gateway, "SUNJIA_DR"), GatewayFixture::contexts());
        REQUIRE(client);
        REQUIRE(store(**client, large));
    }
    GoodCaller caller(gateway);
    caller.workFor(1s);
    REQUIRE(caller.succeeded == caller.attempts);
    auto const alone = caller.milliseconds(0.95);
    auto const pid = gateway.program().pid();
    auto const descriptors = descriptorsOf(pid), sockets = socketsOf(pid), threads = threadsOf(pid),
               memory = residentMegabytesOf(pid);

    GoodCaller among(gateway);
    among.attempts = 100'000; // other UIDs
    std::size_t most = 0;
    {
        auto const http = gateway.httpAddress();
        Attackers const attackers(static_cast<std::uint16_t>(std::stoi(gateway.dicomPort())),
                                  static_cast<std::uint16_t>(std::stoi(http.substr(http.rfind(':') + 1))), "SUNJIA_DR",
                                  large, "PUZI_PACS");
        std::this_thread::sleep_for(500ms);
        for (int i = 0; i < 8; ++i) {
            among.workFor(1s);
            most = std::max(most, descriptorsOf(pid));
        }
    }
    among.attempts -= 100'000;
    std::cout << fmt::format(
        "figure: hostile: among {} descriptors of attackers a caller had {} of {} rounds done, p95 "
        "{:.0f} ms a round of four operations (alone {:.0f} ms)\n",
        most - descriptors, among.succeeded, among.attempts, among.milliseconds(0.95), alone);
    CHECK(most > descriptors + 300); // they were there
    CHECK(static_cast<double>(among.succeeded) >= 0.99 * static_cast<double>(among.attempts));

    CHECK(comesTrue([&] { return socketsOf(pid) <= sockets + 2; }));
    // Readers of the index are kept for the next question: two descriptors each, as many as asked at a time.
    CHECK(comesTrue([&] { return descriptorsOf(pid) <= descriptors + 40; }));
    CHECK(comesTrue([&] { return threadsOf(pid) <= threads + 4; }));
    auto const after = residentMegabytesOf(pid);
    std::cout << fmt::format("figure: hostile: resident {} MB before, {} MB after; descriptors {} and {}\n", memory,
                             after, descriptors, descriptorsOf(pid));
    CHECK(after < memory + 128);
    caller.once();
    CHECK(caller.succeeded == caller.attempts);
    // What they called themselves is in the log as it may stand there.
    auto const log = gateway.log();
    CHECK(log.find("EVIL\\x1b[2J\\nready") != std::string::npos);
    CHECK(log.find('\x1b') == std::string::npos);
    CHECK(log.find("alarm malformed") != std::string::npos);
    CHECK(gateway.stop() == 0);
}

SCENARIO("what peers call things never becomes a path, nor an order to a terminal", "[hostile][R06][R08]")
{
    GatewayProgram gateway;
    edit(gateway, {{"[dicom]", "[dicom]\nunknown_callers = \"quarantine\""}});
    REQUIRE(gateway.start());
    SampleObject object;
    object.patientName = "\xE2\x80\xAE"
                         "Zhang\x1b[2J\xC2\x9B"
                         "31m\xE2\x80\xA8"
                         "San";
    object.patientId = "../../../../P1\x1b]0;x\x07";
    object.modality = "../..";
    object.study = "../../../../../tmp/qianli-study";
    object.series = "/tmp/qianli-series";
    object.instance = "..";
    auto const sendAs = [&](std::string const& callingAe) {
        auto client = dicom::DicomClient::connect(destinationOf(gateway, callingAe), GatewayFixture::contexts());
        REQUIRE(client);
        CHECK(store(**client, object));
    };
    sendAs("PUZI_CT");
    object.instance = "../../x/../../../y";
    sendAs("PUZI_CT");
    sendAs("../../../x");

    // By digest, sequence or date, whatever a UID says.
    auto const data = gateway.folder() / "data";
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(data)) {
        auto const name = entry.path().filename().string();
        CAPTURE(entry.path());
        CHECK(name.find("qianli-") == std::string::npos);
        CHECK(name.find("..") == std::string::npos);
        ++files;
    }
    CHECK(files > 5);
    for (auto const& entry : std::filesystem::directory_iterator(gateway.folder())) {
        auto const name = entry.path().filename().string();
        CHECK((name == "data" || name == "gateway.toml" || name.starts_with("gateway-")));
    }
    CHECK_FALSE(std::filesystem::exists("/tmp/qianli-study"));
    CHECK_FALSE(std::filesystem::exists("/tmp/qianli-series"));

    auto const out = gateway.folder() / "out";
    std::vector<std::vector<std::string>> const commands{
        {"study", "list", "--reveal"},
        {"study", "show", object.study, "--reveal"},
        {"study", "verify", object.study},
        {"study", "export", object.study, out},
        {"patient", "list", "--reveal"},
        {"quarantine", "list"},
        {"reading", "list"},
        {"status"},
        {"site", "show", "puzi"},
    };
    for (auto const& words : commands) {
        auto const result = gateway.command(words);
        CAPTURE(words, result.output, result.errors);
        for (auto const* const raw : {"\x1b", "\xC2\x9B", "\xE2\x80\xAE", "\xE2\x80\xA8", "\x07"}) {
            CHECK(result.output.find(raw) == std::string::npos);
            CHECK(result.errors.find(raw) == std::string::npos);
        }
    }
    std::size_t exported = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(out)) {
        CAPTURE(entry.path());
        CHECK(std::filesystem::weakly_canonical(entry.path())
                  .string()
                  .starts_with(std::filesystem::weakly_canonical(out).string()));
        exported += entry.is_regular_file() ? 1 : 0;
    }
    CHECK(exported == 2);
    CHECK(gateway.stop() == 0);
    for (auto const* const raw : {"\x1b", "\xC2\x9B", "\xE2\x80\xAE", "\x07"})
        CHECK(gateway.log().find(raw) == std::string::npos);
}
