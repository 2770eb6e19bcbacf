#include "viewer/decoding/frame_decoder.h"
#include "viewer/decoding/pixel_decoder.h"

#include <fcntl.h>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

class LocalDecoder final : public PixelDecoder {
public:
    Result<DecodedFrame> decode(FrameSource const& source, std::uint32_t frame) override
    {
        auto decoded = decodeAsMeant(source, frame);
        if (!decoded)
            return tl::unexpected(
                std::move(decoded).error().at(fmt::format("{} frame {}", source.file.filename().string(), frame + 1)));
        return decoded;
    }

private:
    Result<DecodedFrame> decodeAsMeant(FrameSource const& source, std::uint32_t frame)
    {
        QIANLI_ASSIGN(auto file, openFile(source.file, O_RDONLY | O_NONBLOCK));
        QIANLI_TRY(checkStamp(file.get(), source.stamp));
        return decoder_.decode(std::move(file), frame);
    }

    FrameDecoder decoder_;
};

} // namespace

std::unique_ptr<PixelDecoder> makeLocalDecoder()
{
    return std::make_unique<LocalDecoder>();
}

} // namespace qianli::viewer
