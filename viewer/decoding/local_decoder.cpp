#include "viewer/decoding/frame_decoder.h"
#include "viewer/decoding/pixel_decoder.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>
#include <fcntl.h>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

class LocalDecoder final : public PixelDecoder {
public:
    Result<DecodedFrame> decode(FrameSource const& source, std::uint32_t frame) override
    {
        auto file = openFile(source.file, O_RDONLY | O_NONBLOCK);
        auto decoded = file ? decoder_.decode(*std::move(file), frame)
                            : Result<DecodedFrame>(tl::unexpected(std::move(file).error()));
        if (!decoded)
            return tl::unexpected(
                std::move(decoded).error().at(fmt::format("{} frame {}", source.file.filename().string(), frame + 1)));
        return decoded;
    }

private:
    FrameDecoder decoder_;
};

} // namespace

std::unique_ptr<PixelDecoder> makeLocalDecoder()
{
    // What is wrong with a picture reaches the caller as a sentence; the codecs' own chatter would only repeat it.
    static std::once_flag once;
    std::call_once(once, [] { OFLog::configure(OFLogger::FATAL_LOG_LEVEL); });
    return std::make_unique<LocalDecoder>();
}

} // namespace qianli::viewer
