// The one translation of errors to DIMSE status, and what the counts of a retrieve amount to (PS3.4 C.4.2, C.4.3; R12).
#include "gateway/service/dimse_status.h"
#include "gateway/service/retrieve.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::gateway;
using model::Service;

TEST_CASE("every error becomes a failure that fits the service", "[service]")
{
    struct Row {
        ErrorCode code;
        Service service;
        std::uint16_t status;
    };
    auto const row = GENERATE(values<Row>({
        {ErrorCode::Unavailable, Service::Store, 0xA700},  // PS3.4 B.2.3: out of resources, the sender tries again
        {ErrorCode::InvalidInput, Service::Store, 0xC000}, // cannot understand
        {ErrorCode::Refused, Service::Store, 0x0124},      // PS3.7 C.4: not authorized
        {ErrorCode::Conflict, Service::Store, 0xA900},     // data set does not match
        {ErrorCode::Internal, Service::Store, 0x0110},     // PS3.7 C.5.13
        {ErrorCode::InvalidInput, Service::Find, 0xA900},  // identifier does not match SOP class
        {ErrorCode::Unavailable, Service::Find, 0xA700},   //
        {ErrorCode::InvalidInput, Service::Move, 0xA900},  //
        {ErrorCode::Unavailable, Service::Move, 0xA702},   // unable to perform sub-operations
        {ErrorCode::NotFound, Service::Get, 0xC000},       //
        {ErrorCode::Conflict, Service::Get, 0xC000},       //
        {ErrorCode::Corrupt, Service::Get, 0xC000},        //
    }));
    auto const status = toDimseStatus({row.code, "why"}, row.service);
    CHECK(status.code == row.status);
    CHECK(status.comment == "why");
}

TEST_CASE("a refused object's status names the attribute that its sentence names first, and says what to do",
          "[service]")
{
    auto const of = [](ErrorCode code, std::string const& message) {
        return toDimseStatus({code, message}, Service::Store);
    };
    CHECK(of(ErrorCode::Conflict, "Study Instance UID (0020,000D) is missing").offending ==
          std::vector<dicom::Tag>{{0x0020, 0x000D}});
    CHECK(of(ErrorCode::InvalidInput, "(7FE0,0010) at byte 240: (0010,0010) in what a peer wrote").offending ==
          std::vector<dicom::Tag>{{0x7FE0, 0x0010}});
    CHECK(of(ErrorCode::InvalidInput, "the data set ends (somewhere) in (00g0,0010) or (0010,").offending.empty());
    // PS3.4 table B.2-1 has no Offending Element with A7xx.
    CHECK(of(ErrorCode::Unavailable, "(0010,0010) does not matter").offending.empty());
    for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code)
        CHECK_FALSE(adviceOn(of(static_cast<ErrorCode>(code), "")).empty());
    CHECK(adviceOn({}).empty());
}

TEST_CASE("no error is ever a success, whatever the service", "[service]")
{
    for (auto const service : {Service::Echo, Service::Store, Service::Find, Service::Get, Service::Move})
        for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) {
            auto const status = toDimseStatus({static_cast<ErrorCode>(code), ""}, service).code;
            CHECK(status != status::success);
            CHECK((status & 0xF000) != 0xB000);
        }
}

TEST_CASE("a retrieve is a success only when everything was sent and taken", "[service]")
{
    auto const uid = dicom::Uid::ofKnown("1.2");
    SubOperations counts;
    CHECK(counts.finalStatus(Proceed::GoOn).code == 0xA702); // nothing was sent
    counts.completed = 2;
    CHECK(counts.finalStatus(Proceed::GoOn).code == 0x0000);
    CHECK(counts.finalStatus(Proceed::Cancel).code == 0xFE00);
    counts.warning = 1;
    CHECK(counts.finalStatus(Proceed::GoOn).code == 0xB000);
    counts.warning = 0;
    counts.fail(uid, "first");
    counts.fail(uid, "second");
    CHECK(counts.finalStatus(Proceed::GoOn).code == 0xB000);
    CHECK(counts.finalStatus(Proceed::GoOn).comment == "first");
    counts.completed = 0;
    CHECK(counts.finalStatus(Proceed::GoOn).code == 0xA702);
}

TEST_CASE("the list of failed instances stays within what a UI element can hold", "[service]")
{
    SubOperations counts;
    for (int i = 0; i < 3000; ++i)
        counts.fail(dicom::Uid::ofKnown("2.25." + std::to_string(100'000'000'000'000 + i)), "why");
    auto const syntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
    auto const bytes = encodeFailedInstances(counts, syntax);
    REQUIRE(bytes);
    auto const decoded = dicom::decodeIdentifier(*bytes, syntax, "");
    REQUIRE(decoded);
    auto const list = decoded->value({0x0008, 0x0058});
    CHECK(list.size() > 60'000);
    CHECK(list.size() <= 65'534);
    CHECK(list.starts_with("2.25.100000000000000\\2.25.100000000000001\\"));
}
