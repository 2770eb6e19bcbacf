#include "viewer/model/series.h"

#include "viewer/model/document_kind.h"

#include "viewer/model/stack_split.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace qianli::viewer {
namespace {

using ImagePointer = std::shared_ptr<ImageAttributes const>;

// Devices have given one SOP Instance UID to all slices of a scan: what lies elsewhere or bears another number is
// another picture, whatever its UID says, and is never left out.
using Identity = std::tuple<dicom::Uid, dicom::Uid, dicom::Uid, std::string, std::int32_t, double, double, double>;

Identity identityOf(ImageAttributes const& image)
{
    auto const& plane = image.frame(0).plane;
    Vector3 const at = plane ? plane->position : Vector3();
    return {image.sopInstanceUid,
            image.series.uid,
            image.study.uid,
            image.patient.id,
            image.instanceNumber,
            at.x,
            at.y,
            at.z};
}

Series arrangeSeries(std::vector<ImagePointer> const& objects)
{
    Series series;
    series.identity = objects.front()->series;
    std::vector<ImagePointer> pictures;
    for (auto const& object : objects)
        (object->frameCount == 0 ? series.documents : pictures).push_back(object);
    series.stacks = splitIntoStacks(pictures);
    std::stable_sort(series.documents.begin(), series.documents.end(), [](auto const& a, auto const& b) {
        return std::tie(a->contentDate, a->contentTime) < std::tie(b->contentDate, b->contentTime);
    });
    for (auto const& document : series.documents)
        if (documentKind(*document) != DocumentKind::None)
            series.stacks.push_back({StackKind::Document, {{document, 0}}});
    return series;
}

// Whose study it is, the pictures say: reports and PDFs are often made elsewhere, where names are spelt otherwise.
ImagePointer const& leadingObject(std::map<dicom::Uid, std::vector<ImagePointer>> const& series)
{
    for (auto const& [uid, members] : series)
        for (auto const& member : members)
            if (member->frameCount != 0)
                return member;
    return series.begin()->second.front();
}

bool areOfTwo(ImageAttributes const& one, ImageAttributes const& first)
{
    if (one.frameCount == 0 && first.frameCount != 0)
        return one.patient.id != first.patient.id;
    return !isSamePatient(one.patient, first.patient);
}

} // namespace

bool Stack::holds(StackEntry const& picture) const
{
    return std::any_of(entries.begin(), entries.end(), [&picture](StackEntry const& entry) {
        return entry.image == picture.image && entry.frame == picture.frame;
    });
}

std::size_t Series::pictureCount() const
{
    std::size_t count = 0;
    for (auto const& stack : stacks)
        count += stack.kind == StackKind::Document ? 0 : stack.entries.size();
    return count;
}

std::vector<Study> arrange(std::vector<ImagePointer> const& objects)
{
    std::set<Identity> seen;
    std::map<dicom::Uid, std::map<dicom::Uid, std::vector<ImagePointer>>> studies;
    for (auto const& object : objects)
        if (object->sopInstanceUid.empty() || seen.insert(identityOf(*object)).second)
            studies[object->study.uid][object->series.uid].push_back(object);

    std::vector<Study> arranged;
    for (auto const& [uid, seriesOfStudy] : studies) {
        Study study;
        auto const& first = *leadingObject(seriesOfStudy);
        study.patient = first.patient;
        study.identity = first.study;
        for (auto const& [seriesUid, members] : seriesOfStudy) {
            study.series.push_back(arrangeSeries(members));
            for (auto const& member : members)
                study.patientsDiffer |= areOfTwo(*member, first);
        }
        std::stable_sort(study.series.begin(), study.series.end(), [](Series const& a, Series const& b) {
            return std::tie(a.identity.number, a.identity.uid) < std::tie(b.identity.number, b.identity.uid);
        });
        arranged.push_back(std::move(study));
    }
    std::stable_sort(arranged.begin(), arranged.end(), [](Study const& a, Study const& b) {
        return std::tie(a.identity.date, a.identity.time) > std::tie(b.identity.date, b.identity.time);
    });
    return arranged;
}

} // namespace qianli::viewer
