// Real pictures drawn by us and by DCMTK's dcmj2pnm, pixel by pixel at one screen pixel a pixel.
#include "tests/support/support.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/render/image_renderer.h"

#include <QFile>
#include <QImage>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fmt/format.h>

using namespace qianli;
using namespace qianli::viewer;

namespace {

struct Golden {
    char const* file;
    VoiChoice voi;
    std::vector<std::string> words; // the same for dcmj2pnm
    int tolerance = 1;
};

VoiChoice manual(double center, double width)
{
    return {VoiChoice::Kind::Manual, 0, {center, width, {}}};
}

QImage drawOurs(std::filesystem::path const& path, VoiChoice const& voi)
{
    auto const image = loadImageAttributes(path);
    REQUIRE(image);
    auto const frame = makeLocalDecoder()->decode(path, 0);
    INFO((frame ? "" : frame.error().message));
    REQUIRE(frame);
    auto const pixels = preparePixels(*frame, **image);
    REQUIRE(pixels);
    auto attributes = (*image)->frame(0);
    attributes.pixelAspect = 1; // dcmj2pnm draws square pixels
    ViewState state;
    state.voi = voi;
    return renderImage(**pixels, attributes, state,
                       QSize(static_cast<int>((*pixels)->columns), static_cast<int>((*pixels)->rows)));
}

int largestDifference(QImage const& a, QImage const& b)
{
    int largest = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x) {
            QRgb const p = a.pixel(x, y);
            QRgb const q = b.pixel(x, y);
            largest = std::max(
                {largest, std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)), std::abs(qBlue(p) - qBlue(q))});
        }
    return largest;
}

} // namespace

TEST_CASE("Our pictures equal those of a program that is not ours", "[picture]")
{
    VoiChoice const lut{VoiChoice::Kind::FileLut, 0, {}};
    VoiChoice const window{VoiChoice::Kind::FileWindow, 0, {}};
    std::vector<Golden> const goldens{
        {"ct/single/CT_small.dcm", manual(40, 400), {"+Ww", "40", "400"}},
        {"xray/RG3_JPLL", window, {"+Wi", "1"}}, // MONOCHROME1
        {"xray/XA1_JPLL", manual(500, 900), {"+Ww", "500", "900"}},
        {"xray/1000.dcm", lut, {"+Wl", "1"}},
        {"luts-overlays/vlut_04.dcm", lut, {"+Wl", "1"}},
        {"luts-overlays/mlut_18.dcm", manual(0, 2000), {"+Ww", "0", "2000"}},
        {"us/examples_rgb_color.dcm", {}, {}},
        {"us/OBXXXX1A_2frame.dcm", {}, {}},
        {"us/examples_palette.dcm", {}, {}},
        {"us/examples_ybr_color.dcm", {}, {"+cn"}, 3},
        {"us/color-pl.dcm", {}, {}},
        {"us/color-px.dcm", {}, {}},
        {"us/US-YBR_FULL_422-EVRLE.dcm", {}, {}, 2},
        {"compressed/SC_ybr_full_uncompressed.dcm", {}, {}, 2},
        {"compressed/TestPattern_Palette.dcm", {}, {}},
        {"compressed/TestPattern_Palette_16.dcm", {}, {}},
        {"compressed/OT-PAL-8-face.dcm", {}, {}},
        {"compressed/SC_rgb_16bit_2frame.dcm", {}, {}},
        {"mg/MG1_JPLY", window, {"+Wi", "1"}},
        {"xray/dx_image.dcm", window, {"+Wi", "1"}},
        {"xray/I_000000.dcm", window, {"+Wi", "1"}}, // its Modality LUT is not for the eye
        {"compressed/MR_small.dcm", window, {"+Wi", "1"}},
        {"ct/siemens-abdomen-49/IM-0001-0020.dcm", window, {"+Wi", "1"}},
        {"compressed/SC_rgb_jpeg_dcmtk.dcm", {}, {}, 3},
    };
    for (auto const& golden : goldens) {
        auto const path = test::sharedData(golden.file);
        if (!path)
            continue;
        INFO(golden.file);
        test::TemporaryFolder const folder;
        std::vector<std::string> words{"dcmj2pnm", "-O", "+F", "1", "+op"};
        words.insert(words.end(), golden.words.begin(), golden.words.end());
        words.insert(words.end(), {path->string(), folder / "reference.pnm"});
        auto const made = test::run(words);
        INFO(made.errors);
        CHECK(made.exitCode == 0);
        QImage const reference(QString::fromStdString(folder / "reference.pnm"));
        QImage const ours = drawOurs(*path, golden.voi);
        REQUIRE(ours.size() == reference.size());
        CHECK(largestDifference(ours, reference) <= golden.tolerance);
    }
}
