// What no memory, or whatever else a handler throws, costs: the connection it happened to, and nobody else anything.
#pragma once

#include "gateway/web/routes.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <thread>
#include <utility>

namespace qianli::gateway {

// The handler, after whose exception `who` is closed.
template <class Closable, class Handler>
auto guarded(std::shared_ptr<Closable> who, Handler handler)
{
    return [who = std::move(who), handler = std::move(handler)](auto&&... arguments) mutable {
        try {
            handler(std::forward<decltype(arguments)>(arguments)...);
        } catch (std::exception const&) {
            who->close();
        }
    };
}

// From another thread: the connection waits for this, so it is said as soon as there is memory for it.
template <class Handler>
void postSurely(boost::asio::io_context& context, Handler const& handler)
{
    for (;;) {
        try {
            boost::asio::post(context, Handler(handler));
            return;
        } catch (std::bad_alloc const&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
}

// On a worker: as answer(), and 503 where that throws. Null: there was no memory for the words either.
std::shared_ptr<WebResponse> answerSurely(WebServer::Parts const& parts, WebRequest const& request);
// Whose session it is; Unavailable where asking throws.
Result<model::User> personOf(WebServer::Parts const& parts, std::string const& token);

} // namespace qianli::gateway
