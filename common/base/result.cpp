#include "common/base/result.h"

#include "common/base/system_failure.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace qianli {

std::string_view toString(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput: return "invalid-input";
    case ErrorCode::Refused: return "refused";
    case ErrorCode::NotFound: return "not-found";
    case ErrorCode::Conflict: return "conflict";
    case ErrorCode::LimitExceeded: return "limit-exceeded";
    case ErrorCode::Unavailable: return "unavailable";
    case ErrorCode::Corrupt: return "corrupt";
    case ErrorCode::Cancelled: return "cancelled";
    case ErrorCode::Internal: return "internal";
    }
    return "internal";
}

tl::unexpected<Error> failErrno(std::string_view what)
{
    int const number = errno;
    ErrorCode code = ErrorCode::Unavailable;
    if (number == ENOENT)
        code = ErrorCode::NotFound;
    else if (number == EACCES || number == EPERM)
        code = ErrorCode::Refused;
    return fail(code, std::string(what) + ": " + std::strerror(number));
}

bool isSystemFailure(Error const& error, std::initializer_list<int> numbers)
{
    return std::ranges::any_of(
        numbers, [&](int number) { return error.message.ends_with(std::string(": ") + std::strerror(number)); });
}

} // namespace qianli
