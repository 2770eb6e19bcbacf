// A picture with known values, written as a DICOM file and read back through the viewer's own loader and decoder.
#pragma once

#include "tests/support/support.h"
#include "viewer/model/measurement.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <functional>
#include <memory>

namespace qianli::test {

struct Phantom {
    std::shared_ptr<viewer::ImageAttributes const> image;
    std::shared_ptr<viewer::Pixels const> pixels;

    viewer::FrameAttributes const& frame(std::uint32_t index = 0) const { return image->frame(index); }
};

struct PhantomWish {
    char const* sopClass = UID_CTImageStorage;
    char const* modality = "CT";
    std::uint16_t rows = 64, columns = 64;
    // Stored value at (column, row), of 16 bits.
    std::function<int(int, int)> stored = [](int, int) { return 0; };
    std::function<void(DcmDataset&)> change = {};
};
// `instance` counts from 1: number, place and UID of a picture of the same series.
void writePhantom(PhantomWish const& wish, std::filesystem::path const& path, int instance = 1);
Phantom makePhantom(PhantomWish const& wish);

// A measurement on the first frame.
viewer::Measurement onPhantom(Phantom const& phantom, viewer::MeasurementKind kind, std::vector<QPointF> points);
viewer::MeasuredValues measured(Phantom const& phantom, viewer::Measurement const& measurement);
// The words of it, in Chinese.
std::string wordsOf(Phantom const& phantom, viewer::Measurement const& measurement,
                    std::vector<viewer::Measurement> const& all = {});

} // namespace qianli::test
