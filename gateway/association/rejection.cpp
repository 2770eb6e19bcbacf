#include "gateway/association/rejection.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

namespace qianli::gateway {

namespace {

void send(dicom::Association& association, T_ASC_RejectParameters const& parameters)
{
    ASC_rejectAssociation(association.get(), &parameters);
    // The requestor closes; cutting the line at once could take our reason with it.
    ASC_dropSCPAssociation(association.get(), 2);
    association.setOver();
}

} // namespace

void reject(dicom::Association& association, Rejection rejection)
{
    switch (rejection) {
    case Rejection::CallingAeNotRecognised:
        return send(association,
                    {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED});
    case Rejection::CalledAeNotRecognised:
        return send(association,
                    {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED});
    case Rejection::NoReasonGiven:
        return send(association, {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_NOREASON});
    case Rejection::LocalLimitExceeded:
        return send(association, {ASC_RESULT_REJECTEDTRANSIENT, ASC_SOURCE_SERVICEPROVIDER_PRESENTATION_RELATED,
                                  ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED});
    }
}

void rejectApplicationContext(dicom::Association& association)
{
    send(association, {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED});
}

} // namespace qianli::gateway
