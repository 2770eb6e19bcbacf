// Fragments: where the pieces of encapsulated Pixel Data lie (PS3.5 A.4), and which of them make a frame.
#pragma once

#include "common/base/result.h"
#include "viewer/decoding/native_pixels.h"

#include <cstdint>
#include <vector>

namespace qianli::viewer {

class Fragments {
public:
    // Walks the items from `offset` to the delimiter, which must come before `end`.
    static Result<Fragments> find(std::uint64_t offset, std::uint64_t end, ReadAt const& read);

    std::size_t count() const { return fragments_.size(); }
    // Decides which fragments make which frame. `extended`: the Extended Offset Table; empty where there is none. A
    // table that can't be true is passed over: many are written wrong.
    void assign(std::uint32_t frames, std::vector<std::uint64_t> const& extended);
    // The joined fragments of a frame, from 0.
    Result<std::vector<std::uint8_t>> join(std::uint32_t frame, ReadAt const& read) const;

private:
    struct Fragment {
        std::uint64_t offset = 0; // of its value
        std::uint32_t length = 0;
        bool beginsCodestream = false;
    };
    bool assignByTable(std::uint32_t frames, std::vector<std::uint64_t> const& table);

    std::vector<Fragment> fragments_;
    std::vector<std::uint64_t> basicTable_;
    std::vector<std::size_t> firsts_; // of each frame; empty: not known
    std::uint32_t frames_ = 0;
};

} // namespace qianli::viewer
