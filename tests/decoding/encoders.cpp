#include "tests/decoding/encoders.h"

#include <algorithm>
#include <memory>
#include <openjpeg.h>
#include <openjph/ojph_arch.h>
#include <openjph/ojph_base.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_params.h>
#include <stdexcept>

namespace qianli::test {
namespace {

struct Sink {
    std::string bytes;
    std::size_t at = 0;
};

OPJ_SIZE_T writeBytes(void* buffer, OPJ_SIZE_T size, void* user)
{
    auto& sink = *static_cast<Sink*>(user);
    sink.bytes.resize(std::max(sink.bytes.size(), sink.at + size));
    std::copy_n(static_cast<char const*>(buffer), size, sink.bytes.begin() + static_cast<std::ptrdiff_t>(sink.at));
    sink.at += size;
    return size;
}

OPJ_OFF_T skipBytes(OPJ_OFF_T count, void* user)
{
    static_cast<Sink*>(user)->at += static_cast<std::size_t>(count);
    return count;
}

OPJ_BOOL seekBytes(OPJ_OFF_T position, void* user)
{
    static_cast<Sink*>(user)->at = static_cast<std::size_t>(position);
    return OPJ_TRUE;
}

} // namespace

std::string encodeJpeg2000(Numbers const& numbers, std::vector<std::uint32_t> const& others)
{
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_numlayers = 1;
    parameters.cp_disto_alloc = 1;
    parameters.numresolution = 1; // small pictures have no lower ones
    opj_image_cmptparm_t component{};
    component.dx = component.dy = 1;
    component.w = numbers.columns;
    component.h = numbers.rows;
    component.prec = numbers.precision;
    component.sgnd = numbers.isSigned;
    std::vector<opj_image_cmptparm_t> components{component};
    for (std::uint32_t const precision : others) {
        component.prec = precision;
        components.push_back(component);
    }
    std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)> const image(
        opj_image_create(static_cast<OPJ_UINT32>(components.size()), components.data(), OPJ_CLRSPC_UNSPECIFIED),
        &opj_image_destroy);
    image->x1 = numbers.columns;
    image->y1 = numbers.rows;
    for (OPJ_UINT32 c = 0; c < image->numcomps; ++c)
        std::copy(numbers.values.begin(), numbers.values.end(), image->comps[c].data);
    std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)> const codec(opj_create_compress(OPJ_CODEC_J2K),
                                                                           &opj_destroy_codec);
    std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)> const stream(opj_stream_create(1 << 16, OPJ_FALSE),
                                                                              &opj_stream_destroy);
    Sink sink;
    opj_stream_set_user_data(stream.get(), &sink, nullptr);
    opj_stream_set_write_function(stream.get(), &writeBytes);
    opj_stream_set_skip_function(stream.get(), &skipBytes);
    opj_stream_set_seek_function(stream.get(), &seekBytes);
    if (!opj_setup_encoder(codec.get(), &parameters, image.get()) ||
        !opj_start_compress(codec.get(), image.get(), stream.get()) || !opj_encode(codec.get(), stream.get()) ||
        !opj_end_compress(codec.get(), stream.get()))
        throw std::runtime_error("OpenJPEG does not encode");
    return sink.bytes;
}

std::string encodeHtj2k(Numbers const& numbers, std::uint32_t blockWidth, std::uint32_t blockHeight,
                        std::uint32_t decompositions)
{
    ojph::codestream codestream;
    auto siz = codestream.access_siz();
    siz.set_image_extent(ojph::point(numbers.columns, numbers.rows));
    siz.set_num_components(1);
    siz.set_component(0, ojph::point(1, 1), numbers.precision, numbers.isSigned);
    auto cod = codestream.access_cod();
    cod.set_num_decomposition(decompositions);
    cod.set_block_dims(blockWidth, blockHeight);
    cod.set_color_transform(false);
    cod.set_reversible(true);
    codestream.set_planar(true);
    ojph::mem_outfile file;
    file.open();
    codestream.write_headers(&file);
    ojph::ui32 component = 0;
    ojph::line_buf* line = codestream.exchange(nullptr, component);
    for (std::uint32_t row = 0; row < numbers.rows; ++row) {
        for (std::uint32_t x = 0; x < numbers.columns; ++x)
            line->i32[x] = numbers.values[std::size_t{row} * numbers.columns + x];
        line = codestream.exchange(line, component);
    }
    codestream.flush();
    std::string bytes(reinterpret_cast<char const*>(file.get_data()), static_cast<std::size_t>(file.tell()));
    codestream.close();
    return bytes;
}

} // namespace qianli::test
