#include "viewer/decoding/inflate.h"

#include "common/dicom/inflater.h"

namespace qianli::viewer {

Result<std::string> inflateRaw(std::span<std::uint8_t const> compressed, std::uint64_t limit)
{
    dicom::ScanLimits limits;
    limits.inflatedBytes = limit;
    dicom::Inflater inflater(limits);
    std::string out;
    QIANLI_TRY(inflater.feed(compressed, [&out](std::span<std::uint8_t const> piece) -> Result<void> {
        out.append(reinterpret_cast<char const*>(piece.data()), piece.size());
        return {};
    }));
    QIANLI_TRY(inflater.finish());
    return out;
}

} // namespace qianli::viewer
