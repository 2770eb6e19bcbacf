// docs/operations.md, "TLS": what stands there is done as it stands there, and then tried from outside.
#include "common/base/file.h"
#include "common/crypto/tls_context.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/sop_class.h"
#include "tests/interop/peers.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <map>

using namespace qianli;
using namespace qianli::test;

namespace {

struct Block {
    std::string language, text;
};

// The fenced blocks of the section, in its order.
std::vector<Block> guide()
{
    auto const page = readFile(std::filesystem::path(QIANLI_SOURCE_DIR) / "docs" / "operations.md", 4 << 20);
    REQUIRE(page);
    auto const begin = page->find("## TLS: a gateway and two sites in ten minutes\n");
    REQUIRE(begin != std::string::npos);
    auto const section = page->substr(begin, page->find("\n## ", begin + 1) - begin);
    std::vector<Block> blocks;
    for (std::size_t at = section.find("\n```"); at != std::string::npos;) {
        auto const line = section.find('\n', at + 1);
        auto const end = section.find("\n```", line);
        blocks.push_back({section.substr(at + 4, line - at - 4), section.substr(line + 1, end - line)});
        at = section.find("\n```", end + 1);
    }
    return blocks;
}

std::string replaced(std::string text, std::string const& what, std::string const& with)
{
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

class Guide {
public:
    // Ports that are free here, nothing else is another than on the page.
    std::string here(std::string text) const
    {
        for (auto const& [written, used] : ports_)
            text = replaced(std::move(text), written, used);
        return text;
    }
    ProgramResult bash(std::string const& script) const
    {
        auto const path = programFolder().string() + ":" + std::getenv("PATH");
        return run({"bash", "-e", "-c", "cd " + folder_.path().string() + "\n" + here(script)}, "",
                   std::chrono::seconds(60), {{"PATH", path}});
    }
    void need(std::string const& script) const
    {
        auto const done = bash(script);
        INFO(script << "\n" << done.output << "\n" << done.errors);
        REQUIRE(done.exitCode == 0);
    }
    std::string echo(std::string const& options) const
    {
        auto const done = bash("echoscu " + options + " -aec QIANLI 127.0.0.1 2762");
        return done.exitCode == 0 ? "" : "refused " + done.output + done.errors;
    }
    std::uint16_t port(std::string const& written) const
    {
        return static_cast<std::uint16_t>(std::stoi(ports_.at(written)));
    }
    std::filesystem::path operator/(std::string const& name) const { return folder_ / name; }

private:
    std::map<std::string, std::string> const ports_{{"2762", std::to_string(freePort())},
                                                    {"8043", std::to_string(freePort())},
                                                    {"11113", std::to_string(freePort())}};
    TemporaryFolder folder_;
};

// C-MOVE of the only study to PUZI_PACS, asked by puzi over TLS; how many objects went.
int moved(Guide const& guided)
{
    auto const tls = crypto::TlsContext::client(
        {guided / "tls/puzi.crt", guided / "tls/puzi.key", guided / "tls/ca.crt", guided / "tls/ca.crl", {}});
    REQUIRE(tls);
    dicom::Destination destination;
    destination.host = "localhost";
    destination.port = guided.port("2762");
    destination.calledAe = "QIANLI";
    destination.callingAe = "PUZI_CT";
    destination.tls = *tls;
    auto const explicitLittle = dicom::Uid::ofKnown(dicom::transfer::explicitLittle);
    auto const find = dicom::Uid::ofKnown(dicom::sop::studyRootFind);
    auto const move = dicom::Uid::ofKnown(dicom::sop::studyRootMove);
    auto const client = dicom::DicomClient::connect(destination, {{find, {explicitLittle}}, {move, {explicitLittle}}});
    INFO((client ? std::string() : client.error().message));
    REQUIRE(client);
    auto const found = (*client)->find(find, {{0x00080052, "STUDY"}, {0x0020000D, ""}}, 0);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    auto const done =
        (*client)->move(move, {{0x00080052, "STUDY"}, {0x0020000D, found->front().at(0x0020000D)}}, "PUZI_PACS");
    REQUIRE(done);
    CHECK((*client)->release());
    CHECK(done->failed == 0);
    return done->completed;
}

std::set<std::string> dataSetsIn(std::filesystem::path const& folder)
{
    std::set<std::string> dataSets;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            dataSets.insert(dataSetOf(entry.path()));
    return dataSets;
}

} // namespace

SCENARIO("the page's gateway with TLS and two sites works as it is written", "[interop][tls]") // R25 R31 R32
{
    GIVEN("the commands and the configuration of docs/operations.md")
    {
        Guide const guided;
        auto const blocks = guide();
        std::vector<std::string> scripts;
        std::string configuration;
        for (Block const& block : blocks)
            if (block.language == "toml")
                configuration = block.text;
            else if (block.language == "sh")
                scripts.push_back(block.text);
        REQUIRE(scripts.size() == 6);
        guided.need(scripts[0]);
        guided.need(scripts[1]);
        std::ofstream(guided / "gateway.toml") << guided.here(configuration);
        guided.need(scripts[2]);
        RunningProgram gateway(
            {(programFolder() / "qianli-gateway").string(), "--config", (guided / "gateway.toml").string(), "serve"},
            guided / "gateway.log");
        INFO(gateway.log());
        REQUIRE(gateway.waitForLog("ready"));
        guided.need(scripts[3]);
        guided.need(scripts[4]);

        THEN("it keeps what the page promises") // once: a gateway and a handful of programs
        {
            auto const sent = dataSetsIn(guided / "study");
            REQUIRE_FALSE(sent.empty());
            {
                std::filesystem::create_directory(guided / "received");
                RunningProgram const receiver({"storescp", "-v", "+tls", guided / "tls/puzi-pacs.key",
                                               guided / "tls/puzi-pacs.crt", "+cf", guided / "tls/ca.crt", "-aet",
                                               "PUZI_PACS", "-od", guided / "received",
                                               std::to_string(guided.port("11113"))},
                                              guided / "receiver.log");
                // It says nothing when it listens; a call that comes too early fails and is made again.
                guided.need("for i in $(seq 50); do echoscu +tls tls/gateway.key tls/gateway.crt +cf tls/ca.crt -aec "
                            "PUZI_PACS 127.0.0.1 11113 2>/dev/null && exit 0; sleep 0.1; done; exit 1");
                CHECK(moved(guided) == static_cast<int>(sent.size()));
                CHECK(dataSetsIn(guided / "received") == sent);
                CHECK(receiver.log().find("Association Received") != std::string::npos);
            }
            {
                INFO("a site finds its own studies only, whatever AE title it uses");
                auto const ask = [&](std::string const& site) {
                    return guided.bash(
                        fmt::format("findscu +tls tls/{0}.key tls/{0}.crt +cf tls/ca.crt -v -aet PUZI_CT "
                                    "-aec QIANLI -S -k QueryRetrieveLevel=STUDY -k StudyInstanceUID "
                                    "127.0.0.1 2762 2>&1",
                                    site));
                };
                CHECK(ask("puzi").output.find("(Pending)") != std::string::npos);
                CHECK(ask("sunjia").output.find("(Pending)") == std::string::npos);
            }
            {
                INFO("strangers are refused");
                CHECK(guided.echo("+tls tls/puzi.key tls/puzi.crt +cf tls/ca.crt -aet PUZI_CT") == "");
                CHECK(guided.echo("+tla -ic -aet PUZI_CT") != "");
                CHECK(guided.echo("-aet PUZI_CT") != "");
                guided.need("openssl req -x509 -newkey rsa:2048 -noenc -days 2 -subj /O=Wanfeng/CN=puzi -keyout "
                            "false.key -out false.crt");
                CHECK(guided.echo("+tls false.key false.crt +cf tls/ca.crt -aet PUZI_CT") != "");
            }
            {
                INFO("who is revoked is refused after SIGHUP, and the others go on");
                auto const sunjia = "+tls tls/sunjia.key tls/sunjia.crt +cf tls/ca.crt -aet SUNJIA_DR";
                REQUIRE(guided.echo(sunjia) == "");
                guided.need(scripts[5]);
                REQUIRE(gateway.waitForLog("read again"));
                CHECK(guided.echo(sunjia) != "");
                CHECK(gateway.log().find("certificate revoked") != std::string::npos);
                CHECK(guided.echo("+tls tls/puzi.key tls/puzi.crt +cf tls/ca.crt -aet ANY_NAME") == "");
                // A file that is wrong changes nothing, and is named.
                guided.need("chmod 644 tls/gateway.key");
                guided.need("kill -HUP " + std::to_string(gateway.pid()));
                REQUIRE(gateway.waitForLog("the configuration stays as it was"));
                CHECK(gateway.log().find("gateway.key can be read by others than its owner") != std::string::npos);
                CHECK(guided.echo("+tls tls/puzi.key tls/puzi.crt +cf tls/ca.crt -aet PUZI_CT") == "");
            }
            {
                INFO("config check warns of plain DICOM beside the TLS port");
                guided.need("chmod 600 tls/gateway.key");
                auto const open = replaced(replaced(guided.here(configuration), "port = 0  ", "port = 11112  "),
                                           "bind = \"127.0.0.1\"\n\n[dicom.tls]", "bind = \"0.0.0.0\"\n\n[dicom.tls]");
                std::ofstream(guided / "open.toml") << open;
                auto const checked = guided.bash("qianli-gateway --config open.toml config check");
                INFO(checked.output << checked.errors);
                CHECK(checked.exitCode == 0);
                CHECK(checked.output.find("warning: plain DICOM is open at 0.0.0.0:11112 beside the TLS port") !=
                      std::string::npos);
                CHECK(guided.bash("qianli-gateway --config gateway.toml config check").output.find("warning") ==
                      std::string::npos);
            }
        }
    }
}
