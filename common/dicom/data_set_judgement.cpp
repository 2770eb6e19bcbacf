// What the walk sees against the standard on its way (DataSetWalker).
#include "common/dicom/data_set_walker.h"
#include "common/dicom/value_representation.h"

#include <utility>

namespace qianli::dicom {
namespace {

constexpr std::uint32_t undefinedLength = 0xFFFF'FFFF;

std::uint32_t pixelAttribute(std::uint16_t element)
{
    switch (element) {
    case 0x0002:
        return pixel_attribute::samplesPerPixel;
    case 0x0004:
        return pixel_attribute::photometric;
    case 0x0010:
        return pixel_attribute::rows;
    case 0x0011:
        return pixel_attribute::columns;
    case 0x0100:
        return pixel_attribute::bitsAllocated;
    case 0x0101:
        return pixel_attribute::bitsStored;
    case 0x0102:
        return pixel_attribute::highBit;
    case 0x0103:
        return pixel_attribute::representation;
    default:
        return 0;
    }
}

} // namespace

// What is taken all the same, but against the standard. For every element of every object: it must cost next to
// nothing.
void DataSetWalker::judge(Element const& element)
{
    Level& level = levels_.back();
    bool const hasLength = element.length != undefinedLength;
    if (hasLength && element.length % 2 != 0)
        result_.defects |= defect::oddLength;
    if (element.tag.key() <= level.lastKey)
        result_.defects |= defect::tagOrder;
    level.lastKey = element.tag.key();
    longest_ = 0;
    if (level.encoding != Encoding::ImplicitLittle) {
        if (!isKnownVr(element.vr))
            result_.defects |= defect::unknownVr;
        std::size_t const longest = longestValue(element.vr);
        if (hasLength && element.length > longest)
            longest_ = longest;
    }
    if (levels_.size() > 1)
        return;
    if (announcedEnd_ != 0 && element.tag.group != lengthOfGroup_)
        judgeGroupLength(element.start);
    if (element.tag.element == 0x0000) {
        lengthOfGroup_ = element.tag.group;
        announcedLength_ = 0;
        lengthBytes_ = element.length == 4 ? 4 : 0;
        if (element.length != 4)
            result_.defects |= defect::groupLength;
    }
    if (element.tag.group == 0x0028 && element.length > 0)
        result_.pixelAttributes |= pixelAttribute(element.tag.element);
    if (element.tag == tag::pixelData)
        result_.pixelAttributes |= pixel_attribute::integerPixels;
    if (element.tag.group % 2 != 0)
        judgePrivate(element.tag);
}

void DataSetWalker::judgePrivate(Tag tag)
{
    if (tag.group != privateGroup_) {
        privateGroup_ = tag.group;
        creators_.reset();
    }
    if (tag.element >= 0x0010 && tag.element <= 0x00FF)
        creators_.set(tag.element);
    else if (tag.element >= 0x1000 && !creators_.test(tag.element >> 8))
        result_.defects |= defect::privateCreator;
}

void DataSetWalker::takeGroupLength(std::span<std::uint8_t const> bytes)
{
    for (std::uint8_t const byte : bytes) {
        int const shift = 8 * (result_.bigEndian ? lengthBytes_ - 1 : 4 - lengthBytes_);
        announcedLength_ |= std::uint32_t{byte} << shift;
        --lengthBytes_;
    }
    if (lengthBytes_ == 0)
        announcedEnd_ = offset_ + announcedLength_;
}

// In implicit VR a parser that knows the creator's attributes may read a whole item where a short value lies.
void DataSetWalker::lookForItem(std::span<std::uint8_t const> bytes)
{
    constexpr std::array<std::uint8_t, 4> itemTag{0xFE, 0xFF, 0x00, 0xE0};
    for (std::uint8_t const byte : bytes) {
        looksForItem_ = looksForItem_ && byte == itemTag[itemBytes_];
        if (!looksForItem_)
            return;
        looksForItem_ = ++itemBytes_ < itemTag.size();
        result_.ambiguous = result_.ambiguous || !looksForItem_;
    }
}

void DataSetWalker::judgeGroupLength(std::uint64_t groupEnds)
{
    if (std::exchange(announcedEnd_, 0) != groupEnds)
        result_.defects |= defect::groupLength;
}

// Each of a value's values, between backslashes, against what its VR allows.
void DataSetWalker::measure(std::span<std::uint8_t const> bytes)
{
    for (std::uint8_t const byte : bytes) {
        measured_ = byte == '\\' ? 0 : measured_ + 1;
        if (measured_ > longest_) {
            result_.defects |= value_.vr == "UI" ? defect::uidTooLong : defect::valueTooLong;
            longest_ = 0;
            return;
        }
    }
}

} // namespace qianli::dicom
