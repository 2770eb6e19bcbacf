#include "tests/viewer_client/running_gateway.h"

#include <csignal>
#include <fmt/format.h>
#include <fstream>

namespace qianli::test {

RunningGateway::RunningGateway()
{
    std::ofstream configuration(folder_ / "gateway.toml");
    configuration << "data = \"data\"\n[dicom]\nae_title = \"QIANLI\"\nbind = \"127.0.0.1\"\nport = " << dicomPort_
                  << "\nquiet_time = \"1 s\"\ndisk_reserve = \"1 MiB\"\n[http]\nbind = \"127.0.0.1\"\nport = "
                  << httpPort_ << "\n"
                  << "[[site]]\nid = \"puzi\"\nname = \"普子乡卫生院\"\ncallers = [ { ae_title = \"PUZI_CT\", address "
                     "= \"127.0.0.1\" } ]\n"
                  << "[[station]]\nae_title = \"*\"\naddress = \"127.0.0.1\"\nsees = \"all\"\n";
    configuration.close();
    if (isBuilt())
        command({"user", "add", user, "--role", "radiologist", "--display-name", "王敏"},
                fmt::format("{}\n", password));
}

bool RunningGateway::isBuilt()
{
    return std::filesystem::exists(programFolder() / "qianli-gateway");
}

bool RunningGateway::start()
{
    program_ = std::make_unique<RunningProgram>(
        std::vector<std::string>{(programFolder() / "qianli-gateway").string(), "serve", "--config",
                                 (folder_ / "gateway.toml").string()},
        folder_ / fmt::format("gateway-{}.log", ++starts_), std::map<std::string, std::string>{{"TCP_NODELAY", "1"}});
    return program_->waitForLog("ready");
}

void RunningGateway::kill()
{
    program_->stop(SIGKILL);
    program_.reset();
}

std::string RunningGateway::url() const
{
    return "http://127.0.0.1:" + std::to_string(httpPort_);
}

bool RunningGateway::send(std::filesystem::path const& folderOrFile) const
{
    // dcmsend reads what a file's transfer syntax is and proposes it.
    return run({"dcmsend", "-aet", "PUZI_CT", "-aec", "QIANLI", "+sd", "127.0.0.1", std::to_string(dicomPort_),
                folderOrFile.string()},
               {}, std::chrono::seconds(60), {{"TCP_NODELAY", "1"}})
               .exitCode == 0;
}

ProgramResult RunningGateway::command(std::vector<std::string> words, std::string const& input) const
{
    std::vector<std::string> all{(programFolder() / "qianli-gateway").string(), "--config",
                                 (folder_ / "gateway.toml").string()};
    all.insert(all.end(), words.begin(), words.end());
    return run(all, input);
}

} // namespace qianli::test
