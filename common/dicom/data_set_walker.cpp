#include "common/dicom/data_set_walker.h"

#include "common/base/text.h"
#include "common/dicom/value_representation.h"

#include <algorithm>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctag.h>
#include <fmt/format.h>
#include <limits>

namespace qianli::dicom {
namespace {

constexpr std::uint32_t undefinedLength = 0xFFFF'FFFF;
constexpr std::uint64_t untilDelimiter = std::numeric_limits<std::uint64_t>::max();
constexpr std::string_view unknownToOldWriters = "??"; // written for unknown VRs by old toolkits, with a 16-bit length
constexpr std::uint16_t delimiterGroup = 0xFFFE;

bool isPixelData(Tag tag)
{
    return tag == tag::pixelData || tag == tag::floatPixelData || tag == tag::doubleFloatPixelData;
}

// The data dictionary is DCMTK's, so that a parser of DCMTK behind us finds the same sequences in implicit VR.
std::string vrOfDictionary(Tag tag)
{
    DcmTag const known(DcmTagKey(tag.group, tag.element));
    DcmVR vr(known.getEVR());
    if (vr.getEVR() == EVR_UN || vr.getEVR() == EVR_UNKNOWN)
        return {};
    return vr.getValidVRName();
}

} // namespace

DataSetWalker::DataSetWalker(Encoding encoding, std::span<Tag const> keep, ScanLimits const& limits)
    : limits_(limits), keep_(keep.begin(), keep.end())
{
    Level dataSet;
    dataSet.encoding = encoding == Encoding::Undeclared ? Encoding::ExplicitLittle : encoding;
    dataSet.maybeImplicit = encoding == Encoding::Undeclared || encoding == Encoding::ExplicitLittle;
    encodingIsDeclared_ = encoding != Encoding::Undeclared;
    dataSet.end = untilDelimiter;
    dataSet.bound = untilDelimiter;
    levels_.push_back(dataSet);
    result_.bigEndian = encoding == Encoding::ExplicitBig;
}

Result<void> DataSetWalker::feed(std::span<std::uint8_t const> bytes)
{
    while (!bytes.empty()) {
        std::size_t passed = 0;
        if (padding_) {
            QIANLI_ASSIGN(passed, passPadding(bytes));
        } else if (valueLeft_ > 0) {
            passed = passValue(bytes);
            lookForItem(bytes.first(passed));
        } else {
            passed = std::min(headerNeeds() - headerFilled_, bytes.size());
            std::copy_n(bytes.begin(), passed, header_.begin() + static_cast<std::ptrdiff_t>(headerFilled_));
            headerFilled_ += passed;
            offset_ += passed;
            lookForItem(bytes.first(passed));
            if (headerFilled_ == headerNeeds())
                QIANLI_TRY(takeHeader());
        }
        bytes = bytes.subspan(passed);
    }
    return {};
}

Result<DataSetHeader> DataSetWalker::finish()
{
    if (valueLeft_ > 0)
        return refuse(value_, fmt::format("{} of its {} bytes are missing at the end", valueLeft_, value_.length));
    // A last odd zero byte and the like.
    bool const onlyPadding = levels_.size() == 1 && headerIsZero();
    if (headerFilled_ > 0 && !onlyPadding)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the data set ends in the middle of an element that starts at byte {}",
                                offset_ - headerFilled_));
    if (levels_.size() > 1)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} at byte {} is not closed when the data set ends at byte {}",
                                toString(levels_.back().tag), levels_.back().start, offset_));
    if (headerFilled_ > 0)
        result_.defects |= defect::trailingBytes;
    else if (announcedEnd_ != 0 && !padding_)
        judgeGroupLength(offset_);
    if (result_.ambiguous)
        result_.defects |= defect::ambiguous;
    return std::move(result_);
}

// 8 bytes; 12 where a VR with a 32-bit length shows.
std::size_t DataSetWalker::headerNeeds() const
{
    Level const& level = levels_.back();
    if (headerFilled_ < 8 || level.kind == Kind::Sequence || level.kind == Kind::Fragments ||
        level.encoding == Encoding::ImplicitLittle || read16(0) == delimiterGroup)
        return 8;
    std::string_view const vr(reinterpret_cast<char const*>(&header_[4]), 2);
    return isVrName(vr) && !hasShortLength(vr) ? 12 : 8;
}

bool DataSetWalker::headerIsZero() const
{
    return std::all_of(header_.begin(), header_.begin() + static_cast<std::ptrdiff_t>(headerFilled_),
                       [](std::uint8_t byte) { return byte == 0; });
}

std::uint16_t DataSetWalker::read16(std::size_t at) const
{
    bool const big = levels_.back().encoding == Encoding::ExplicitBig;
    return static_cast<std::uint16_t>(big ? (header_[at] << 8) | header_[at + 1]
                                          : header_[at] | (header_[at + 1] << 8));
}

std::uint32_t DataSetWalker::read32(std::size_t at) const
{
    bool const big = levels_.back().encoding == Encoding::ExplicitBig;
    std::uint32_t const first = read16(at);
    std::uint32_t const second = read16(at + 2);
    return big ? (first << 16) | second : first | (second << 16);
}

// Some writers put items without VRs into private sequences of an explicit data set, or leave them out altogether.
void DataSetWalker::chooseEncoding()
{
    Level& level = levels_.back();
    std::string_view const vr(reinterpret_cast<char const*>(&header_[4]), 2);
    if (!level.untouched || !level.maybeImplicit || read16(0) == delimiterGroup || isVrName(vr) ||
        vr == unknownToOldWriters)
        return;
    level.encoding = Encoding::ImplicitLittle;
    if (level.kind == Kind::Item || encodingIsDeclared_)
        result_.ambiguous = true;
}

Result<DataSetWalker::Element> DataSetWalker::readHeader() const
{
    Level const& level = levels_.back();
    Element element;
    element.start = offset_ - headerFilled_;
    element.tag = Tag{read16(0), read16(2)};
    bool const isExplicit = level.encoding != Encoding::ImplicitLittle && element.tag.group != delimiterGroup &&
                            (level.kind == Kind::DataSet || level.kind == Kind::Item);
    if (!isExplicit) {
        element.length = read32(4);
        return element;
    }
    element.vr.assign(reinterpret_cast<char const*>(&header_[4]), 2);
    if (headerFilled_ == 12)
        element.length = read32(8);
    else if (isVrName(element.vr) || element.vr == unknownToOldWriters)
        element.length = read16(6);
    else
        return refuse(element, fmt::format("'{}' is no value representation", text::escapeControl(element.vr)));
    return element;
}

Result<void> DataSetWalker::takeHeader()
{
    // Zeros behind the last element: files that were filled up to a block.
    if (levels_.size() == 1 && elements_ > 0 && headerIsZero()) {
        padding_ = true;
        result_.defects |= defect::trailingBytes;
        headerFilled_ = 0;
        return {};
    }
    chooseEncoding();
    QIANLI_ASSIGN(Element const element, readHeader());
    headerFilled_ = 0;
    if (++elements_ > limits_.elements)
        return fail(ErrorCode::LimitExceeded, fmt::format("the data set has more than {} elements", limits_.elements));

    Level& level = levels_.back();
    bool const untouched = std::exchange(level.untouched, false);
    bool const holdsItems = level.kind == Kind::Sequence || level.kind == Kind::Fragments;
    if (level.maybeSequence && untouched &&
        (element.tag != tag::item || (element.length != undefinedLength && element.length > level.end - offset_))) {
        // Opaque after all: what was read belongs to its value. To a parser that knows the creator's attributes an item
        // that is too long may be one.
        result_.ambiguous = result_.ambiguous || element.tag == tag::item;
        valueLeft_ = level.end - offset_;
        value_ = Element{level.tag, {}, static_cast<std::uint32_t>(level.end - level.start), level.start};
        QIANLI_TRY(checkValueLength(value_));
        keeping_ = false;
        closeBack();
        closeFinished();
        return {};
    }
    if (offset_ > level.bound)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} at byte {} is still open at byte {}, where the length of what holds it ends",
                                toString(level.tag), level.start, level.bound));
    if (element.tag == tag::item && holdsItems)
        return takeItem(element);
    if (element.tag == tag::itemDelimitation || element.tag == tag::sequenceDelimitation)
        return takeDelimiter(element);
    if (holdsItems)
        return refuse(element,
                      fmt::format("an item was expected here, in {} at byte {}", toString(level.tag), level.start));
    if (element.tag.group == delimiterGroup)
        return refuse(element, "an item outside of any sequence");
    return takeElement(element);
}

Result<void> DataSetWalker::takeItem(Element const& element)
{
    if (levels_.back().kind == Kind::Sequence)
        return open(element, Kind::Item, levels_.back().encoding);
    if (element.length == undefinedLength)
        return refuse(element, "a fragment must say its length");
    return beginValue(element);
}

Result<void> DataSetWalker::takeDelimiter(Element const& element)
{
    Level const& level = levels_.back();
    bool const endsItem = element.tag == tag::itemDelimitation;
    bool const matches =
        endsItem ? level.kind == Kind::Item : level.kind == Kind::Sequence || level.kind == Kind::Fragments;
    if (!matches)
        return refuse(element, endsItem ? "the end of an item where none is open"
                                        : "the end of a sequence where none is open, or inside of its item");
    if (level.end != untilDelimiter)
        return refuse(element, fmt::format("a delimiter inside of what has a length of its own, {} at byte {}",
                                           toString(level.tag), level.start));
    if (element.length != 0)
        return refuse(element, fmt::format("a delimiter must have length 0, not {}", element.length));
    closeBack();
    closeFinished();
    return {};
}

Result<void> DataSetWalker::takeElement(Element const& element)
{
    judge(element);
    Level const& level = levels_.back();
    if (levels_.size() == 1 && isPixelData(element.tag) && result_.pixelDataOffset == 0)
        result_.pixelDataOffset = element.start;
    if (element.length == undefinedLength)
        return takeUndefinedLength(element);
    if (level.encoding != Encoding::ImplicitLittle)
        return element.vr == "SQ" ? open(element, Kind::Sequence, level.encoding) : beginValue(element);
    if (vrOfDictionary(element.tag) == "SQ")
        return open(element, Kind::Sequence, level.encoding);
    bool const isPrivate = element.tag.group % 2 != 0;
    looksForItem_ = isPrivate && element.length > 0 && element.length < 8;
    itemBytes_ = 0;
    if (isPrivate && element.length >= 8) {
        QIANLI_TRY(open(element, Kind::Sequence, level.encoding));
        levels_.back().maybeSequence = true;
        return {};
    }
    return beginValue(element);
}

Result<void> DataSetWalker::takeUndefinedLength(Element const& element)
{
    Encoding const encoding = levels_.back().encoding;
    std::string const vr = encoding == Encoding::ImplicitLittle ? vrOfDictionary(element.tag) : element.vr;
    if (vr == "SQ") // also of pixel data: to a parser it is a sequence
        return open(element, Kind::Sequence, encoding);
    if (element.tag == tag::pixelData && (vr == "UN" || vr.empty())) {
        result_.ambiguous = true; // a parser may look for a sequence in it
        return open(element, Kind::Fragments, encoding);
    }
    if (vr == "UN" || vr.empty()) // PS3.5 6.2.2 note 2: implicit VR little endian, whatever is around it
        return open(element, Kind::Sequence, Encoding::ImplicitLittle);
    if (vr == "OB" || vr == "OW") // PS3.5 A.4; outside of pixel data against the standard, and DCMTK refuses it
        return open(element, Kind::Fragments, encoding);
    return refuse(element, fmt::format("a value of {} must say its length", vr));
}

Result<void> DataSetWalker::open(Element const& element, Kind kind, Encoding encoding)
{
    QIANLI_TRY(checkFits(element));
    if (kind != Kind::Item && ++depth_ > limits_.depth)
        return fail(ErrorCode::LimitExceeded, fmt::format("{} at byte {}: sequences are nested deeper than {}",
                                                          toString(element.tag), element.start, limits_.depth));
    Level level;
    level.kind = kind;
    level.encoding = encoding;
    level.end = element.length == undefinedLength ? untilDelimiter : offset_ + element.length;
    level.bound = std::min(level.end, levels_.back().bound);
    level.tag = kind == Kind::Item ? levels_.back().tag : element.tag;
    level.start = element.start;
    level.maybeImplicit = kind == Kind::Item && encoding == Encoding::ExplicitLittle;
    levels_.push_back(level);
    closeFinished();
    return {};
}

Result<void> DataSetWalker::beginValue(Element const& element)
{
    QIANLI_TRY(checkFits(element));
    QIANLI_TRY(checkValueLength(element));
    value_ = element;
    valueLeft_ = element.length;
    measured_ = 0;
    keeping_ = levels_.size() == 1 && element.length <= limits_.keptValueBytes && keep_.contains(element.tag) &&
               !result_.elements.contains(element.tag);
    if (keeping_) {
        kept_.vr = levels_.back().encoding == Encoding::ImplicitLittle ? vrOfDictionary(element.tag) : element.vr;
        kept_.value.clear();
    }
    if (valueLeft_ == 0)
        passValue({});
    return {};
}

std::size_t DataSetWalker::passValue(std::span<std::uint8_t const> bytes)
{
    auto const passed = static_cast<std::size_t>(std::min<std::uint64_t>(valueLeft_, bytes.size()));
    if (keeping_)
        kept_.value.append(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(passed));
    if (longest_ != 0)
        measure(bytes.first(passed));
    valueLeft_ -= passed;
    offset_ += passed;
    if (lengthBytes_ > 0)
        takeGroupLength(bytes.first(passed));
    if (valueLeft_ == 0) {
        if (std::exchange(keeping_, false))
            result_.elements.emplace(value_.tag, std::move(kept_));
        closeFinished();
    }
    return passed;
}

Result<std::size_t> DataSetWalker::passPadding(std::span<std::uint8_t const> bytes)
{
    auto const other = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
    offset_ += static_cast<std::uint64_t>(other - bytes.begin());
    if (other != bytes.end())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("something follows at byte {} behind zeros that end the data set", offset_));
    return bytes.size();
}

void DataSetWalker::closeFinished()
{
    while (valueLeft_ == 0 && levels_.size() > 1 && levels_.back().end == offset_)
        closeBack();
}

void DataSetWalker::closeBack()
{
    if (levels_.back().kind != Kind::Item)
        --depth_;
    levels_.pop_back();
}

Result<void> DataSetWalker::checkFits(Element const& element) const
{
    Level const& level = levels_.back();
    if (element.length == undefinedLength)
        return {};
    if (level.bound != untilDelimiter && element.length > level.bound - offset_)
        return refuse(element, fmt::format("its length {} runs past byte {}, where {} at byte {} ends", element.length,
                                           level.bound, toString(level.tag), level.start));
    if (offset_ + element.length > limits_.dataSetBytes)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("{} at byte {}: its length {} makes the data set longer than {} bytes",
                                toString(element.tag), element.start, element.length, limits_.dataSetBytes));
    return {};
}

// Before a byte of it is taken. Pixel data is passed on and never kept as a whole, so it has the data set's bound only.
Result<void> DataSetWalker::checkValueLength(Element const& element) const
{
    auto const& holder = levels_.back();
    if (element.length <= limits_.elementBytes ||
        isPixelData(holder.kind == Kind::Fragments ? holder.tag : element.tag))
        return {};
    return fail(ErrorCode::LimitExceeded,
                fmt::format("{} at byte {}: announces {} bytes, at most {} are taken", toString(element.tag),
                            element.start, element.length, limits_.elementBytes));
}

tl::unexpected<Error> DataSetWalker::refuse(Element const& element, std::string_view what) const
{
    return fail(ErrorCode::InvalidInput, fmt::format("{} at byte {}: {}", toString(element.tag), element.start, what));
}

} // namespace qianli::dicom
