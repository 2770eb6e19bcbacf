// Tag: a DICOM attribute's group and element as one comparable value; the ones our own code names.
#pragma once

#include <compare>
#include <cstdint>

namespace qianli::dicom {

struct Tag {
    std::uint16_t group = 0;
    std::uint16_t element = 0;
    auto operator<=>(Tag const&) const = default;
    constexpr std::uint32_t key() const { return (static_cast<std::uint32_t>(group) << 16) | element; }
};

} // namespace qianli::dicom
