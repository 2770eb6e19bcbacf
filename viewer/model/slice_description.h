// SliceDescription: what tells pictures that lie in one place apart: how and when each was made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

// As the object says, or one frame of an enhanced object (PS3.3 C.7.6.16). Empty or 0: not said.
struct SliceDescription {
    std::string frameType; // Image Type (0008,0008) or Frame Type (0008,9007): "ORIGINAL\PRIMARY\AXIAL"
    std::string kernel;    // Convolution Kernel (0018,1210)
    std::string contrast;  // Contrast/Bolus Agent (0018,0010)
    std::string stackId;   // (0020,9056)
    std::string acquisitionTime;
    std::int32_t acquisitionNumber = 0;
    std::int32_t temporalPosition = 0;
    std::int32_t echoNumber = 0;
    std::int32_t inStackPosition = 0;
    std::optional<double> kvp, repetitionTime, echoTime, inversionTime, triggerTime, bValue;
    std::optional<double> gantryTilt; // (0018,1120), degrees
    // Dimension Index Values (0020,9157) but for those that only say where the frame lies.
    std::vector<std::uint32_t> dimensions;
};

} // namespace qianli::viewer
