// Sessions: who is signed in. A token is shown once and stored only as its SHA-256.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/user.h"

#include <string>
#include <string_view>

namespace qianli::gateway {

class WorkflowDatabase;

class Sessions {
public:
    Sessions(WorkflowDatabase& database, Clock const& clock, Duration lasts)
        : database_(database), clock_(clock), lasts_(lasts)
    {
    }

    struct Session {
        std::string token;
        TimePoint expiresAt{};
    };
    Result<Session> begin(model::User const& user);
    // Ending a session that is not there is fine.
    Result<void> end(std::string_view token);
    // Everybody signs in again.
    Result<void> endAll();
    // Refused when the token is unknown, has expired, or its person was disabled. HTTP and DICOM User Identity both ask
    // here.
    Result<model::User> userOfToken(std::string_view token) const;

private:
    WorkflowDatabase& database_;
    Clock const& clock_;
    Duration lasts_;
};

} // namespace qianli::gateway
