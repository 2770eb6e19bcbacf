#include "viewer/client/comparable_prior.h"

#include "common/base/text.h"

#include <algorithm>
#include <set>

namespace qianli::viewer {

namespace {
std::set<std::string> pictureModalities(std::string const& modalities)
{
    static std::set<std::string> const withoutPictures{"SR", "DOC", "PR", "KO", "ECG", "REG", "AU"};
    std::set<std::string> result;
    for (auto const& one : text::split(modalities, '\\'))
        if (auto const modality = std::string(text::trim(one)); !withoutPictures.contains(modality))
            // One tube, three generations of its name.
            result.insert(modality == "CR" || modality == "RG" ? "DX" : modality);
    result.erase("");
    return result;
}

int likeness(PriorStudy const& prior, model::ReadingTask const& task)
{
    auto const mine = pictureModalities(task.modalities), theirs = pictureModalities(prior.modality);
    bool const modality =
        std::any_of(mine.begin(), mine.end(), [&theirs](auto const& one) { return theirs.contains(one); });
    bool const part = !task.bodyPart.empty() && task.bodyPart == prior.bodyPart;
    return (modality ? 2 : 0) + (part ? 1 : 0);
}
} // namespace

std::vector<std::size_t> byComparability(std::vector<PriorStudy> const& priors, model::ReadingTask const& task)
{
    std::vector<std::size_t> order;
    for (std::size_t index = 0; index < priors.size(); ++index) {
        PriorStudy const& prior = priors[index];
        bool const later = !task.studyDate.empty() && prior.studyDate > task.studyDate;
        if (!later && (prior.modality.empty() || !pictureModalities(prior.modality).empty()))
            order.push_back(index);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        auto const key = [&](std::size_t index) {
            return std::pair(likeness(priors[index], task), priors[index].studyDate);
        };
        return key(left) > key(right);
    });
    return order;
}

// By name, too: two people may stand under one ID there, and nobody of the window has looked at that site's list.
WantedStudy wantedStudy(PriorStudy const& prior)
{
    return {prior.studyUid, prior.patientId, prior.site, prior.patientName, prior.birthDate, prior.sex};
}

} // namespace qianli::viewer
