#include "gateway/web/http_message.h"

#include "common/base/text.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {

namespace {

std::string dump(nlohmann::json const& json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

WebResponse errorDocument(int status, std::string_view code, std::string_view message, std::string_view chinese,
                          nlohmann::json document)
{
    document["error"] = {{"code", code}, {"message", text::escapeControl(message)}, {"chinese", chinese}};
    WebResponse response;
    response.status = status;
    response.body = dump(document);
    return response;
}

std::optional<int> hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return std::nullopt;
}

Result<std::string> percentDecoded(std::string_view part)
{
    std::string decoded;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] != '%') {
            decoded += part[i];
            continue;
        }
        auto const high = i + 2 < part.size() ? hexDigit(part[i + 1]) : std::nullopt;
        auto const low = i + 2 < part.size() ? hexDigit(part[i + 2]) : std::nullopt;
        if (!high || !low)
            return fail(ErrorCode::InvalidInput, "the request's address holds '%' without two hexadecimal digits");
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    if (!text::isUtf8(decoded) || decoded.find('\0') != std::string::npos)
        return fail(ErrorCode::InvalidInput, "the request's address is not UTF-8 text");
    return decoded;
}

// No document of ours is nested deeper than five; whoever walks one may do so by recursion.
bool isFlatEnough(std::string_view json)
{
    constexpr int deepest = 32;
    int depth = 0;
    bool inText = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        char const c = json[i];
        if (inText && c == '\\')
            ++i;
        else if (c == '"')
            inText = !inText;
        else if (!inText && (c == '[' || c == '{') && ++depth > deepest)
            return false;
        else if (!inText && (c == ']' || c == '}'))
            --depth;
    }
    return true;
}

} // namespace

WebResponse jsonResponse(nlohmann::json const& json, int status)
{
    WebResponse response;
    response.status = status;
    response.body = dump(json);
    return response;
}

int httpStatus(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
        return 400;
    case ErrorCode::Refused:
        return 403;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Conflict:
        return 409;
    case ErrorCode::LimitExceeded:
        return 413;
    case ErrorCode::Unavailable:
    case ErrorCode::Cancelled:
        return 503;
    case ErrorCode::Corrupt:
    case ErrorCode::Internal:
        return 500;
    }
    return 500;
}

std::string_view chineseSentence(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
        return "请求内容有误，未被接受。";
    case ErrorCode::Refused:
        return "没有权限，或当前状态不允许此操作。";
    case ErrorCode::NotFound:
        return "没有找到。";
    case ErrorCode::Conflict:
        return "与他人的操作冲突，请刷新后再试。";
    case ErrorCode::LimitExceeded:
        return "内容过大，超出限制。";
    case ErrorCode::Unavailable:
        return "服务暂时不可用，请稍后再试。";
    case ErrorCode::Corrupt:
        return "存储的数据已损坏，请联系管理员。";
    case ErrorCode::Cancelled:
        return "操作已取消。";
    case ErrorCode::Internal:
        return "服务器内部错误，请联系管理员。";
    }
    return "服务器内部错误，请联系管理员。";
}

WebResponse errorResponse(Error const& error)
{
    return errorResponse(error, nlohmann::json::object());
}

WebResponse errorResponse(Error const& error, nlohmann::json additional)
{
    return errorDocument(httpStatus(error.code), toString(error.code), error.message, chineseSentence(error.code),
                         std::move(additional));
}

WebResponse notSignedIn(std::string_view message)
{
    return errorDocument(401, "not-signed-in", message, "请先登录：用户名或密码不正确，或登录已失效。",
                         nlohmann::json::object());
}

Result<nlohmann::json> parseBody(std::string_view body)
{
    if (!isFlatEnough(body))
        return fail(ErrorCode::InvalidInput, "the body is nested too deeply");
    auto json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded() || !json.is_object())
        return fail(ErrorCode::InvalidInput, "the body is not a JSON object");
    return json;
}

Result<std::string> textMember(nlohmann::json const& object, char const* name)
{
    auto const member = object.find(name);
    if (member == object.end() || !member->is_string())
        return fail(ErrorCode::InvalidInput, fmt::format("the body has no text named '{}'", name));
    return member->get<std::string>();
}

std::string_view Target::queryValue(std::string_view name) const
{
    for (auto const& [key, value] : query)
        if (key == name)
            return value;
    return {};
}

Result<Target> parseTarget(std::string_view target)
{
    if (target.empty() || target.front() != '/')
        return fail(ErrorCode::InvalidInput, "the request's address does not begin with '/'");
    Target parsed;
    auto const question = target.find('?');
    auto const path = target.substr(1, question == std::string_view::npos ? question : question - 1);
    for (auto const& segment : text::split(path, '/')) {
        QIANLI_ASSIGN(auto decoded, percentDecoded(segment));
        parsed.path.push_back(std::move(decoded));
    }
    if (question == std::string_view::npos)
        return parsed;
    for (auto const& part : text::split(target.substr(question + 1), '&')) {
        auto const equals = part.find('=');
        QIANLI_ASSIGN(auto key, percentDecoded(std::string_view(part).substr(0, equals)));
        std::string value;
        if (equals != std::string::npos) {
            QIANLI_ASSIGN(value, percentDecoded(std::string_view(part).substr(equals + 1)));
        }
        parsed.query.emplace_back(std::move(key), std::move(value));
    }
    return parsed;
}

} // namespace qianli::gateway
