#include "gateway/index/instance_run.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

// One bit for each field that is not as expected from the instance before; what changes most often has the low bits, so
// that they fit into one byte.
using Bits = std::uint64_t;
constexpr Bits differentTime = 1, differentPosition = 2, differentLength = 4, differentNumber = 8,
               differentSequence = 16, differentOffset = 32, differentShared = 64, differentOrientation = 128,
               differentDate = 256, differentAcquisition = 512;
constexpr Bits unusualState = 1024; // not: version 1, the newest, released
constexpr Bits unusualPath = 2048;
constexpr Bits differentText = 4096;

// Of an unusual state; the version is above them.
constexpr Bits stateNewest = 1, stateReleased = 2, stateNewestReleased = 4;
constexpr int stateBits = 3;

// UIDs, numbers, positions and times are made of these; two go into one byte.
constexpr std::string_view alphabet = "0123456789.-\\+eE";
constexpr std::uint8_t notInAlphabet = 0xFF;

constexpr std::array<std::uint8_t, 256> placesInAlphabet = [] {
    std::array<std::uint8_t, 256> places{};
    places.fill(notInAlphabet);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        places[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return places;
}();

std::uint8_t placeOf(char c)
{
    return placesInAlphabet[static_cast<unsigned char>(c)];
}

void putNumber(std::vector<std::uint8_t>& packed, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        packed.push_back(static_cast<std::uint8_t>(value | 0x80));
    packed.push_back(static_cast<std::uint8_t>(value));
}

// Small differences of either sign become small numbers.
std::uint64_t zigzag(std::int64_t value)
{
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value)
{
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

std::uint64_t difference(std::uint64_t from, std::uint64_t to)
{
    return zigzag(static_cast<std::int64_t>(to - from));
}

// How much is as before, then the rest: its length, doubled and odd where it is packed by the alphabet.
void putText(std::vector<std::uint8_t>& packed, std::string_view before, std::string_view text)
{
    auto const same = static_cast<std::size_t>(std::ranges::mismatch(before, text).in1 - before.begin());
    putNumber(packed, same);
    std::string_view const rest = text.substr(same);
    bool const plain = std::ranges::all_of(rest, [](char c) { return placeOf(c) != notInAlphabet; });
    putNumber(packed, rest.size() * 2 + (plain ? 1 : 0));
    if (!plain) {
        packed.insert(packed.end(), rest.begin(), rest.end());
        return;
    }
    for (std::size_t i = 0; i < rest.size(); i += 2) {
        int const low = i + 1 < rest.size() ? placeOf(rest[i + 1]) : 0;
        packed.push_back(static_cast<std::uint8_t>(placeOf(rest[i]) << 4 | low));
    }
}

// Slices are numbered 1, 2, 3; what is no such number is expected to stay.
std::string numberAfter(std::string const& number)
{
    constexpr std::size_t mostDigits = 9;
    bool const counts = !number.empty() && number.size() <= mostDigits && number.front() != '0' &&
                        number.find_first_not_of("0123456789") == std::string::npos;
    return counts ? std::to_string(std::stoul(number) + 1) : number;
}

Bits stateOf(RunInstance const& instance)
{
    return (instance.newest ? stateNewest : 0) | (instance.released ? stateReleased : 0) |
           (instance.newestReleased ? stateNewestReleased : 0) | static_cast<Bits>(instance.version) << stateBits;
}

Bits const usualState = stateOf({});

Bits differencesOf(RunInstance const& before, RunInstance const& instance)
{
    auto const bit = [](bool differs, Bits which) { return differs ? which : 0; };
    return bit(instance.contentTime != before.contentTime, differentTime) |
           bit(instance.position != before.position, differentPosition) |
           bit(instance.length != before.length, differentLength) |
           bit(instance.number != numberAfter(before.number), differentNumber) |
           bit(instance.sequence != before.sequence + 1, differentSequence) |
           bit(instance.offset != before.offset, differentOffset) |
           bit(instance.shared != before.shared, differentShared) |
           bit(instance.orientation != before.orientation, differentOrientation) |
           bit(instance.contentDate != before.contentDate, differentDate) |
           bit(instance.acquisition != before.acquisition, differentAcquisition) |
           bit(stateOf(instance) != usualState, unusualState) | bit(!instance.path.empty(), unusualPath) |
           bit(instance.text != before.text, differentText);
}

} // namespace

RunInstance startOfRun(std::uint64_t run, std::string_view seriesUid)
{
    RunInstance start;
    start.sequence = run - 1;
    start.sopInstance = seriesUid;
    return start;
}

void packInstance(std::vector<std::uint8_t>& packed, RunInstance const& before, RunInstance const& instance)
{
    Bits const differences = differencesOf(before, instance);
    putNumber(packed, differences);
    putText(packed, before.sopInstance, instance.sopInstance);
    packed.insert(packed.end(), instance.digest.begin(), instance.digest.end());
    putNumber(packed, zigzag(instance.received - before.received));
    if (differences & differentTime)
        putText(packed, before.contentTime, instance.contentTime);
    if (differences & differentPosition)
        putText(packed, before.position, instance.position);
    if (differences & differentLength)
        putNumber(packed, difference(before.length, instance.length));
    if (differences & differentNumber)
        putText(packed, {}, instance.number);
    if (differences & differentSequence)
        putNumber(packed, difference(before.sequence, instance.sequence));
    if (differences & differentOffset)
        putNumber(packed, instance.offset);
    if (differences & differentShared)
        putNumber(packed, static_cast<std::uint64_t>(instance.shared));
    if (differences & differentOrientation)
        putText(packed, before.orientation, instance.orientation);
    if (differences & differentDate)
        putText(packed, before.contentDate, instance.contentDate);
    if (differences & differentAcquisition)
        putText(packed, before.acquisition, instance.acquisition);
    if (differences & unusualState)
        putNumber(packed, stateOf(instance));
    if (differences & unusualPath)
        putText(packed, {}, instance.path);
    if (differences & differentText)
        packed.push_back(instance.text);
}

bool RunReader::readNumber(std::uint64_t& value)
{
    value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
        std::uint8_t const byte = rest_.front();
        rest_ = rest_.subspan(1);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

// `value` holds the text of the instance before.
bool RunReader::readText(std::string& value)
{
    std::uint64_t same = 0, length = 0;
    if (!readNumber(same) || !readNumber(length) || same > value.size())
        return false;
    bool const plain = (length & 1) != 0;
    length >>= 1;
    std::uint64_t const bytes = plain ? length / 2 + length % 2 : length;
    if (bytes > rest_.size())
        return false;
    value.resize(same);
    if (plain) {
        for (std::uint64_t i = 0; i < length; ++i)
            value += alphabet[i % 2 == 0 ? rest_[i / 2] >> 4 : rest_[i / 2] & 0x0F];
    } else {
        value.append(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(bytes));
    }
    rest_ = rest_.subspan(bytes);
    return true;
}

bool RunReader::readDifferences()
{
    Bits differences = 0;
    std::uint64_t number = 0;
    if (!readNumber(differences) || !readText(instance_.sopInstance) || rest_.size() < instance_.digest.size())
        return false;
    std::copy_n(rest_.begin(), instance_.digest.size(), instance_.digest.begin());
    rest_ = rest_.subspan(instance_.digest.size());
    if (!readNumber(number))
        return false;
    instance_.received = static_cast<std::int64_t>(static_cast<std::uint64_t>(instance_.received) +
                                                   static_cast<std::uint64_t>(unzigzag(number)));
    if ((differences & differentTime) && !readText(instance_.contentTime))
        return false;
    if ((differences & differentPosition) && !readText(instance_.position))
        return false;
    if (differences & differentLength) {
        if (!readNumber(number))
            return false;
        instance_.length += static_cast<std::uint64_t>(unzigzag(number));
    }
    if (!(differences & differentNumber)) {
        instance_.number = numberAfter(instance_.number);
    } else {
        instance_.number.clear();
        if (!readText(instance_.number))
            return false;
    }
    number = zigzag(1);
    if ((differences & differentSequence) && !readNumber(number))
        return false;
    instance_.sequence += static_cast<std::uint64_t>(unzigzag(number));
    if (differences & differentOffset) {
        if (!readNumber(number))
            return false;
        instance_.offset = static_cast<std::uint32_t>(number);
    }
    if (differences & differentShared) {
        if (!readNumber(number))
            return false;
        instance_.shared = static_cast<std::int64_t>(number);
    }
    if ((differences & differentOrientation) && !readText(instance_.orientation))
        return false;
    if ((differences & differentDate) && !readText(instance_.contentDate))
        return false;
    if ((differences & differentAcquisition) && !readText(instance_.acquisition))
        return false;
    number = usualState;
    if ((differences & unusualState) && !readNumber(number))
        return false;
    instance_.newest = (number & stateNewest) != 0;
    instance_.released = (number & stateReleased) != 0;
    instance_.newestReleased = (number & stateNewestReleased) != 0;
    instance_.version = static_cast<int>(number >> stateBits);
    instance_.path.clear();
    if ((differences & unusualPath) && !readText(instance_.path))
        return false;
    if (!(differences & differentText))
        return true;
    if (rest_.empty())
        return false;
    instance_.text = rest_.front();
    rest_ = rest_.subspan(1);
    return true;
}

Result<bool> RunReader::next()
{
    if (rest_.empty())
        return false;
    if (!readDifferences())
        return fail(ErrorCode::Corrupt,
                    fmt::format("the instances packed after receipt {} are damaged", instance_.sequence));
    return true;
}

Result<std::vector<RunInstance>> unpackRun(std::span<std::uint8_t const> packed, std::uint64_t run,
                                           std::string_view seriesUid)
{
    std::vector<RunInstance> instances;
    RunReader reader(packed, run, seriesUid);
    for (;;) {
        QIANLI_ASSIGN(bool const more, reader.next());
        if (!more)
            return instances;
        instances.push_back(reader.instance());
    }
}

std::vector<std::uint8_t> packRun(std::span<RunInstance const> instances, std::uint64_t run, std::string_view seriesUid)
{
    std::vector<std::uint8_t> packed;
    RunInstance const start = startOfRun(run, seriesUid);
    RunInstance const* before = &start;
    for (RunInstance const& instance : instances) {
        packInstance(packed, *before, instance);
        before = &instance;
    }
    return packed;
}

} // namespace qianli::gateway
