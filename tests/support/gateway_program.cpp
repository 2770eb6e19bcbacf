#include "tests/support/gateway_program.h"

#include <csignal>
#include <fstream>

namespace qianli::test {

GatewayProgram::GatewayProgram() : dicomPort_(freePort()), httpPort_(freePort()), peerPort_(freePort())
{
    std::ofstream(configuration()) << "data = \"data\"\n[dicom]\nport = " << dicomPort_
                                   << "\nquiet_time = \"1 s\"\n[http]\nport = " << httpPort_
                                   << "\n[delivery]\nfirst_retry = \"1 s\"\nlongest_retry = \"2 s\"\n"
                                   << R"([[site]]
id = "puzi"
name = "普子乡卫生院"
callers = [{ ae_title = "PUZI_CT", address = "127.0.0.1" }]
allow = ["echo", "store", "find", "get"]
charset = "GB18030"
deliver = ["PUZI_PACS"]
[[site]]
id = "sunjia"
name = "孙家镇卫生院"
callers = [{ ae_title = "SUNJIA_DR", address = "127.0.0.1" }]
[[station]]
ae_title = "*"
address = "127.0.0.1"
[[peer]]
ae_title = "PUZI_PACS"
host = "127.0.0.1"
port = )" << peerPort_ << "\n";
}

bool GatewayProgram::start(std::map<std::string, std::string> const& environment)
{
    // A log a start: `ready` of the one before must not count.
    auto const log = folder_ / ("gateway-" + std::to_string(++starts_) + ".log");
    program_ = std::make_unique<RunningProgram>(
        std::vector<std::string>{programFolder() / "qianli-gateway", "serve", "--config", configuration()}, log,
        environment);
    return program_->waitForLog("\nready") || program_->log().starts_with("ready");
}

void GatewayProgram::killHard()
{
    if (program_)
        program_->stop(SIGKILL);
}

int GatewayProgram::stop()
{
    return program_->stop(SIGTERM);
}

ProgramResult GatewayProgram::command(std::vector<std::string> const& words, std::string const& input) const
{
    std::vector<std::string> all{programFolder() / "qianli-gateway", "--config", configuration()};
    all.insert(all.end(), words.begin(), words.end());
    return run(all, input);
}

std::string GatewayProgram::makeSamples(std::string const& name, std::vector<std::string> const& words) const
{
    std::vector<std::string> all{programFolder() / "qianli-samples", "make", folder_ / name, "--small"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all).output;
}

ProgramResult GatewayProgram::sendAs(std::string const& aeTitle, std::filesystem::path const& folder,
                                     std::vector<std::string> const& words) const
{
    std::vector<std::string> all{programFolder() / "qianli-samples", "site", folder, "--to",
                                 "QIANLI@127.0.0.1:" + dicomPort(),  "--as", aeTitle};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
}

std::string GatewayProgram::log() const
{
    return program_ ? program_->log() : std::string();
}

} // namespace qianli::test
