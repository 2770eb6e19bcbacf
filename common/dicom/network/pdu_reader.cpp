#include "common/dicom/network/pdu_reader.h"

#include "common/dicom/network/associate_request.h"
#include "common/dicom/network/command_set.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::dicom {

namespace {

enum PduType : std::uint8_t { associateRequest = 1, dataTransfer = 4, releaseRequest = 5, abortPdu = 7 };

constexpr std::size_t pduHeader = 6, fragmentHeader = 6, controlBytes = 4;
constexpr std::size_t keptBetweenMessages = 4096;
constexpr std::uint32_t mostEmptyFragments = 64; // of one command or data set

std::uint32_t readUint32(std::uint8_t const* bytes)
{
    return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) |
           bytes[3];
}

} // namespace

// True when `length` bytes are in header_.
bool PduReader::fill(std::span<std::uint8_t const>& input, std::size_t length)
{
    auto const taken = std::min(length - headerFilled_, input.size());
    std::copy_n(input.begin(), taken, header_.begin() + static_cast<std::ptrdiff_t>(headerFilled_));
    headerFilled_ += taken;
    input = input.subspan(taken);
    if (headerFilled_ < length)
        return false;
    headerFilled_ = 0;
    return true;
}

Result<PduReader::Event> PduReader::next(std::span<std::uint8_t const>& input)
{
    while (!input.empty() || (stage_ == Stage::Fragment && pdvLeft_ == 0)) {
        switch (stage_) {
        case Stage::Header:
            if (fill(input, pduHeader))
                QIANLI_TRY(takeHeader());
            break;
        case Stage::Whole: {
            auto const part = input.first(std::min<std::size_t>(pduLeft_, input.size()));
            whole_.insert(whole_.end(), part.begin(), part.end());
            input = input.subspan(part.size());
            pduLeft_ -= static_cast<std::uint32_t>(part.size());
            if (pduLeft_ > 0)
                break;
            stage_ = Stage::Header;
            return Event{Event::Kind::AssociateRequest, 0, true, whole_};
        }
        case Stage::Control:
            if (!fill(input, controlBytes))
                break;
            stage_ = Stage::Header;
            return Event{control_, 0, true, {}};
        case Stage::FragmentHeader:
            if (fill(input, fragmentHeader))
                QIANLI_TRY(takeFragmentHeader());
            break;
        case Stage::Fragment: {
            QIANLI_ASSIGN(auto const event, takeFragment(input));
            if (event.kind != Event::Kind::NeedsMore)
                return event;
            break;
        }
        }
    }
    return Event{};
}

Result<void> PduReader::takeHeader()
{
    auto const type = header_[0];
    auto const length = readUint32(header_.data() + 2);
    pduLeft_ = length;
    if (!established_) {
        if (type != associateRequest || length == 0 || length > maximumAssociateBytes)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("first PDU is of type {:#04x} and {} bytes", type, length));
        whole_.assign(header_.begin(), header_.begin() + pduHeader);
        stage_ = Stage::Whole;
        return {};
    }
    if (type == releaseRequest || type == abortPdu) {
        if (length != controlBytes)
            return fail(ErrorCode::InvalidInput, fmt::format("PDU of type {:#04x} and {} bytes", type, length));
        if (type == releaseRequest && inCommand_)
            return fail(ErrorCode::InvalidInput, "A-RELEASE-RQ within a command");
        control_ = type == abortPdu ? Event::Kind::Abort : Event::Kind::ReleaseRequest;
        stage_ = Stage::Control;
        return {};
    }
    if (type != dataTransfer)
        return fail(ErrorCode::InvalidInput, fmt::format("PDU of type {:#04x} where data was expected", type));
    if (length < fragmentHeader)
        return fail(ErrorCode::InvalidInput, fmt::format("P-DATA-TF PDU of {} bytes", length));
    if (length > maximumPduBytes_)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("P-DATA-TF PDU of {} bytes; {} were allowed", length, maximumPduBytes_));
    stage_ = Stage::FragmentHeader;
    return {};
}

Result<void> PduReader::takeFragmentHeader()
{
    auto const length = readUint32(header_.data());
    if (length < 2 || length > pduLeft_ - 4)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("a fragment announces {} bytes, {} are left in its PDU", length, pduLeft_ - 4));
    pduLeft_ -= 4 + length;
    if (pduLeft_ > 0 && pduLeft_ < fragmentHeader)
        return fail(ErrorCode::InvalidInput, fmt::format("{} bytes behind the last fragment of a PDU", pduLeft_));
    pdvLeft_ = length - 2;
    contextId_ = header_[4];
    isCommand_ = (header_[5] & 1) != 0; // the other bits are not to be looked at (PS3.8 E.2)
    isLast_ = (header_[5] & 2) != 0;
    if (inCommand_ && (!isCommand_ || contextId_ != commandContext_))
        return fail(ErrorCode::InvalidInput, "another message begins within a command");
    if (isCommand_ && !inCommand_) {
        if (whole_.capacity() > keptBetweenMessages)
            whole_ = {};
        whole_.clear();
        inCommand_ = true;
        commandContext_ = contextId_;
    }
    if (isCommand_ && pdvLeft_ > command::maximumBytes - whole_.size())
        return fail(ErrorCode::LimitExceeded, fmt::format("command set above {} bytes", command::maximumBytes));
    // They bring a message no nearer to its end, and would keep its place for ever.
    if (pdvLeft_ == 0 && !isLast_ && ++emptyFragments_ > mostEmptyFragments)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("more than {} fragments without content in one message", mostEmptyFragments));
    if (isLast_)
        emptyFragments_ = 0;
    stage_ = Stage::Fragment;
    return {};
}

Result<PduReader::Event> PduReader::takeFragment(std::span<std::uint8_t const>& input)
{
    auto const part = input.first(std::min<std::size_t>(pdvLeft_, input.size()));
    input = input.subspan(part.size());
    pdvLeft_ -= static_cast<std::uint32_t>(part.size());
    bool const ended = pdvLeft_ == 0;
    if (ended)
        stage_ = pduLeft_ > 0 ? Stage::FragmentHeader : Stage::Header;
    if (!isCommand_) {
        if (part.empty() && !(ended && isLast_))
            return Event{};
        return Event{Event::Kind::DataSet, contextId_, ended && isLast_, part};
    }
    whole_.insert(whole_.end(), part.begin(), part.end());
    if (!ended || !isLast_)
        return Event{};
    inCommand_ = false;
    return Event{Event::Kind::Command, contextId_, true, whole_};
}

} // namespace qianli::dicom
