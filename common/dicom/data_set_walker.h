// DataSetWalker: the state machine of the scan: one inflated data set, pushed in pieces, walked with a stack of its
// own.
//
// It takes what is ambiguous as DCMTK's reader does, so that bytes which pass here hold no deeper structure for the
// parser behind.
#pragma once

#include "common/base/result.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/tag.h"

#include <array>
#include <bitset>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace qianli::dicom {

// Undeclared: explicit VR little endian, unless the first element shows no VR.
enum class Encoding { ImplicitLittle, ExplicitLittle, ExplicitBig, Undeclared };

class DataSetWalker {
public:
    DataSetWalker(Encoding encoding, std::span<Tag const> keep, ScanLimits const& limits);

    Result<void> feed(std::span<std::uint8_t const> bytes);
    Result<DataSetHeader> finish();
    DataSetHeader const& soFar() const { return result_; }

private:
    enum class Kind { DataSet, Item, Sequence, Fragments };
    // Something open: the data set itself, a sequence or the fragments in it, an item in that …
    struct Level {
        Kind kind = Kind::DataSet;
        Encoding encoding = Encoding::ExplicitLittle;
        std::uint64_t end = 0;   // where it must end by its own length; `untilDelimiter` when a delimiter ends it
        std::uint64_t bound = 0; // the nearest end around it: nothing of it may lie behind
        Tag tag;                 // of the sequence, for messages
        std::uint64_t start = 0;
        std::uint32_t lastKey = 0;  // tag of the element before
        bool untouched = true;      // nothing was read in it yet
        bool maybeImplicit = false; // its first element may show that it is written without VRs
        bool maybeSequence = false; // opaque, unless its first bytes are an item's
    };
    struct Element {
        Tag tag;
        std::string vr; // as sent; empty in implicit VR
        std::uint32_t length = 0;
        std::uint64_t start = 0; // of its header
    };

    std::size_t headerNeeds() const;
    bool headerIsZero() const;
    std::uint16_t read16(std::size_t at) const;
    std::uint32_t read32(std::size_t at) const;
    void chooseEncoding();
    Result<Element> readHeader() const;
    Result<void> takeHeader();
    Result<void> takeItem(Element const& element);
    Result<void> takeDelimiter(Element const& element);
    Result<void> takeElement(Element const& element);
    Result<void> takeUndefinedLength(Element const& element);
    Result<void> open(Element const& element, Kind kind, Encoding encoding);
    Result<void> beginValue(Element const& element);
    void judge(Element const& element);
    void judgePrivate(Tag tag);
    void takeGroupLength(std::span<std::uint8_t const> bytes);
    void judgeGroupLength(std::uint64_t groupEnds);
    void measure(std::span<std::uint8_t const> bytes);
    void lookForItem(std::span<std::uint8_t const> bytes);
    std::size_t passValue(std::span<std::uint8_t const> bytes);
    Result<std::size_t> passPadding(std::span<std::uint8_t const> bytes);
    void closeFinished();
    void closeBack();
    Result<void> checkFits(Element const& element) const;
    Result<void> checkValueLength(Element const& element) const;
    tl::unexpected<Error> refuse(Element const& element, std::string_view what) const;

    ScanLimits limits_;
    std::set<Tag> keep_;
    std::vector<Level> levels_;
    std::array<std::uint8_t, 12> header_{};
    std::size_t headerFilled_ = 0;
    std::uint64_t offset_ = 0;    // bytes walked
    Element value_;               // whose value is being passed over or kept
    std::uint64_t valueLeft_ = 0; // bytes of it still to come
    RawElement kept_;
    bool keeping_ = false;
    bool looksForItem_ = false; // whether a short private value, and what follows, begin like an item
    std::size_t itemBytes_ = 0; // of an item's tag that were seen
    std::size_t longest_ = 0;   // what a value of this element may have; 0: is not measured
    std::size_t measured_ = 0;
    // The group length that was announced, and where it says that the group ends.
    std::uint16_t lengthOfGroup_ = 0;
    int lengthBytes_ = 0; // of its value still to come
    std::uint32_t announcedLength_ = 0;
    std::uint64_t announcedEnd_ = 0; // 0: none is open
    // Blocks of the private group at hand that have a creator.
    std::uint16_t privateGroup_ = 0;
    std::bitset<256> creators_;
    bool encodingIsDeclared_ = true;
    bool padding_ = false; // only zeros may follow
    std::uint64_t elements_ = 0;
    std::uint32_t depth_ = 0;
    DataSetHeader result_;
};

} // namespace qianli::dicom
