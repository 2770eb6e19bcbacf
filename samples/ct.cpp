#include "samples/body.h"
#include "samples/noise.h"
#include "samples/studies.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <numbers>
#include <thread>

namespace qianli::samples {
namespace {

struct Scan {
    int size, slices;
    double spacing, thickness, firstZ, tilt; // mm, radians
    bool isHead;
    std::uint32_t anatomySeed;
    double noise; // of the detector, in Hounsfield units
};

Scan scanOf(Kind kind, SampleStudy const& study, Detail detail)
{
    auto const seed = static_cast<std::uint32_t>(study.seed * 31 + static_cast<std::uint64_t>(study.number));
    bool const small = detail == Detail::Small;
    if (kind == Kind::CtChest)
        return {small ? 128 : 512, small ? 6 : 48, small ? 2.96 : 0.74, small ? 40.0 : 5.0, 12, 0, false, seed, 13};
    double const tilt = kind == Kind::CtHeadTilted ? 18 * std::numbers::pi / 180 : 0;
    return {small ? 128 : 512,
            small ? 5 : 28,
            small ? 1.8 : 0.45,
            small ? 25.0 : 5.0,
            kind == Kind::CtHeadTilted ? 20.0 : 6.0,
            tilt,
            true,
            seed,
            4.2};
}

// A slice's pixel in the patient: columns along x, rows along y turned by the gantry's tilt about x.
Point pointOf(Scan const& scan, int slice, double column, double row)
{
    double const half = (scan.size - 1) / 2.0;
    double const across = (column - half) * scan.spacing, down = (row - half) * scan.spacing;
    return {across, down * std::cos(scan.tilt), scan.firstZ + slice * scan.thickness - down * std::sin(scan.tilt)};
}

std::vector<std::uint16_t> drawSlice(Scan const& scan, SampleStudy const& study, int slice)
{
    auto const size = static_cast<std::size_t>(scan.size);
    std::vector<double> noise(size * size);
    for (std::size_t i = 0; i < noise.size(); ++i)
        noise[i] = grain(static_cast<std::uint32_t>(i % size), static_cast<std::uint32_t>(i / size),
                         static_cast<std::uint32_t>(slice), scan.anatomySeed);
    std::vector<std::uint16_t> values(size * size);
    for (int row = 0; row < scan.size; ++row)
        for (int column = 0; column < scan.size; ++column) {
            Point const point = pointOf(scan, slice, column, row);
            double value = scan.isHead ? headHounsfield(point, {scan.anatomySeed, study.number % 2 == 0})
                                       : chestHounsfield(point, {scan.anatomySeed, true});
            // The reconstruction's kernel makes noise of neighbours alike.
            auto const at = [&](int dx, int dy) {
                auto const x = static_cast<std::size_t>(std::clamp(column + dx, 0, scan.size - 1)),
                           y = static_cast<std::size_t>(std::clamp(row + dy, 0, scan.size - 1));
                return noise[y * size + x];
            };
            double const smooth = (2 * at(0, 0) + at(1, 0) + at(-1, 0) + at(0, 1) + at(0, -1)) / 2.83;
            value += scan.noise * smooth * (value < -900 ? 0.35 : 1.0);
            double const radius = std::hypot(column - (scan.size - 1) / 2.0, row - (scan.size - 1) / 2.0);
            auto const hounsfield =
                static_cast<int>(std::lround(radius > scan.size / 2.0 ? -1024 : std::clamp(value, -1024.0, 3071.0)));
            values[static_cast<std::size_t>(row) * size + static_cast<std::size_t>(column)] =
                static_cast<std::uint16_t>(hounsfield + 1024);
        }
    return values;
}

void writeSlice(Kind kind, Scan const& scan, SampleStudy const& study, int slice, std::filesystem::path const& folder)
{
    SampleObject object(study, UID_CTImageStorage, "CT", 2, slice + 1);
    object.text(0x0008, 0x0008, "ORIGINAL\\PRIMARY\\AXIAL");
    object.text(0x0008, 0x103E, scan.isHead ? "Head 5.0 H31s" : "Chest 5.0 B40f");
    object.text(0x0018, 0x0050, fmt::format("{:g}", scan.thickness));
    object.text(0x0018, 0x0060, "120");
    object.text(0x0018, 0x1120, fmt::format("{:g}", std::round(scan.tilt * 1800 / std::numbers::pi) / 10));
    object.text(0x0018, 0x1151, scan.isHead ? "260" : "180");
    object.text(0x0018, 0x1210, scan.isHead ? "H31s" : "B40f");
    object.text(0x0018, 0x5100, "HFS");
    object.text(0x0020, 0x0012, "2");
    object.text(0x0020, 0x0052, study.uid("frame of reference"));
    Point const corner = pointOf(scan, slice, 0, 0);
    object.text(0x0020, 0x0032, fmt::format("{:.4f}\\{:.4f}\\{:.4f}", corner.x, corner.y, corner.z));
    object.text(0x0020, 0x0037, fmt::format("1\\0\\0\\0\\{:.8f}\\{:.8f}", std::cos(scan.tilt), -std::sin(scan.tilt)));
    object.text(0x0020, 0x1041, fmt::format("{:.2f}", scan.firstZ + slice * scan.thickness));
    object.text(0x0028, 0x0030, fmt::format("{}\\{}", scan.spacing, scan.spacing));
    object.text(0x0028, 0x1050, scan.isHead ? "40\\400" : "40\\-550");
    object.text(0x0028, 0x1051, scan.isHead ? "80\\2000" : "400\\1500");
    object.text(0x0028, 0x1052, "-1024");
    object.text(0x0028, 0x1053, "1");
    object.text(0x0028, 0x1054, "HU");
    auto const size = static_cast<std::uint16_t>(scan.size);
    object.pixels({size, size, 12, false, "MONOCHROME2"}, drawSlice(scan, study, slice));
    object.write(folder / fmt::format("{}-{:03}.dcm", word(kind), slice + 1));
}

} // namespace

void makeCt(Kind kind, SampleStudy const& study, Detail detail, std::filesystem::path const& folder)
{
    Scan const scan = scanOf(kind, study, detail);
    std::atomic<int> next{0};
    std::vector<std::thread> threads;
    std::vector<std::exception_ptr> failures(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
    for (auto& failure : failures)
        threads.emplace_back([&] {
            try {
                for (int slice = next++; slice < scan.slices; slice = next++)
                    writeSlice(kind, scan, study, slice, folder);
            } catch (...) {
                failure = std::current_exception();
            }
        });
    for (auto& thread : threads)
        thread.join();
    for (auto const& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
}

} // namespace qianli::samples
