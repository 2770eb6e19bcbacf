#include "gateway/service/dimse_status.h"

namespace qianli::gateway {

namespace {

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
    case ErrorCode::NotFound:
    case ErrorCode::Conflict:
    case ErrorCode::Corrupt:
        return status::unableToProcess;
    }
    return status::processingFailure;
}

} // namespace

DimseStatus toDimseStatus(Error const& error, model::Service service)
{
    return {codeOf(error.code, service), error.message};
}

DimseStatus mayUse(bool allowed)
{
    return allowed ? DimseStatus{}
                   : DimseStatus{status::refusedNotAuthorized, "this caller is not allowed to use the service"};
}

} // namespace qianli::gateway
