// docs/conformance.md says what the code does.
#include "tests/conformance/statement.h"

#include "common/base/file.h"
#include "common/dicom/sop_class.h"
#include "gateway/association/negotiation.h"
#include "gateway/service/dimse_status.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::test;

namespace {

std::filesystem::path page()
{
    return std::filesystem::path(QIANLI_SOURCE_DIR) / "docs" / "conformance.md";
}

} // namespace

TEST_CASE("the conformance statement is what the code yields", "[conformance]")
{
    auto const committed = readFile(page(), 1 << 20);
    REQUIRE(committed);
    auto const yielded = conformanceStatement();
    // The first line that differs is what a reader wants to see.
    std::size_t at = 0, line = 1;
    while (at < committed->size() && at < yielded.size() && (*committed)[at] == yielded[at])
        line += yielded[at++] == '\n' ? 1 : 0;
    INFO("docs/conformance.md line " << line << " differs: run test_conformance \"write docs/conformance.md\"");
    CHECK(*committed == yielded);
}

TEST_CASE("every status that an error becomes is in the statement for its service", "[conformance]")
{
    using gateway::statusMeanings;
    for (auto const service :
         {model::Service::Echo, model::Service::Store, model::Service::Find, model::Service::Get, model::Service::Move})
        for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) {
            if (service == model::Service::Echo && static_cast<ErrorCode>(code) != ErrorCode::Refused)
                continue; // nothing else can go wrong with it
            auto const status = gateway::toDimseStatus({static_cast<ErrorCode>(code), "why"}, service).code;
            CAPTURE(static_cast<int>(service), code, status);
            auto const found = std::ranges::find(statusMeanings(), status, &gateway::StatusMeaning::code);
            REQUIRE(found != statusMeanings().end());
            CHECK(std::ranges::find(found->services, service) != found->services.end());
        }
}

TEST_CASE("every SOP class of the statement is taken, and its neighbours that are no storage are not", "[conformance]")
{
    gateway::Caller caller;
    caller.allow = {model::Service::Store};
    auto const isTaken = [&](std::string_view uid) {
        dicom::AssociateRequest request;
        request.contexts.push_back({1, std::string(uid), {dicom::transfer::implicitLittle}});
        return !gateway::negotiate(request, caller, 1).accepted.empty();
    };
    for (auto const& one : dicom::storageClasses()) {
        CAPTURE(one.uid);
        CHECK(isTaken(one.uid));
    }
    for (auto const* uid :
         {"1.2.840.10008.1.20.1", "1.2.840.10008.5.1.4.31", "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.5.1.1.9"}) {
        CAPTURE(uid);
        CHECK_FALSE(isTaken(uid));
    }
}

TEST_CASE("write docs/conformance.md", "[.write]")
{
    REQUIRE(writeFileDurably(page(), conformanceStatement(), 0644));
}
