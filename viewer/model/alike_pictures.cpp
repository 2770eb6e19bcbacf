#include "viewer/model/alike_pictures.h"

#include "viewer/model/slice_distinction.h"
#include "viewer/model/stack_split.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

using Entries = std::vector<StackEntry>;

constexpr double parallel = 0.9995; // within about two degrees
constexpr double samePlace = 0.05;  // mm
constexpr double sameSize = 1e-3;   // of a pixel

bool liesParallel(StackEntry const& a, StackEntry const& b)
{
    auto const& p = *a.attributes().plane;
    auto const& q = *b.attributes().plane;
    return dot(p.row, q.row) > parallel && dot(p.column, q.column) > parallel;
}

bool hasSameMatrix(StackEntry const& a, StackEntry const& b)
{
    return a.image->format.rows == b.image->format.rows && a.image->format.columns == b.image->format.columns;
}

bool hasSamePixels(StackEntry const& a, StackEntry const& b)
{
    auto const& p = a.attributes().spacing;
    auto const& q = b.attributes().spacing;
    if (!p || !q)
        return !p && !q;
    auto const alike = [](double x, double y) { return std::abs(x - y) <= sameSize * std::max(x, y); };
    return alike(p->betweenRows, q->betweenRows) && alike(p->betweenColumns, q->betweenColumns);
}

bool hasSameColour(StackEntry const& a, StackEntry const& b)
{
    return (a.image->format.samplesPerPixel == 1) == (b.image->format.samplesPerPixel == 1);
}

bool sharesSpace(StackEntry const& a, StackEntry const& b)
{
    return a.image->frameOfReferenceUid == b.image->frameOfReferenceUid;
}

bool areAlike(StackEntry const& a, StackEntry const& b)
{
    return hasSameMatrix(a, b) && sharesSpace(a, b) && hasSameColour(a, b) && hasSamePixels(a, b) && liesParallel(a, b);
}

std::string upperCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return c < 0x80 ? static_cast<char>(std::toupper(c)) : static_cast<char>(c);
    });
    return text;
}

// Devices that leave LOCALIZER out of Image Type call the series so.
bool isNamedLocalizer(ImageAttributes const& image)
{
    bool const isMr = image.series.modality == "MR";
    if (!isMr && image.series.modality != "CT")
        return false;
    auto const name = upperCase(image.series.description.empty() ? image.series.protocol : image.series.description);
    static constexpr std::array words{"LOCALIZER", "LOCALISER", "SCOUT",  "TOPOGRAM", "SURVIEW",
                                      "SCANOGRAM", "定位像",    "定位片", "定位图"};
    static constexpr std::array mrWords{"SURVEY", "3-PLANE LOC", "3 PLANE LOC", "3PLANE LOC", "3-PL LOC", "三平面定位"};
    auto const names = [&name](char const* word) { return name.find(word) != std::string::npos; };
    return std::any_of(words.begin(), words.end(), names) ||
           (isMr && std::any_of(mrWords.begin(), mrWords.end(), names));
}

bool isLocalizer(StackEntry const& entry)
{
    return entry.image->isLocalizer() ||
           entry.attributes().description.frameType.find("LOCALIZER") != std::string::npos;
}

bool liesStill(ImageAttributes const& image)
{
    auto const& first = image.frames.front();
    return std::all_of(image.frames.begin(), image.frames.end(), [&first](FrameAttributes const& frame) {
        return frame.plane && first.plane && length(frame.plane->position - first.plane->position) < samePlace &&
               dot(frame.plane->row, first.plane->row) > parallel &&
               dot(frame.plane->column, first.plane->column) > parallel;
    });
}

// The frames of one object that say of no frame where it lies, or of all that they lie in one place: a film.
bool isFilm(ImageAttributes const& image)
{
    if (image.frameCount < 2 || image.isLocalizer())
        return false;
    bool const isPlaced = std::any_of(image.frames.begin(), image.frames.end(),
                                      [](FrameAttributes const& frame) { return frame.plane.has_value(); });
    return image.frames.size() < image.frameCount || !isPlaced || liesStill(image);
}

std::string sizeText(StackEntry const& entry)
{
    auto const& spacing = entry.attributes().spacing;
    return spacing ? fmt::format("{:.3g} mm", spacing->betweenColumns) : "px";
}

// What this group has and another one has not.
StackLabel labelOf(std::size_t which, std::vector<AlikePictures> const& groups)
{
    auto const& own = groups[which].entries.front();
    auto const differs = [&](bool (*alike)(StackEntry const&, StackEntry const&)) {
        return std::any_of(groups.begin(), groups.end(),
                           [&](AlikePictures const& other) { return !alike(own, other.entries.front()); });
    };
    StackLabel label;
    if (differs(liesParallel))
        label = planeWord(*own.attributes().plane);
    if (differs(hasSameColour))
        label = joined(label, own.image->format.samplesPerPixel == 1 ? StackLabel{"灰度", "grey"}
                                                                     : StackLabel{"彩色", "colour"});
    if (differs(hasSameMatrix)) {
        auto const matrix = fmt::format("{}×{}", own.image->format.columns, own.image->format.rows);
        label = joined(label, {matrix, matrix});
    } else if (differs(hasSamePixels)) {
        label = joined(label, {"像素 " + sizeText(own), "pixels of " + sizeText(own)});
    }
    if (differs(sharesSpace)) {
        std::vector<dicom::Uid> spaces;
        for (auto const& group : groups)
            if (auto const& uid = group.entries.front().image->frameOfReferenceUid;
                std::find(spaces.begin(), spaces.end(), uid) == spaces.end())
                spaces.push_back(uid);
        auto const at = std::find(spaces.begin(), spaces.end(), own.image->frameOfReferenceUid) - spaces.begin();
        label = joined(label, numbered("坐标系", "space", static_cast<std::size_t>(at), spaces.size()));
    }
    return label;
}

// More planes than any examination has: what lies in yet another one is looked at by itself, in bounded time.
constexpr std::size_t mostPlanes = 256;

void addToPlanes(StackEntry const& entry, SortedPictures& sorted)
{
    for (auto& group : sorted.planes)
        if (areAlike(group.entries.front(), entry))
            return group.entries.push_back(entry);
    if (sorted.planes.size() < mostPlanes)
        sorted.planes.push_back({{entry}, {}});
    else
        sorted.loose.push_back(entry);
}

// Planes that each stand alone are no stack: three long-axis views are scrolled together.
void loosenSingles(SortedPictures& sorted)
{
    if (sorted.planes.size() < 2)
        return;
    std::vector<AlikePictures> real;
    for (auto& group : sorted.planes)
        if (group.entries.size() == 1)
            sorted.loose.push_back(group.entries.front());
        else
            real.push_back(std::move(group));
    sorted.planes = std::move(real);
}

} // namespace

SortedPictures sortPictures(std::vector<std::shared_ptr<ImageAttributes const>> const& pictures)
{
    constexpr std::size_t mostLocalizers = 40; // a whole body may be called a survey
    SortedPictures sorted;
    bool const byName = pictures.size() <= mostLocalizers;
    for (auto const& image : pictures) {
        bool const isFilmed = isFilm(*image);
        if (isFilmed)
            sorted.cines.emplace_back();
        for (std::uint32_t frame = 0; frame < image->frameCount; ++frame) {
            StackEntry const entry{image, frame};
            if (isFilmed)
                sorted.cines.back().push_back(entry);
            else if (isLocalizer(entry) || (byName && isNamedLocalizer(*image)))
                sorted.localizers.push_back(entry);
            else if (!entry.attributes().plane)
                sorted.loose.push_back(entry);
            else
                addToPlanes(entry, sorted);
        }
    }
    loosenSingles(sorted);
    for (auto& group : sorted.planes)
        std::stable_sort(group.entries.begin(), group.entries.end(), isEarlier);
    std::stable_sort(sorted.planes.begin(), sorted.planes.end(),
                     [](auto const& a, auto const& b) { return isEarlier(a.entries.front(), b.entries.front()); });
    std::stable_sort(sorted.cines.begin(), sorted.cines.end(),
                     [](Entries const& a, Entries const& b) { return isEarlier(a.front(), b.front()); });
    for (std::size_t i = 0; i < sorted.planes.size(); ++i)
        sorted.planes[i].label = labelOf(i, sorted.planes);
    return sorted;
}

} // namespace qianli::viewer
