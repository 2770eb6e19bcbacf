#include "tests/bench/objects.h"

#include "tests/support/synthetic_object.h"

#include <atomic>
#include <cmath>
#include <ctime>
#include <fmt/format.h>

namespace qianli::bench {
namespace {

constexpr std::size_t aboutHead = 700; // what SyntheticObject's attributes take
constexpr char dxForPresentation[] = "1.2.840.10008.5.1.4.1.1.1.1";

// Below 2.999, the arc for examples (ITU-T X.660).
std::string newRoot()
{
    static std::atomic<int> made = 0;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return fmt::format("2.999.{}{:09}.{}", now.tv_sec, now.tv_nsec, ++made);
}

std::string littleEndian(std::uint16_t value)
{
    return {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
}

} // namespace

ObjectMaker::ObjectMaker(Modality modality, std::size_t bytes) : modality_(modality), root_(newRoot())
{
    std::size_t const pixelBytes = bytes > aboutHead + 128 ? bytes - aboutHead : 128;
    side_ = static_cast<std::uint16_t>(std::sqrt(static_cast<double>(pixelBytes) / 2));
    noise_.resize(std::size_t{side_} * side_ * 2);
    std::uint32_t state = 1;
    for (auto& byte : noise_) {
        state = state * 1664525u + 1013904223u;
        byte = static_cast<std::uint8_t>(state >> 24);
    }
}

Object ObjectMaker::make(std::uint64_t site, std::uint64_t study, std::uint64_t instance) const
{
    Object made;
    made.study = fmt::format("{}.{}.{}", root_, site, study);
    made.sopInstance = fmt::format("{}.1.{}", made.study, instance);
    test::SyntheticObject object(made.study, made.study + ".1", made.sopInstance);
    if (modality_ == Modality::Dx) {
        object.set(0x00080016, "UI", dxForPresentation);
        object.set(0x00080060, "CS", "DX");
    }
    object.set(0x00080050, "SH", fmt::format("A{}.{}", site, study));
    object.set(0x00100020, "LO", fmt::format("P{}.{}", site, study));
    object.set(0x00200013, "IS", std::to_string(instance));
    object.set(0x00280010, "US", littleEndian(side_));
    object.set(0x00280011, "US", littleEndian(side_));
    object.pixels(0, 0);
    made.sopClass = object.sopClass();
    made.head = object.dataSet();
    made.head.insert(made.head.end(), {0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0});
    for (int shift = 0; shift < 32; shift += 8)
        made.head.push_back(static_cast<std::uint8_t>(noise_.size() >> shift & 0xFF));
    made.pixels = noise_;
    return made;
}

} // namespace qianli::bench
