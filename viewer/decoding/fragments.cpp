#include "viewer/decoding/fragments.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

constexpr std::uint32_t item = 0xE000FFFE, delimiter = 0xE0DDFFFE;
constexpr std::size_t headerBytes = 8, lookBytes = 8;
constexpr std::size_t mostFragments = 4'000'000;

std::uint32_t read32(std::uint8_t const* at)
{
    return at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[3]} << 24;
}

// JPEG and JPEG-LS (start of image), JPEG 2000 bare and in JP2 boxes. RLE shows nothing, and has one fragment a frame
// (PS3.5 A.4.2).
bool isCodestreamStart(std::span<std::uint8_t const> bytes)
{
    static constexpr std::uint8_t boxes[] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    if (bytes.size() >= sizeof boxes && std::memcmp(bytes.data(), boxes, sizeof boxes) == 0)
        return true;
    return bytes.size() >= 2 && bytes[0] == 0xFF && (bytes[1] == 0xD8 || bytes[1] == 0x4F);
}

} // namespace

Result<Fragments> Fragments::find(std::uint64_t offset, std::uint64_t end, ReadAt const& read)
{
    Fragments found;
    std::array<std::uint8_t, headerBytes + lookBytes> bytes{};
    bool isTable = true; // the first item
    for (std::uint64_t at = offset;;) {
        if (at > end || end - at < headerBytes)
            return fail(ErrorCode::InvalidInput, "Pixel Data (7FE0,0010) ends without a Sequence Delimitation Item");
        auto const got = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - at));
        QIANLI_TRY(read(at, std::span(bytes).first(got)));
        std::uint32_t const tag = read32(bytes.data());
        std::uint32_t const length = read32(bytes.data() + 4);
        if (tag == delimiter)
            return found;
        if (tag != item || length > end - at - headerBytes)
            return fail(ErrorCode::InvalidInput, fmt::format("fragment {} of Pixel Data (7FE0,0010) is malformed",
                                                             found.fragments_.size() + (isTable ? 0 : 1)));
        if (found.fragments_.size() == mostFragments)
            return fail(ErrorCode::LimitExceeded, fmt::format("the data set has more than {} elements", mostFragments));
        if (isTable) {
            // One that is longer is none, and would be read into memory for nothing.
            std::vector<std::uint8_t> table(length <= 4 * mostFragments ? length : 0);
            QIANLI_TRY(read(at + headerBytes, table));
            for (std::size_t i = 0; i + 4 <= table.size(); i += 4)
                found.basicTable_.push_back(read32(table.data() + i));
        } else {
            auto const look = std::span(bytes).first(got).subspan(headerBytes);
            found.fragments_.push_back(
                {at + headerBytes, length, isCodestreamStart(look.first(std::min<std::size_t>(length, look.size())))});
        }
        isTable = false;
        at += headerBytes + length;
    }
}

// Offsets count from the first fragment's item. A table is believed that hits the beginning of an item for each frame,
// one behind the other, and a codestream where the fragments show them.
bool Fragments::assignByTable(std::uint32_t frames, std::vector<std::uint64_t> const& table)
{
    if (table.size() < frames || fragments_.empty())
        return false;
    std::vector<std::size_t> firsts;
    std::uint64_t const base = fragments_.front().offset;
    for (std::uint32_t frame = 0; frame < frames; ++frame) {
        auto const found = std::lower_bound(fragments_.begin(), fragments_.end(), base + table[frame],
                                            [](Fragment const& one, std::uint64_t at) { return one.offset < at; });
        bool const hits = found != fragments_.end() && found->offset == base + table[frame] &&
                          (found->beginsCodestream || !fragments_.front().beginsCodestream);
        auto const index = static_cast<std::size_t>(found - fragments_.begin());
        if (!hits || (frame == 0 ? index != 0 : index <= firsts.back()))
            return false;
        firsts.push_back(index);
    }
    firsts_ = std::move(firsts);
    return true;
}

void Fragments::assign(std::uint32_t frames, std::vector<std::uint64_t> const& extended)
{
    frames_ = frames;
    firsts_.clear();
    if (frames == 1) {
        firsts_ = {0};
        return;
    }
    if (fragments_.size() == frames) {
        for (std::size_t i = 0; i < frames; ++i)
            firsts_.push_back(i);
        return;
    }
    if (assignByTable(frames, basicTable_) || assignByTable(frames, extended))
        return;
    for (std::size_t i = 0; i < fragments_.size(); ++i)
        if (fragments_[i].beginsCodestream)
            firsts_.push_back(i);
    if (firsts_.size() != frames || firsts_.front() != 0)
        firsts_.clear();
}

Result<std::vector<std::uint8_t>> Fragments::join(std::uint32_t frame, ReadAt const& read) const
{
    if (frame >= firsts_.size())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} fragments can't be assigned to {} frames", fragments_.size(), frames_));
    std::size_t const begin = firsts_[frame];
    std::size_t const end = frame + 1u < firsts_.size() ? firsts_[frame + 1u] : fragments_.size();
    if (begin >= end)
        return fail(ErrorCode::InvalidInput, fmt::format("no fragment holds frame {}", frame + 1));
    std::uint64_t length = 0;
    for (std::size_t i = begin; i < end; ++i)
        length += fragments_[i].length;
    std::vector<std::uint8_t> joined(length);
    std::size_t at = 0;
    for (std::size_t i = begin; i < end; ++i) {
        QIANLI_TRY(read(fragments_[i].offset, std::span(joined).subspan(at, fragments_[i].length)));
        at += fragments_[i].length;
    }
    return joined;
}

} // namespace qianli::viewer
