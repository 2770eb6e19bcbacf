// ObjectMaker: synthetic objects of a chosen size, made fast enough that the sender is not what is measured: all share
// one block of noise as pixels.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace qianli::bench {

struct Object {
    std::string sopClass, sopInstance, study;
    std::vector<std::uint8_t> head;       // the data set up to the value of Pixel Data
    std::span<std::uint8_t const> pixels; // the rest; the maker's
    std::size_t size() const { return head.size() + pixels.size(); }
};

enum class Modality { Ct, Dx };

class ObjectMaker {
public:
    // Objects of about that many bytes each. No two runs make the same UIDs.
    ObjectMaker(Modality modality, std::size_t bytes);

    // Safe from several threads. Studies of different sites are different studies.
    Object make(std::uint64_t site, std::uint64_t study, std::uint64_t instance) const;

private:
    Modality modality_;
    std::string root_;
    std::vector<std::uint8_t> noise_;
    std::uint16_t side_; // of the square picture
};

} // namespace qianli::bench
