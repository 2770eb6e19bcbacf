// DataSetBytes: writes data sets by hand, right or wrong ones, for the tests of the scan.
#pragma once

#include "common/dicom/tag.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qianli::test {

enum class Order { Little, Big };
inline constexpr std::uint32_t undefinedLength = 0xFFFF'FFFF;

class DataSetBytes {
public:
    explicit DataSetBytes(Order order = Order::Little) : order_(order) {}

    // Explicit VR; the long form of the length for OB, SQ, UN …; a length other than the value's where given.
    DataSetBytes& element(dicom::Tag tag, std::string_view vr, std::string_view value);
    DataSetBytes& elementWithLength(dicom::Tag tag, std::string_view vr, std::uint32_t length);
    DataSetBytes& implicitElement(dicom::Tag tag, std::string_view value);
    DataSetBytes& implicitWithLength(dicom::Tag tag, std::uint32_t length);
    DataSetBytes& item(std::uint32_t length = undefinedLength);
    DataSetBytes& itemEnd();
    DataSetBytes& sequenceEnd();
    DataSetBytes& raw(std::string_view bytes);

    std::string const& text() const { return bytes_; }
    std::span<std::uint8_t const> bytes() const { return asBytes(bytes_); }
    static std::span<std::uint8_t const> asBytes(std::string_view text)
    {
        return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
    }

private:
    void put16(std::uint32_t value);
    void put32(std::uint32_t value);
    void putTag(dicom::Tag tag);

    Order order_;
    std::string bytes_;
};

} // namespace qianli::test
