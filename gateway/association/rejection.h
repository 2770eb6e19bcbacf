// How a caller is told that it may not come in (A-ASSOCIATE-RJ, PS3.8 9.3.4).
#pragma once

#include "common/dicom/network/association.h"
#include "gateway/association/peer_directory.h"

namespace qianli::gateway {

void reject(dicom::Association& association, Rejection rejection);
void rejectApplicationContext(dicom::Association& association);

} // namespace qianli::gateway
