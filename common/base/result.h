// Result<T>: a value, or an Error that says what went wrong, what the program does about it, and where on the way it happened.
//
// Expected failures are values; exceptions of libraries are caught at the border file that calls them.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace qianli {

// What the program does about an error. Three functions translate it: to a DIMSE status, to an HTTP status, to a Chinese sentence.
enum class ErrorCode {
    InvalidInput,  // the peer's or the user's bytes or words are wrong
    Refused,       // understood, and against a rule: not allowed, wrong state, wrong person
    NotFound,
    Conflict,      // two things claim the same place: another's claim, another site's study
    LimitExceeded, // a bound on length, count, time or depth was passed
    Unavailable,   // disk or peer does not answer now; the same call may succeed later
    Corrupt,       // stored bytes are not what was stored
    Cancelled,
    Internal,      // our mistake
};

// "invalid-input", "refused", … : the stable word for logs and JSON.
std::string_view toString(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message; // one English sentence without a full stop; names what is wrong

    // Adds where on the way up: "reading config/gateway.toml: line 3: …".
    Error at(std::string_view place) &&
    {
        message.insert(0, std::string(place) + ": ");
        return std::move(*this);
    }
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

// The current errno as an Error: NotFound for ENOENT, Refused for EACCES/EPERM, Unavailable for ENOSPC, EROFS, EIO and the rest.
tl::unexpected<Error> failErrno(std::string_view what);

} // namespace qianli

// Hands an Error on to the caller: QIANLI_TRY(file.sync());
#define QIANLI_TRY(expression)                                                                                                   \
    do {                                                                                                                         \
        if (auto qianliTryResult = (expression); !qianliTryResult)                                                               \
            return tl::unexpected(std::move(qianliTryResult).error());                                                           \
    } while (false)

// Takes the value or hands the Error on: QIANLI_ASSIGN(auto const size, file.size());
#define QIANLI_CONCATENATE_(a, b) a##b
#define QIANLI_CONCATENATE(a, b) QIANLI_CONCATENATE_(a, b)
#define QIANLI_ASSIGN_(temporary, declaration, expression)                                                                       \
    auto temporary = (expression);                                                                                               \
    if (!temporary)                                                                                                              \
        return tl::unexpected(std::move(temporary).error());                                                                     \
    declaration = *std::move(temporary)
#define QIANLI_ASSIGN(declaration, expression)                                                                                   \
    QIANLI_ASSIGN_(QIANLI_CONCATENATE(qianliAssign, __LINE__), declaration, expression)
