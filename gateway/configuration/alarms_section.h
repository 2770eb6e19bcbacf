// [alarms]: when somebody must look.
#pragma once

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/section.h"

namespace qianli::gateway {

void readAlarms(Section section, AlarmSettings& alarms);

} // namespace qianli::gateway
