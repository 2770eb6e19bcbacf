// FindService: C-FIND over the Patient Root and Study Root models, from the identifier's bytes to the final status
// (PS3.4 C.4.1).
#pragma once

#include "gateway/index/study_index.h"
#include "gateway/service/caller.h"
#include "gateway/service/dimse_status.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace qianli::gateway {

struct FindRequest {
    dicom::Uid sopClass, transferSyntax;
    std::span<std::uint8_t const> identifier;
};

// Takes one answer with its pending status (FF00 or FF01). Cancel: no more answers are wanted.
enum class Proceed { GoOn, Cancel };
using AnswerSink = std::function<Proceed(std::uint16_t pendingStatus, std::span<std::uint8_t const> identifier)>;

class FindService {
public:
    // `retrieveAe`: under which AE title what we answer can be retrieved; `limit`: answers to one request, 0 for none.
    FindService(StudyIndex const& index, std::string retrieveAe, std::uint64_t limit)
        : index_(index), retrieveAe_(std::move(retrieveAe)), limit_(limit)
    {
    }

    // Answers are sent as the index names them; it holds no transaction meanwhile, however slow their reader is. More
    // than the limit: that many answers, then A700 with the limit in the comment.
    DimseStatus run(Caller const& caller, FindRequest const& request, AnswerSink const& sink) const;

private:
    StudyIndex const& index_;
    std::string retrieveAe_;
    std::uint64_t limit_;
};

} // namespace qianli::gateway
