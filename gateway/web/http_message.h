// What a route sees of a request and gives back, without the HTTP library; and the one place where an Error becomes an
// HTTP answer.
#pragma once

#include "common/base/result.h"
#include "common/model/user.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

struct WebRequest {
    std::string method;
    std::string target; // path and query, as sent
    std::string token;  // of "Authorization: Bearer …"; "" for none
    std::string body;
    std::string address; // of the client
};

struct WebResponse {
    int status = 200;
    std::string body; // JSON, if nothing else is said; empty for 204
    std::string contentType = "application/json; charset=utf-8";
    // The connection becomes an event stream for this person.
    std::optional<model::User> eventsFor;
    std::string signedInAs; // the name of whoever asked; "": nobody who is signed in
};

WebResponse jsonResponse(nlohmann::json const& json, int status = 200);
// The HTTP status that belongs to an error; docs/http-api.md has the table.
int httpStatus(ErrorCode code);
std::string_view chineseSentence(ErrorCode code);
// The error document. `additional` members join it at the top level.
WebResponse errorResponse(Error const& error);
WebResponse errorResponse(Error const& error, nlohmann::json additional);
// 401.
WebResponse notSignedIn(std::string_view message);

// The body as a JSON object; InvalidInput otherwise, and for what is nested deeper than any of ours.
Result<nlohmann::json> parseBody(std::string_view body);
// A text member of it; InvalidInput when it is absent or no text.
Result<std::string> textMember(nlohmann::json const& object, char const* name);

// The path in its segments and the query in its decoded parts.
struct Target {
    std::vector<std::string> path; // "api", "v1", "tasks", "17"
    std::vector<std::pair<std::string, std::string>> query;
    std::string_view queryValue(std::string_view name) const;
};
Result<Target> parseTarget(std::string_view target);

} // namespace qianli::gateway
