// The people and places of the road, as the story tests need them: the township's receiver, the radiologist at the
// viewer, and what must have arrived.
#pragma once

#include "common/base/text.h"
#include "tests/support/gateway_program.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

namespace qianli::test {

inline constexpr char findings[] = "双肺纹理清晰，未见实变影。\n心影大小形态未见异常。";
inline constexpr char impression[] = "胸部未见明显异常。";

inline nlohmann::json parsed(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    auto json = nlohmann::json::parse(result.output, nullptr, false);
    REQUIRE(!json.is_discarded());
    return json;
}

// The township's receiver: DCMTK's storescp, which we did not write.
class Township {
public:
    explicit Township(GatewayProgram const& gateway) : folder_(gateway.folder() / "township")
    {
        std::filesystem::create_directory(folder_);
        program_ =
            std::make_unique<RunningProgram>(std::vector<std::string>{"storescp", "-aet", "PUZI_PACS", "-od", folder_,
                                                                      "--unique-filenames", gateway.peerPort()},
                                             gateway.folder() / "storescp.log");
    }
    std::vector<std::filesystem::path> received() const
    {
        std::vector<std::filesystem::path> files;
        for (auto const& entry : std::filesystem::directory_iterator(folder_))
            files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        return files;
    }

private:
    std::filesystem::path folder_;
    std::unique_ptr<RunningProgram> program_;
};

// The radiologist at the viewer. `more`: words for qianli-road-driver.
class Workstation {
public:
    // `under`: a program that runs it, with its words.
    Workstation(GatewayProgram const& gateway, std::string const& patient, std::string const& log,
                std::vector<std::string> const& more = {}, std::vector<std::string> const& under = {})
    {
        auto const secrets = gateway.folder() / "secrets";
        std::ofstream(secrets) << "a-long-secret\n271828\n";
        // One process, so that a signal strikes the viewer and not a shell.
        std::vector<std::string> command{"sh", "-c", R"(exec "$@" <"$0")", secrets};
        command.insert(command.end(), under.begin(), under.end());
        std::vector<std::string> const words{programFolder() / "qianli-road-driver",
                                             "--gateway",
                                             gateway.httpAddress(),
                                             "--user",
                                             "wangmin",
                                             "--patient",
                                             patient,
                                             "--pictures",
                                             gateway.folder() / "pictures",
                                             "--findings",
                                             findings,
                                             "--impression",
                                             impression,
                                             "--recommendation",
                                             "随访。"};
        command.insert(command.end(), words.begin(), words.end());
        command.insert(command.end(), more.begin(), more.end());
        auto const home = homeOf(gateway).string();
        std::filesystem::create_directories(home);
        program_ = std::make_unique<RunningProgram>(command, gateway.folder() / log,
                                                    std::map<std::string, std::string>{{"QT_QPA_PLATFORM", "offscreen"},
                                                                                       {"XDG_DATA_HOME", home},
                                                                                       {"XDG_CONFIG_HOME", home},
                                                                                       {"XDG_CACHE_HOME", home},
                                                                                       {"XDG_RUNTIME_DIR", home}});
    }
    static std::filesystem::path homeOf(GatewayProgram const& gateway) { return gateway.folder() / "workstation"; }
    void killHard() { program_->stop(SIGKILL); }
    bool says(std::string const& text) { return program_->waitForLog(text, std::chrono::seconds(120)); }
    // Whether it walked to its end.
    bool ends()
    {
        for (int i = 0; i < 3000 && program_->isRunning(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return !program_->isRunning() && program_->stop(SIGKILL) == 0;
    }
    std::string log() const { return program_->log(); }

private:
    std::unique_ptr<RunningProgram> program_;
};

inline void addRadiologist(GatewayProgram const& gateway)
{
    REQUIRE(
        gateway
            .command({"user", "add", "wangmin", "--role", "radiologist", "--display-name", "王敏"}, "a-long-secret\n")
            .exitCode == 0);
}

inline bool waitForReady(GatewayProgram const& gateway, std::size_t count)
{
    for (int i = 0; i < 300; ++i) {
        if (parsed(gateway.command({"reading", "list", "--state", "ready", "--json"})).size() == count)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

// After a kill nobody knows whether the sender was done: the study may stand as incomplete, and can be read all the same.
inline bool waitForReadable(GatewayProgram const& gateway, std::size_t count)
{
    for (int i = 0; i < 300; ++i) {
        if (parsed(gateway.command({"reading", "list", "--state", "ready", "--state", "incomplete", "--json"})).size() ==
            count)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

// What the township got is a pair of signed objects about this patient, and nothing else.
inline void checkArrived(GatewayProgram const& gateway, Township const& township, std::string const& patientName)
{
    auto const files = township.received();
    // A delivery whose answer was lost is sent again with the same UIDs: more files, the same two objects.
    REQUIRE(files.size() >= 2);
    std::vector<std::string> words{"report", "verify", "--json"};
    words.insert(words.end(), files.begin(), files.end());
    auto const verified = gateway.command(words);
    INFO(verified.errors);
    REQUIRE(verified.exitCode == 0);
    std::set<std::string> objects;
    std::string sr;
    std::filesystem::path pdf;
    auto const document = parsed(verified);
    for (auto const& one : document) {
        objects.insert(one["sopInstanceUid"]);
        CHECK(one["signer"].get<std::string>().find("王敏") != std::string::npos);
        if (one["belongsToSr"] == "")
            sr = one["sopInstanceUid"];
        else
            pdf = one["file"].get<std::string>();
    }
    CHECK(objects.size() == 2);
    for (auto const& one : document)
        CHECK((one["belongsToSr"] == "" || one["belongsToSr"] == sr));
    auto const page = gateway.folder() / "report.pdf";
    REQUIRE(run({"dcm2pdf", pdf, page}).exitCode == 0);
    auto const words2 = run({"pdftotext", page, "-"}).output;
    CHECK(words2.find(patientName) != std::string::npos);
    CHECK(words2.find("胸部未见明显异常") != std::string::npos);
    CHECK(words2.find("未经审核") != std::string::npos);
}

} // namespace qianli::test
