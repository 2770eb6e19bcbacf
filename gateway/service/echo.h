// EchoService: C-ECHO, are you there (PS3.4 annex A).
#pragma once

#include "gateway/service/caller.h"
#include "gateway/service/dimse_status.h"

namespace qianli::gateway {

class EchoService {
public:
    DimseStatus run(Caller const& caller) const { return mayUse(caller.allow.contains(model::Service::Echo)); }
};

} // namespace qianli::gateway
