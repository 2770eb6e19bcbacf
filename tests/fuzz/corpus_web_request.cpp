// What the viewer and a township's browser send (docs/http-api.md).
#include "tests/fuzz/targets.h"

#include <fmt/format.h>

namespace qianli::fuzz {
namespace {

std::string request(std::string_view method, std::string_view target, std::string_view token = "",
                    std::string_view body = "")
{
    auto text = fmt::format("{} {} HTTP/1.1\r\nHost: gateway\r\n", method, target);
    if (!token.empty())
        text += fmt::format("Authorization: Bearer {}\r\n", token);
    if (!body.empty())
        text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    return fmt::format("{}\r\n{}", text, body);
}

constexpr std::string_view draft =
    R"({"text":{"findings":"双肺纹理清晰。","impression":"未见异常。","recommendation":"随访"},"revision":0})";

} // namespace

Corpus webRequestCorpus()
{
    Corpus corpus{
        request("GET", "/healthz"),
        request("GET", "/metrics", "reader"),
        request("POST", "/api/v1/session", "", R"({"user":"wangmin","password":"correct horse"})"),
        request("POST", "/api/v1/session?", "", R"({"user":"\u0000","password":""})"),
        request("POST", "/api/v1/certificate", "reader",
                R"({"request":"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n"})"),
        request("GET", "/api/v1/events", "reader"),
        request("OPTIONS", "*"),
        request("HEAD", "/healthz"),
        "GET / HTTP/1.0\r\n\r\n",
        "POST /api/v1/tasks/1/claim HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer reader\r\n"
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    };
    for (std::string_view const token : {"reader", "town", "nobody"}) {
        for (std::string_view const target :
             {"/api/v1/tasks", "/api/v1/tasks?state=ready&limit=20", "/api/v1/tasks?state=ready,issued,receiving",
              "/api/v1/tasks?name=zhangsan", "/api/v1/tasks?name=%E5%BC%A0&limit=5000", "/api/v1/tasks/1",
              "/api/v1/tasks/2", "/api/v1/tasks/1/draft", "/api/v1/tasks/3/priors", "/api/v1/trust",
              "/api/v1/tasks/9223372036854775807"})
            corpus.push_back(request("GET", target, token));
        corpus.push_back(request("POST", "/api/v1/tasks/1/claim", token));
        corpus.push_back(request("POST", "/api/v1/tasks/2/release", token, "{}"));
        corpus.push_back(request("PUT", "/api/v1/tasks/1/draft", token, draft));
        corpus.push_back(request("POST", "/api/v1/tasks/1/issue", token, R"({"srUid":"2.25.1","pdfUid":"2.25.2"})"));
    }
    return corpus;
}

} // namespace qianli::fuzz
