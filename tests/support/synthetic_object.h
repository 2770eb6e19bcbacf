// SyntheticObject: a small DICOM data set made in code, explicit VR little endian, for tests that need many or odd
// ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::test {

class SyntheticObject {
public:
    // A CT image with every attribute that an index wants.
    SyntheticObject(std::string study, std::string series, std::string sopInstance);

    // Value as sent; padded to even length. Tag as 0xGGGGEEEE. The VR must be one with a 16-bit length.
    SyntheticObject& set(std::uint32_t tag, std::string_view vr, std::string value);
    SyntheticObject& remove(std::uint32_t tag);
    // `bytes` of pixel data that depend on `seed`.
    SyntheticObject& pixels(std::size_t bytes, std::uint32_t seed);

    std::vector<std::uint8_t> dataSet() const;
    std::string const& sopClass() const { return elements_.at(0x00080016).value; }
    std::string const& sopInstance() const { return elements_.at(0x00080018).value; }

    static constexpr char transferSyntax[] = "1.2.840.10008.1.2.1";

private:
    struct Element {
        std::string vr;
        std::string value;
    };
    std::map<std::uint32_t, Element> elements_;
    std::string pixels_;
};

} // namespace qianli::test
