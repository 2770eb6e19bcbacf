// What was asked over HTTP, as it goes on record: acts, looks at patients' data, and every refusal.
#pragma once

#include "gateway/web/routes.h"

namespace qianli::gateway {

// After the route has run. `path` as in the table of routes.
void recordRoute(RoutedRequest const& routed, std::string_view path, Result<WebResponse> const& response);
void recordSignIn(RoutedRequest const& routed, model::User const& user);
// Nobody is signed in.
void recordStranger(RoutedRequest const& routed, std::string_view path);

} // namespace qianli::gateway
