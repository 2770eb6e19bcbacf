#include "tests/web/web_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qianli::test {

Line::Line(std::uint16_t port, int from) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (from != 1) {
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<in_addr_t>(from) - 1);
        REQUIRE(bind(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
}

Line::~Line()
{
    close(socket_);
}

void Line::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0)
            return; // the server may have hung up; the test looks at what it said
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool Line::readMore()
{
    pollfd wait{socket_, POLLIN, 0};
    if (poll(&wait, 1, 20'000) != 1)
        return false;
    char buffer[16384];
    auto const got = recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0)
        return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

bool Line::waitFor(std::string_view text)
{
    while (received_.find(text) == std::string::npos)
        if (!readMore())
            return false;
    return true;
}

bool Line::waitForEnd()
{
    while (readMore()) {
    }
    pollfd wait{socket_, POLLIN, 0};
    char byte = 0;
    return poll(&wait, 1, 0) == 1 && recv(socket_, &byte, 1, 0) <= 0;
}

std::string requestText(std::string_view method, std::string_view path, std::string_view token, std::string_view body,
                        std::string_view moreHeaders)
{
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, path, moreHeaders);
    if (!token.empty())
        text += fmt::format("Authorization: Bearer {}\r\n", token);
    return text + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

Answer parseAnswer(std::string const& text)
{
    Answer answer;
    auto const end = text.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    answer.head = text.substr(0, end);
    answer.body = text.substr(end + 4);
    REQUIRE(answer.head.substr(0, 9) == "HTTP/1.1 ");
    answer.status = std::stoi(answer.head.substr(9, 3));
    return answer;
}

WebFixture::WebFixture(gateway::WebLimits limits, gateway::HttpSettings settings)
    : authority(need(crypto::CertificateAuthority::open(folder / "keys", clock)))
{
    store = need(gateway::BlobStore::open(folder / "archive"));
    issuer.emplace(*workflow, *index, *store, certificates);
    runner.emplace(*workflow, *index, *issuer);
    settings.port = 0;
    server = need(gateway::WebServer::start(settings,
                                            {*workflow,
                                             *index,
                                             *issuer,
                                             certificates,
                                             *runner,
                                             {"QIANLI", 11112, "县医院"},
                                             {nullptr, &recorded},
                                             {},
                                             [this] { return metrics ? metrics() : std::string(); },
                                             {"127.0.0.1"}},
                                            limits));
    need(runner->start());
}

WebFixture::~WebFixture()
{
    server->stop();
    runner->stop();
}

Answer WebFixture::call(std::string_view method, std::string_view path, std::string_view token, nlohmann::json body)
{
    Line line(server->port());
    line.send(requestText(method, path, token, body.is_null() ? std::string() : body.dump()));
    CHECK(line.waitForEnd());
    return parseAnswer(line.received());
}

} // namespace qianli::test
