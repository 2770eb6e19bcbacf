// CommandSet: the command part of a DIMSE message (PS3.7 section 6.3): flat, implicit VR little endian, group 0000
// only.
//
// Read by our own bounded walk: DCMTK's parser is recursive and would follow nested sequences that a peer puts here.
#pragma once

#include "common/base/result.h"
#include "common/dicom/tag.h"
#include "common/dicom/uid.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::dicom {

namespace command {
// Command Field (0000,0100), PS3.7 E.1-1.
inline constexpr std::uint16_t storeRequest = 0x0001, storeResponse = 0x8001, getRequest = 0x0010, getResponse = 0x8010,
                               findRequest = 0x0020, findResponse = 0x8020, moveRequest = 0x0021, moveResponse = 0x8021,
                               echoRequest = 0x0030, echoResponse = 0x8030, cancelRequest = 0x0FFF;
// Elements of group 0000.
inline constexpr std::uint16_t affectedSopClass = 0x0002, field = 0x0100, messageId = 0x0110,
                               messageIdBeingRespondedTo = 0x0120, moveDestination = 0x0600, priority = 0x0700,
                               dataSetType = 0x0800, status = 0x0900, offendingElement = 0x0901, errorComment = 0x0902,
                               affectedSopInstance = 0x1000, remaining = 0x1020, completed = 0x1021, failed = 0x1022,
                               warning = 0x1023, moveOriginatorAe = 0x1030, moveOriginatorMessageId = 0x1031;
inline constexpr std::uint16_t noDataSet = 0x0101;
inline constexpr std::uint16_t priorityHigh = 0x0001; // PS3.7 E.1-1: MEDIUM 0, HIGH 1, LOW 2
inline constexpr std::size_t maximumBytes = 64 << 10;
} // namespace command

class CommandSet {
public:
    CommandSet() = default;
    explicit CommandSet(std::uint16_t commandField) { set(command::field, commandField); }

    // InvalidInput naming the element and offset: foreign group, lying length, no or odd-sized Command Field.
    static Result<CommandSet> parse(std::span<std::uint8_t const> bytes);
    // With its group length; Command Data Set Type (0000,0800) as set.
    std::vector<std::uint8_t> encode() const;

    CommandSet& set(std::uint16_t element, std::uint16_t value);
    CommandSet& set(std::uint16_t element, Uid const& uid);
    CommandSet& set(std::uint16_t element, std::span<Tag const> tags); // AT
    CommandSet& setText(std::uint16_t element, std::string_view text);

    std::optional<std::uint16_t> number(std::uint16_t element) const;
    std::string text(std::uint16_t element) const; // trimmed; "" when absent
    Result<Uid> uid(std::uint16_t element) const;
    std::vector<Tag> tags(std::uint16_t element) const; // AT

    std::uint16_t field() const { return number(command::field).value_or(0); }
    bool hasDataSet() const { return number(command::dataSetType).value_or(command::noDataSet) != command::noDataSet; }

private:
    std::map<std::uint16_t, std::string> elements_; // raw values, even length
};

// The response to a request: field | 0x8000, message id, SOP class and instance copied, no data set.
CommandSet responseTo(CommandSet const& request, std::uint16_t status, std::string_view comment = {},
                      std::span<Tag const> offending = {});

} // namespace qianli::dicom
