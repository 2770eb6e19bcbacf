// A3: twenty modalities send at once, and the gateway is killed.
#include "tests/story/modality.h"

#include <random>

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr int senders = 20, objectsEach = 100;

// SOP Instance UIDs of what storescu was told Success for: its log names each file before the answer.
std::set<std::string> acknowledged(std::string const& log)
{
    std::set<std::string> uids;
    std::string current;
    for (auto const& line : text::split(log, '\n')) {
        if (auto const at = line.find("Sending file: "); at != std::string::npos)
            current = std::filesystem::path(line.substr(at + 14)).filename();
        else if (line.find("Received Store Response (Success)") != std::string::npos)
            uids.insert(current);
    }
    return uids;
}

} // namespace

SCENARIO("A3: the gateway is killed while twenty modalities send; whatever got Success is there, and nothing half",
         "[story][A3]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    for (int sender = 0; sender < senders; ++sender) {
        auto const study = fmt::format("2.25.7003.{}", sender + 1);
        for (int i = 1; i <= objectsEach; ++i) {
            auto const uid = fmt::format("{}.1.{}", study, i);
            auto object = picture(study, study + ".1", uid);
            object.set(0x00200013, "IS", std::to_string(i)).set(0x00100020, "LO", "K" + std::to_string(sender));
            writeFile(gateway.folder() / std::to_string(sender) / uid, object);
        }
    }
    std::vector<std::unique_ptr<RunningProgram>> running;
    for (int sender = 0; sender < senders; ++sender)
        running.push_back(std::make_unique<RunningProgram>(
            std::vector<std::string>{"storescu", "-v", "-aet", "PUZI_CT", "-aec", "QIANLI", "127.0.0.1",
                                     gateway.dicomPort(), "+sd", gateway.folder() / std::to_string(sender)},
            gateway.folder() / fmt::format("storescu-{}.log", sender),
            std::map<std::string, std::string>{{"TCP_NODELAY", "1"}}));
    // Somewhere in the middle: when a random one of them has come so far.
    auto const seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto const until = std::uniform_int_distribution<std::size_t>(5, objectsEach - 20)(random);
    for (int i = 0; i < 3000 && acknowledged(running[3]->log()).size() < until && running[3]->isRunning(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    gateway.killHard();
    std::set<std::string> promised;
    for (auto& one : running) {
        for (int i = 0; i < 1000 && one->isRunning(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        promised.merge(acknowledged(one->log()));
    }
    CHECK(promised.size() >= until);
    CHECK(promised.size() < std::size_t(senders) * objectsEach);

    auto const start = std::chrono::steady_clock::now();
    REQUIRE(gateway.start());
    std::cout << fmt::format("figure: A3: {} objects had Success at the kill; ready again after {:.2f} s\n",
                             promised.size(),
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    std::set<std::string> present;
    for (auto const& study : parsed(gateway.command({"study", "list", "--json"}))) {
        auto const shown = parsed(gateway.command({"study", "show", study["studyInstanceUid"], "--json"}));
        for (auto const& object : shown["objects"])
            present.insert(object["sopInstanceUid"].get<std::string>());
    }
    for (auto const& uid : promised) {
        CAPTURE(uid);
        CHECK(present.contains(uid));
    }
    auto const verified = gateway.command({"archive", "verify", "--json"});
    CHECK(verified.exitCode == 0);
    auto const document = parsed(verified);
    CHECK(document["verified"] == present.size());
    CHECK(document["damaged"].empty());
    CHECK(document["missing"].empty());
}
