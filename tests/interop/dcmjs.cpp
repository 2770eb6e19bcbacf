// dcmjs-dimse: a client in another language, from npm. tests/run.sh installs it into build/interop.
#include "tests/interop/peers.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

using namespace qianli;
using namespace qianli::test;
using nlohmann::json;

namespace {

std::string sha256(std::string const& bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    REQUIRE(EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) == 1);
    std::string text;
    for (unsigned i = 0; i < length; ++i)
        text += fmt::format("{:02x}", digest[i]);
    return text;
}

} // namespace

TEST_CASE("dcmjs-dimse echoes, stores, finds and gets", "[interop]")
{
    auto const package = programFolder().parent_path().parent_path() / "interop";
    INFO("install it with: npm install --prefix build/interop tests/interop");
    REQUIRE(std::filesystem::exists(package / "node_modules" / "dcmjs-dimse"));
    ServedGateway const gateway;
    auto const file = gateway.folder() / "in.dcm";
    auto const charset = GENERATE(as<std::string>(), "ISO_IR 192", "GB18030");
    writeSample(file, {.charset = charset});
    if (charset == "GB18030") // stored by another program: dcmjs writes Unicode only
        REQUIRE(
            runPeer({"dcmsend", "-aet", "DCMSEND", "-aec", "QIANLI", "127.0.0.1", gateway.portText(), file.string()})
                .exitCode == 0);
    auto const other = gateway.folder() / "other.dcm";
    writeSample(other, {.instance = "2.25.902.7", .charset = "ISO_IR 192", .number = 7});

    auto const script = std::filesystem::path(QIANLI_SOURCE_DIR) / "tests" / "interop" / "dcmjs_client.js";
    auto const result = runPeer({"node", script.string(), gateway.portText(), other.string(), "2.25.900", "张*"},
                                {{"QIANLI_INTEROP", package.string()}});
    INFO(result.output << result.errors << gateway.log());
    REQUIRE(result.exitCode == 0);
    auto const seen = json::parse(result.output);
    CHECK(seen.at("echo") == 0);
    CHECK(seen.at("store") == 0);
    REQUIRE(seen.at("found").size() == 1);
    CHECK(seen.at("found").at(0).at(0).dump().find("张昞") != std::string::npos);
    CHECK(seen.at("found").at(0).at(1) == "2.25.900");
    CHECK(seen.at("get") == 0);
    auto const pixels = sha256(dataSetOf(other).substr(dataSetOf(other).size() - 512));
    bool arrived = false;
    for (auto const& object : seen.at("objects"))
        arrived = arrived || (object.at(0) == "2.25.902.7" && object.at(1) == pixels);
    CHECK(arrived);
}
