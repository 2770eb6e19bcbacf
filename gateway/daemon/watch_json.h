// Alarms and silent sites as the control socket carries them.
#pragma once

#include "gateway/alarm/alarm_board.h"
#include "gateway/upkeep/silent_sites.h"

#include <nlohmann/json_fwd.hpp>

namespace qianli::gateway {

nlohmann::json toJson(Alarm const& alarm);
Alarm alarmFromJson(nlohmann::json const& json);

nlohmann::json toJson(Silence const& silence);
Silence silenceFromJson(nlohmann::json const& json);

} // namespace qianli::gateway
