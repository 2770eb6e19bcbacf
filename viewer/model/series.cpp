#include "viewer/model/series.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace qianli::viewer {
namespace {

using ImagePointer = std::shared_ptr<ImageAttributes const>;

constexpr double parallel = 0.9995; // within about two degrees
constexpr double samePlace = 0.01;  // mm

auto instanceOrder(StackEntry const& entry)
{
    return std::tuple(entry.image->acquisitionNumber, entry.image->instanceNumber, entry.image->contentTime,
                      entry.image->sopInstanceUid, entry.frame);
}

bool byInstance(StackEntry const& a, StackEntry const& b)
{
    return std::tuple(a.image->instanceNumber, instanceOrder(a)) <
           std::tuple(b.image->instanceNumber, instanceOrder(b));
}

double positionOf(StackEntry const& entry, Vector3 normal)
{
    return dot(entry.attributes().plane->position, normal);
}

bool hasRepeatedPlace(std::vector<StackEntry> const& sorted, Vector3 normal)
{
    return std::adjacent_find(sorted.begin(), sorted.end(), [&](StackEntry const& a, StackEntry const& b) {
               return std::abs(positionOf(a, normal) - positionOf(b, normal)) < samePlace;
           }) != sorted.end();
}

// By place, running the way the instance numbers run, which is the way the technician scanned.
void sortByPlace(std::vector<StackEntry>& entries)
{
    Vector3 const normal = entries.front().attributes().plane->normal();
    std::stable_sort(entries.begin(), entries.end(), byInstance);
    bool const falls = positionOf(entries.back(), normal) < positionOf(entries.front(), normal);
    std::stable_sort(entries.begin(), entries.end(), [&](StackEntry const& a, StackEntry const& b) {
        double const pa = positionOf(a, normal);
        double const pb = positionOf(b, normal);
        return falls ? pa > pb : pa < pb;
    });
}

// Several phases of one body part share their places: one stack an acquisition where that tells them apart, otherwise
// the order of instance numbers, in which the places recur.
std::vector<Stack> arrangeParallel(std::vector<StackEntry> entries)
{
    Vector3 const normal = entries.front().attributes().plane->normal();
    sortByPlace(entries);
    if (entries.size() == 1 || !hasRepeatedPlace(entries, normal))
        return {{StackKind::Slices, std::move(entries)}};
    std::map<std::int32_t, std::vector<StackEntry>> acquisitions;
    for (auto const& entry : entries)
        acquisitions[entry.image->acquisitionNumber].push_back(entry);
    std::vector<Stack> stacks;
    for (auto& [number, part] : acquisitions) {
        sortByPlace(part);
        if (acquisitions.size() == 1 || hasRepeatedPlace(part, normal)) {
            std::stable_sort(entries.begin(), entries.end(), byInstance);
            return {{StackKind::Images, std::move(entries)}};
        }
        stacks.push_back({StackKind::Slices, std::move(part)});
    }
    return stacks;
}

bool liesParallel(StackEntry const& a, StackEntry const& b)
{
    auto const& p = *a.attributes().plane;
    auto const& q = *b.attributes().plane;
    return dot(p.row, q.row) > parallel && dot(p.column, q.column) > parallel;
}

struct Sorted { // the pictures of a series by what can be done with them
    std::vector<std::vector<StackEntry>> groups;
    std::vector<StackEntry> loose;
    std::vector<StackEntry> localizers;
    std::vector<Stack> cines;
};

void place(StackEntry entry, Sorted& sorted)
{
    if (entry.image->isLocalizer()) {
        sorted.localizers.push_back(std::move(entry));
    } else if (!entry.attributes().plane) {
        sorted.loose.push_back(std::move(entry));
    } else {
        auto const group = std::find_if(sorted.groups.begin(), sorted.groups.end(),
                                        [&](auto const& g) { return liesParallel(g.front(), entry); });
        if (group != sorted.groups.end())
            group->push_back(std::move(entry));
        else
            sorted.groups.push_back({std::move(entry)});
    }
}

std::vector<Stack> arrangePictures(std::vector<ImagePointer> const& images)
{
    Sorted sorted;
    for (auto const& image : images) {
        bool const isCine = image->frameCount > 1 && image->frames.size() < image->frameCount;
        if (!isCine) {
            for (std::uint32_t frame = 0; frame < image->frameCount; ++frame)
                place({image, frame}, sorted);
            continue;
        }
        Stack cine{StackKind::Cine, {}};
        for (std::uint32_t frame = 0; frame < image->frameCount; ++frame)
            cine.entries.push_back({image, frame});
        sorted.cines.push_back(std::move(cine));
    }
    std::vector<Stack> stacks;
    // Planes that each stand alone are no stack: three long-axis views are scrolled together.
    std::vector<std::vector<StackEntry>> real;
    for (auto& group : sorted.groups) {
        if (group.size() == 1 && sorted.groups.size() > 1)
            sorted.loose.push_back(group.front());
        else
            real.push_back(std::move(group));
    }
    std::stable_sort(real.begin(), real.end(),
                     [](auto const& a, auto const& b) { return byInstance(a.front(), b.front()); });
    for (auto& group : real)
        for (auto& stack : arrangeParallel(std::move(group)))
            stacks.push_back(std::move(stack));
    auto const append = [&stacks](StackKind kind, std::vector<StackEntry> entries) {
        std::stable_sort(entries.begin(), entries.end(), byInstance);
        if (!entries.empty())
            stacks.push_back({kind, std::move(entries)});
    };
    append(StackKind::Images, std::move(sorted.loose));
    std::stable_sort(sorted.cines.begin(), sorted.cines.end(),
                     [](Stack const& a, Stack const& b) { return byInstance(a.entries.front(), b.entries.front()); });
    for (auto& cine : sorted.cines)
        stacks.push_back(std::move(cine));
    append(StackKind::Localizer, std::move(sorted.localizers));
    return stacks;
}

Series arrangeSeries(std::vector<ImagePointer> const& objects)
{
    Series series;
    series.identity = objects.front()->series;
    std::vector<ImagePointer> pictures;
    for (auto const& object : objects)
        (object->frameCount == 0 ? series.documents : pictures).push_back(object);
    series.stacks = arrangePictures(pictures);
    std::stable_sort(series.documents.begin(), series.documents.end(), [](auto const& a, auto const& b) {
        return std::tie(a->contentDate, a->contentTime) < std::tie(b->contentDate, b->contentTime);
    });
    return series;
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
        count += stack.entries.size();
    return count;
}

std::vector<Study> arrange(std::vector<ImagePointer> const& objects)
{
    std::set<dicom::Uid> seen;
    std::map<dicom::Uid, std::map<dicom::Uid, std::vector<ImagePointer>>> studies;
    for (auto const& object : objects)
        if (object->sopInstanceUid.empty() || seen.insert(object->sopInstanceUid).second)
            studies[object->study.uid][object->series.uid].push_back(object);

    std::vector<Study> arranged;
    for (auto const& [uid, seriesOfStudy] : studies) {
        Study study;
        auto const& first = *seriesOfStudy.begin()->second.front();
        study.patient = first.patient;
        study.identity = first.study;
        for (auto const& [seriesUid, members] : seriesOfStudy) {
            study.series.push_back(arrangeSeries(members));
            for (auto const& member : members)
                study.patientsDiffer |= !isSamePatient(member->patient, first.patient);
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
