// PduReader: what the bytes of a peer mean, as they come: the PDUs of PS3.8 9.3 and the PDVs of its annex E, for the
// side that accepts associations.
//
// Promise: never waits and never recurses; keeps an association request or a command set only, each within its bound,
// and grows with what has come, not with what is announced. Fragments of data sets are handed on where they lie; those
// without content are counted.
#pragma once

#include "common/base/result.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace qianli::dicom {

class PduReader {
public:
    // P-DATA-TF PDUs above `maximumPduBytes` (what we announced) are refused.
    explicit PduReader(std::uint32_t maximumPduBytes) : maximumPduBytes_(maximumPduBytes) {}

    struct Event {
        enum class Kind {
            NeedsMore,        // all bytes were taken, and none of the following is complete
            AssociateRequest, // bytes: the whole PDU
            Command,          // bytes: the whole command set
            DataSet,          // bytes: the next piece; last: nothing of the data set follows
            ReleaseRequest,
            Abort,
        } kind = Kind::NeedsMore;
        std::uint8_t contextId = 0;
        bool last = false;
        std::span<std::uint8_t const> bytes; // until the next call, and as long as the input lives
    };

    // Takes bytes from the front of `input` until something is complete. InvalidInput for what is no PDU at that place;
    // LimitExceeded above a bound. Nothing may be read after an error.
    Result<Event> next(std::span<std::uint8_t const>& input);

    // Bytes that the fragment at hand still lacks.
    std::uint64_t fragmentLeft() const { return stage_ == Stage::Fragment ? pdvLeft_ : 0; }
    // The associate request came and was answered: from now on messages may come.
    void expectMessages()
    {
        established_ = true;
        whole_ = {};
    }

private:
    enum class Stage { Header, Whole, Control, FragmentHeader, Fragment };

    bool fill(std::span<std::uint8_t const>& input, std::size_t length);
    Result<void> takeHeader();
    Result<void> takeFragmentHeader();
    Result<Event> takeFragment(std::span<std::uint8_t const>& input);

    std::uint32_t maximumPduBytes_;
    bool established_ = false;
    Stage stage_ = Stage::Header;
    std::array<std::uint8_t, 10> header_{};
    std::size_t headerFilled_ = 0;
    Event::Kind control_ = Event::Kind::Abort; // what the PDU at hand means when it is whole
    std::uint32_t pduLeft_ = 0;                // bytes of the PDU at hand that were not taken yet
    std::uint32_t pdvLeft_ = 0;
    std::uint8_t contextId_ = 0;
    bool isCommand_ = false, isLast_ = false;
    bool inCommand_ = false; // fragments of a command set are in whole_, the last is to come
    std::uint8_t commandContext_ = 0;
    std::uint32_t emptyFragments_ = 0; // of the command or data set at hand
    std::vector<std::uint8_t> whole_;
};

} // namespace qianli::dicom
