// DeviceTime: when an object was made, as its device's clock said.
#pragma once

#include "common/base/clock.h"
#include "common/dicom/instance_header.h"

#include <optional>

namespace qianli::dicom {

// A span, because dates and times may be written with few digits (PS3.5 6.2).
struct DeviceTime {
    TimePoint from{}, to{};
};

// The newest of content, acquisition, series and study date with its time; nothing where no date makes sense. In the
// zone that the object names (0008,0201), else in this machine's.
std::optional<DeviceTime> deviceTime(InstanceHeader const& header);

// Time of receipt minus the device's time. Negative: the device's clock is ahead for certain. Positive: it is behind,
// or the object was sent late. Zero within the span.
std::optional<Duration> clockSkew(InstanceHeader const& header, TimePoint receivedAt);

} // namespace qianli::dicom
