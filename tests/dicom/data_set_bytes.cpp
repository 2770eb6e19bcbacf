#include "tests/dicom/data_set_bytes.h"

#include "common/dicom/value_representation.h"

namespace qianli::test {

DataSetBytes& DataSetBytes::element(dicom::Tag tag, std::string_view vr, std::string_view value)
{
    return elementWithLength(tag, vr, static_cast<std::uint32_t>(value.size())).raw(value);
}

DataSetBytes& DataSetBytes::elementWithLength(dicom::Tag tag, std::string_view vr, std::uint32_t length)
{
    putTag(tag);
    bytes_ += vr;
    if (dicom::hasShortLength(vr) || vr == "??") {
        put16(length);
    } else {
        put16(0);
        put32(length);
    }
    return *this;
}

DataSetBytes& DataSetBytes::implicitElement(dicom::Tag tag, std::string_view value)
{
    return implicitWithLength(tag, static_cast<std::uint32_t>(value.size())).raw(value);
}

DataSetBytes& DataSetBytes::implicitWithLength(dicom::Tag tag, std::uint32_t length)
{
    putTag(tag);
    put32(length);
    return *this;
}

DataSetBytes& DataSetBytes::item(std::uint32_t length)
{
    return implicitWithLength(dicom::tag::item, length);
}

DataSetBytes& DataSetBytes::itemEnd()
{
    return implicitWithLength(dicom::tag::itemDelimitation, 0);
}

DataSetBytes& DataSetBytes::sequenceEnd()
{
    return implicitWithLength(dicom::tag::sequenceDelimitation, 0);
}

DataSetBytes& DataSetBytes::raw(std::string_view bytes)
{
    bytes_ += bytes;
    return *this;
}

void DataSetBytes::put16(std::uint32_t value)
{
    char const low = static_cast<char>(value & 0xFF);
    char const high = static_cast<char>((value >> 8) & 0xFF);
    bytes_ += order_ == Order::Little ? low : high;
    bytes_ += order_ == Order::Little ? high : low;
}

void DataSetBytes::put32(std::uint32_t value)
{
    put16(order_ == Order::Little ? value & 0xFFFF : value >> 16);
    put16(order_ == Order::Little ? value >> 16 : value & 0xFFFF);
}

void DataSetBytes::putTag(dicom::Tag tag)
{
    put16(tag.group);
    put16(tag.element);
}

} // namespace qianli::test
