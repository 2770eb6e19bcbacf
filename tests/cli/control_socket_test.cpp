// The daemon's control socket and those who misuse it.
#include "common/base/file.h"
#include "tests/support/gateway_program.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

using namespace qianli;
using namespace qianli::test;

namespace {

FileDescriptor connectTo(std::filesystem::path const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.native().size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
    FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(connection.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
    return connection;
}

void send(FileDescriptor const& connection, std::string_view text)
{
    while (!text.empty()) {
        auto const sent = ::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return; // the daemon has seen enough
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

// All that comes until the daemon closes.
std::string answer(FileDescriptor const& connection)
{
    std::string all;
    char part[4096];
    for (;;) {
        auto const got = ::recv(connection.get(), part, sizeof part, 0);
        if (got <= 0)
            return all;
        all.append(part, static_cast<std::size_t>(got));
    }
}

} // namespace

SCENARIO("nonsense on the control socket is answered or cut off, and the daemon goes on", "[daemon]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    auto const path = gateway.folder() / "data" / "control.sock";
    for (auto const* request : {"hello\n", "[]\n", "{}\n", "{\"command\": 7}\n", "\n", "{\"command\": \"stop\"}\n",
                                "{\"command\": \"import\", \"path\": 1, \"site\": [\"puzi\"]}\n",
                                "{\"command\": \"import\", \"path\": \"nowhere\", \"site\": \"nobody\"}\n"}) {
        INFO(request);
        auto const connection = connectTo(path);
        send(connection, request);
        CHECK(answer(connection).starts_with("{\"error\""));
    }
    {
        auto const connection = connectTo(path);
        send(connection, std::string(8 << 20, '['));
        CHECK(answer(connection).empty());
    }
    {
        auto const connection = connectTo(path);
        send(connection, std::string(200'000, '[') + "\n"); // nested without end
        CHECK(answer(connection).starts_with("{\"error\""));
    }
    // More than there are places: one of those above may not have given its own back yet. They are held for some
    // seconds only, so that on a machine with much else to do the question may come too late.
    std::vector<FileDescriptor> silent;
    std::string told;
    for (int attempt = 0; attempt < 20 && told.find("too many commands") == std::string::npos; ++attempt) {
        silent.clear();
        for (int i = 0; i < 20; ++i)
            silent.push_back(connectTo(path));
        told = gateway.command({"status"}).errors;
    }
    INFO(told);
    CHECK(told.find("too many commands") != std::string::npos);
    // Those who ask nothing give their places back by themselves.
    for (auto const& connection : silent) {
        auto const said = answer(connection);
        CHECK((said.empty() || said.find("too many commands") != std::string::npos));
    }
    for (int i = 0; i < 50 && gateway.command({"status"}).exitCode != 0; ++i)
        continue;
    CHECK(gateway.command({"status"}).exitCode == 0);
    CHECK(gateway.stop() == 0);
}
