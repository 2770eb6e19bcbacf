#include "tests/decoding/openjph_judge.h"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <openjph/ojph_arch.h>
#include <openjph/ojph_base.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_params.h>

namespace qianli::test {
namespace {

using namespace qianli::viewer;

Result<void> check(ojph::param_siz const& siz, PixelFormat const& format)
{
    auto const extent = siz.get_image_extent();
    auto const offset = siz.get_image_offset();
    if (extent.x < offset.x || extent.y < offset.y || siz.get_num_components() == 0)
        return fail(ErrorCode::InvalidInput, "the HTJ2K codestream holds no image");
    CodestreamFormat const found{extent.y - offset.y, extent.x - offset.x, siz.get_num_components(),
                                 siz.get_bit_depth(0)};
    QIANLI_TRY(checkAgainstHeader("HTJ2K", found, format));
    for (std::uint32_t c = 0; c < found.components; ++c)
        if (siz.get_downsampling(c).x != 1 || siz.get_downsampling(c).y != 1 || siz.get_bit_depth(c) != found.precision)
            return fail(ErrorCode::Refused,
                        "HTJ2K with sub-sampled or unlike components is not available in this version");
    return {};
}

// Lossy coding overshoots, and OpenJPH leaves it to the caller to stay inside the codestream's range.
struct Range {
    std::int64_t lowest, highest;
};

Range rangeOf(ojph::param_siz const& siz)
{
    std::uint32_t const bits = siz.get_bit_depth(0);
    if (siz.is_signed(0))
        return {-(std::int64_t{1} << (bits - 1)), (std::int64_t{1} << (bits - 1)) - 1};
    return {0, (std::int64_t{1} << bits) - 1};
}

Result<void> pullLines(ojph::codestream& codestream, DecodedFrame& frame)
{
    Range const range = rangeOf(codestream.access_siz());
    std::uint32_t const components = frame.format.samplesPerPixel;
    std::vector<std::uint32_t> nextRow(components);
    for (std::uint64_t line = 0; line < std::uint64_t{frame.format.rows} * components; ++line) {
        ojph::ui32 component = 0;
        ojph::line_buf const* const buffer = codestream.pull(component);
        if (!buffer || component >= components || buffer->size < frame.format.columns ||
            nextRow[component] >= frame.format.rows)
            return fail(ErrorCode::InvalidInput, "the HTJ2K codestream ends early");
        std::size_t const row = nextRow[component]++;
        for (std::size_t x = 0; x < frame.format.columns; ++x)
            storeSample(frame, (row * frame.format.columns + x) * components + component,
                        std::clamp<std::int64_t>(buffer->i32[x], range.lowest, range.highest));
    }
    return {};
}

} // namespace

Result<void> decodeWithOpenJph(Codestream bytes, DecodedFrame& frame)
try {
    ojph::mem_infile file;
    file.open(bytes.data(), bytes.size());
    ojph::codestream codestream;
    codestream.read_headers(&file);
    QIANLI_TRY(check(codestream.access_siz(), frame.format));
    codestream.set_planar(false);
    codestream.create();
    QIANLI_TRY(pullLines(codestream, frame));
    codestream.close();
    if (frame.format.photometric == "YBR_RCT" || frame.format.photometric == "YBR_ICT")
        frame.format.photometric = "RGB"; // the decoder undid the transform
    return {};
} catch (std::exception const& error) {
    return fail(ErrorCode::InvalidInput, fmt::format("the HTJ2K codestream is damaged: {}", error.what()));
}

} // namespace qianli::test
