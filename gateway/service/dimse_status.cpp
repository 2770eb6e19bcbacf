#include "gateway/service/dimse_status.h"

#include <algorithm>
#include <optional>

namespace qianli::gateway {

namespace {

using enum model::Service;
constexpr model::Service everywhere[] = {Echo, Store, Find, Get, Move};
constexpr model::Service withDataSet[] = {Store, Find, Get, Move};
constexpr model::Service queries[] = {Find, Get, Move};
constexpr model::Service finds[] = {Find};
constexpr model::Service retrievals[] = {Get, Move};
constexpr model::Service moves[] = {Move};

constexpr std::string_view anyAdvice = "send it again; if it stays so, keep this log for the gateway's support";
constexpr std::string_view notAgreed =
    "the device asks for something that was not agreed: show its service engineer this line";

constexpr StatusMeaning meanings[] = {
    {status::success, everywhere, "Success", ""},
    {status::pending, queries, "Pending: an answer, or sub-operations continue", ""},
    {status::pendingKeysUnsupported, finds, "Pending: an answer; optional keys of the request were not matched", ""},
    {status::cancelled, queries, "Cancel: ended by a C-CANCEL request", anyAdvice},
    {status::subOperationsWarning, retrievals, "Warning: sub-operations complete, one or more failed", anyAdvice},
    {status::processingFailure, everywhere, "Processing failure", anyAdvice},
    {status::sopClassNotSupported, withDataSet,
     "SOP Class not supported: the request is not of the SOP Class of its presentation context", notAgreed},
    {status::refusedNotAuthorized, everywhere, "Refused: not authorized for this caller",
     "if it should be taken, change `allow` or the callers of the site in the configuration"},
    {status::unrecognizedOperation, everywhere, "Unrecognized operation", notAgreed},
    {status::outOfResources, withDataSet,
     "Refused: out of resources: the disk is full, too many operations are in progress, or more is asked for than is "
     "answered at once",
     "the device keeps it and sends it again; `status` shows whether the disk or the number of operations is at its "
     "limit"},
    {status::unableToPerformSubOperations, retrievals, "Refused: unable to perform sub-operations", anyAdvice},
    {status::destinationUnknown, moves, "Refused: move destination unknown, or not allowed to this caller", anyAdvice},
    {status::dataSetMismatch, withDataSet,
     "Data set or identifier does not match the SOP Class, or the object can't be filed",
     "the device writes objects that cannot be filed: show its service engineer this line"},
    {status::unableToProcess, withDataSet,
     "Cannot understand, or unable to process: damaged, or beyond a limit; several objects are meant",
     "the object was damaged on the device or on its way: send it again, and if it stays so, show the device's service "
     "engineer this line"},
};

std::uint16_t codeOf(ErrorCode code, model::Service service)
{
    bool const stores = service == model::Service::Store;
    bool const retrieves = service == model::Service::Get || service == model::Service::Move;
    switch (code) {
    case ErrorCode::InvalidInput:
        return stores ? status::unableToProcess : status::dataSetMismatch;
    case ErrorCode::Refused:
        return status::refusedNotAuthorized;
    case ErrorCode::LimitExceeded:
        return stores ? status::unableToProcess : status::outOfResources;
    case ErrorCode::Unavailable:
        return retrieves ? status::unableToPerformSubOperations : status::outOfResources;
    case ErrorCode::Cancelled:
        return stores ? status::processingFailure : status::cancelled;
    case ErrorCode::Internal:
        return status::processingFailure;
    case ErrorCode::Conflict:
        return stores ? status::dataSetMismatch : status::unableToProcess;
    case ErrorCode::NotFound:
    case ErrorCode::Corrupt:
        return status::unableToProcess;
    }
    return status::processingFailure;
}

bool isHexadecimal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// "(gggg,eeee)", as toString(Tag) writes it. The first one is ours: what a peer wrote comes behind it.
std::optional<dicom::Tag> firstAttribute(std::string_view message)
{
    for (auto open = message.find('('); open != message.npos; open = message.find('(', open + 1)) {
        auto const text = message.substr(open, 11);
        if (text.size() < 11 || text[5] != ',' || text[10] != ')')
            continue;
        std::string const digits = std::string(text.substr(1, 4)) + std::string(text.substr(6, 4));
        if (!std::ranges::all_of(digits, isHexadecimal))
            continue;
        auto const key = std::stoul(digits, nullptr, 16);
        return dicom::Tag{static_cast<std::uint16_t>(key >> 16), static_cast<std::uint16_t>(key & 0xFFFF)};
    }
    return std::nullopt;
}

} // namespace

DimseStatus toDimseStatus(Error const& error, model::Service service)
{
    DimseStatus translated{codeOf(error.code, service), error.message};
    // PS3.4 table B.2-1: with A9xx and Cxxx.
    if (service == model::Service::Store &&
        (translated.code == status::dataSetMismatch || translated.code == status::unableToProcess))
        if (auto const attribute = firstAttribute(error.message))
            translated.offending.push_back(*attribute);
    return translated;
}

std::span<StatusMeaning const> statusMeanings()
{
    return meanings;
}

std::string_view adviceOn(DimseStatus const& status)
{
    auto const found = std::ranges::find(meanings, status.code, &StatusMeaning::code);
    return found != std::end(meanings) ? found->advice : anyAdvice;
}

DimseStatus mayUse(bool allowed)
{
    return allowed ? DimseStatus{}
                   : DimseStatus{status::refusedNotAuthorized, "this caller is not allowed to use the service"};
}

} // namespace qianli::gateway
