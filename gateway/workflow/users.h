// Users: the people who sign in.
//
// Promise: a password is kept only as an scrypt hash; a wrong name costs the same time as a wrong password; repeated
// failures from one address make the next attempts wait, longer each time.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/certificate_authority.h"
#include "common/model/user.h"
#include "gateway/workflow/sign_in_guard.h"

#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

class Workflow;

class Users {
public:
    explicit Users(Workflow& workflow);

    // Conflict when the name is taken; InvalidInput for a name that is not 1 to 64 letters, digits, '.', '_', '-', or a
    // short password. A user of Role::Site names its site.
    Result<void> add(model::User const& user, std::string_view password);
    Result<std::vector<model::User>> list() const;
    // NotFound.
    Result<model::User> find(std::string_view name) const;

    // No more sign-ins, sessions end, claims are given back (drafts stay), and the person's certificates are revoked.
    Result<void> disable(std::string_view name, crypto::CertificateAuthority& authority);
    // Ends all sessions of the person.
    Result<void> setPassword(std::string_view name, std::string_view password);

    // Refused on a wrong name or password, a disabled person, or too early after failures (SignInGuard), which are on
    // record. Takes about 100 ms of one processor.
    Result<model::User> authenticate(std::string_view name, std::string_view password, std::string_view address);

    // From time to time: ends alarms that are over.
    void lookAfterFailures();

private:
    void notePlace(std::string_view name, std::string_view address, TimePoint now);
    void recallPlaces();

    Workflow& workflow_;
    SignInGuard guard_;
};

} // namespace qianli::gateway
