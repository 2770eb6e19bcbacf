#include "tests/support/synthetic_object.h"

namespace qianli::test {
namespace {

void append16(std::vector<std::uint8_t>& out, std::uint32_t value)
{
    out.push_back(static_cast<std::uint8_t>(value & 0xFF));
    out.push_back(static_cast<std::uint8_t>(value >> 8 & 0xFF));
}

void append32(std::vector<std::uint8_t>& out, std::uint32_t value)
{
    append16(out, value & 0xFFFF);
    append16(out, value >> 16);
}

void appendTag(std::vector<std::uint8_t>& out, std::uint32_t tag)
{
    append16(out, tag >> 16);
    append16(out, tag & 0xFFFF);
}

} // namespace

SyntheticObject::SyntheticObject(std::string study, std::string series, std::string sopInstance)
{
    set(0x00080005, "CS", "ISO_IR 192");
    set(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
    set(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2");
    set(0x00080018, "UI", std::move(sopInstance));
    set(0x00080020, "DA", "20261122");
    set(0x00080030, "TM", "101500");
    set(0x00080050, "SH", "A1001");
    set(0x00080060, "CS", "CT");
    set(0x00081030, "LO", "胸部平扫");
    set(0x00100010, "PN", "Zhang^Bing=张^昞");
    set(0x00100020, "LO", "P001");
    set(0x00100030, "DA", "19560203");
    set(0x00100040, "CS", "F");
    set(0x00180015, "CS", "CHEST");
    set(0x0020000D, "UI", std::move(study));
    set(0x0020000E, "UI", std::move(series));
    set(0x00200010, "SH", "1");
    set(0x00200011, "IS", "2");
    set(0x00200013, "IS", "1");
    set(0x00200032, "DS", "-100\\-120\\50.5");
    set(0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    set(0x00280010, "US", std::string("\x10\x00", 2));
    set(0x00280011, "US", std::string("\x10\x00", 2));
    pixels(512, 1);
}

SyntheticObject& SyntheticObject::set(std::uint32_t tag, std::string_view vr, std::string value)
{
    elements_[tag] = {std::string(vr), std::move(value)};
    return *this;
}

SyntheticObject& SyntheticObject::remove(std::uint32_t tag)
{
    elements_.erase(tag);
    return *this;
}

SyntheticObject& SyntheticObject::pixels(std::size_t bytes, std::uint32_t seed)
{
    pixels_.resize(bytes + bytes % 2);
    std::uint32_t state = seed * 2654435761u + 1;
    for (char& c : pixels_) {
        state = state * 1664525u + 1013904223u;
        c = static_cast<char>(state >> 24);
    }
    return *this;
}

std::vector<std::uint8_t> SyntheticObject::dataSet() const
{
    std::vector<std::uint8_t> out;
    for (auto const& [tag, element] : elements_) {
        std::string value = element.value;
        if (value.size() % 2 != 0)
            value += element.vr == "UI" ? '\0' : ' ';
        appendTag(out, tag);
        out.insert(out.end(), element.vr.begin(), element.vr.end());
        append16(out, static_cast<std::uint32_t>(value.size()));
        out.insert(out.end(), value.begin(), value.end());
    }
    if (!pixels_.empty()) {
        appendTag(out, 0x7FE00010);
        out.insert(out.end(), {'O', 'W', 0, 0});
        append32(out, static_cast<std::uint32_t>(pixels_.size()));
        out.insert(out.end(), pixels_.begin(), pixels_.end());
    }
    return out;
}

} // namespace qianli::test
