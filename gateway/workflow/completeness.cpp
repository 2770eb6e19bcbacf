#include "gateway/workflow/completeness.h"

#include "common/base/text.h"
#include "gateway/workflow/slice_gaps.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace qianli::gateway {
namespace {

using Why = model::MissingImages::Why;

// More than any scanner makes in one acquisition: somebody's placeholder.
constexpr int mostImages = 100'000;

struct Image {
    std::string acquisition;
    int frames = 1;
    Slice slice;
    bool hasPlace = false;
};

struct Series {
    std::string uid, number, modality;
    std::vector<Image> images; // without localizers
    int localizers = 0;
    std::map<std::string, int> expected; // by Acquisition Number
    std::vector<std::array<double, 3>> normals;
};

std::optional<int> wholeNumber(std::string_view text)
{
    text = text::trim(text);
    int value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool isStack(std::string const& modality)
{
    return modality == "CT" || modality == "MR" || modality == "PT";
}

int stackOf(std::vector<std::array<double, 3>>& normals, std::array<double, 3> const& normal)
{
    constexpr double parallel = 0.9999; // within a degree
    for (std::size_t i = 0; i < normals.size(); ++i)
        if (normals[i][0] * normal[0] + normals[i][1] * normal[1] + normals[i][2] * normal[2] > parallel)
            return static_cast<int>(i);
    normals.push_back(normal);
    return static_cast<int>(normals.size()) - 1;
}

void add(Series& series, dicom::InstanceHeader const& header)
{
    if (header.imageType.find("LOCALIZER") != std::string::npos) {
        ++series.localizers;
        return;
    }
    Image image;
    image.acquisition = header.acquisitionNumber;
    image.frames = std::max(1, wholeNumber(header.numberOfFrames).value_or(1));
    image.slice.number = wholeNumber(header.instanceNumber);
    if (auto const place = placeOfSlice(header.imagePosition, header.imageOrientation)) {
        image.slice.position = place->position;
        image.slice.stack = stackOf(series.normals, place->normal);
        image.hasPlace = true;
    }
    series.images.push_back(std::move(image));
}

std::vector<Series> seriesOf(std::span<InstanceRecord const> images, std::span<ExpectedImages const> expected)
{
    std::vector<Series> all;
    std::map<std::string_view, std::size_t> places;
    for (InstanceRecord const& record : images) {
        auto const& header = record.header;
        auto const [place, isNew] = places.try_emplace(header.seriesUid.value(), all.size());
        if (isNew)
            all.push_back({header.seriesUid.value(), header.seriesNumber, header.modality, {}, 0, {}, {}});
        add(all[place->second], header);
    }
    for (ExpectedImages const& one : expected)
        if (auto const place = places.find(one.series); place != places.end() && one.images <= mostImages)
            all[place->second].expected[one.acquisition] = one.images;
    return all;
}

// Images that were counted together, and how many the device said there are.
struct Group {
    std::vector<Image const*> images;
    std::optional<int> expected;
    bool mayBeEach = false; // the count may as well be that of each acquisition in it: it proves nothing
    int received() const
    {
        int frames = 0;
        for (Image const* image : images)
            frames += image->frames;
        return frames;
    }
};

// The device counts an acquisition. Where each slice has an Acquisition Number of its own, it counts the series.
std::vector<Group> groupsOf(Series const& series)
{
    std::vector<Image const*> all;
    std::map<std::string, std::vector<Image const*>> byAcquisition;
    std::set<int> numbers;
    bool repeats = false;
    for (Image const& image : series.images) {
        all.push_back(&image);
        byAcquisition[image.acquisition].push_back(&image);
        repeats = repeats || (image.slice.number && !numbers.insert(*image.slice.number).second);
    }
    int most = 0;
    for (auto const& [number, images] : series.expected)
        most = std::max(most, images);
    bool const countsSeries = most > 0 && static_cast<int>(all.size()) <= most;
    bool const countsEach = !series.expected.empty() && !countsSeries && byAcquisition.size() > 1;
    // Two acquisitions of 100 of which 60 and 40 came look like a series of 100.
    auto const mayBeCounted = std::ranges::count_if(byAcquisition, [&](auto const& one) {
        return one.second.size() > 1 && series.expected.contains(one.first);
    });
    bool const mayBeEach = countsSeries && mayBeCounted > 1;
    if (!countsEach && !repeats)
        return {{all, most > 0 ? std::optional(most) : std::nullopt, mayBeEach}};
    std::vector<Group> groups;
    for (auto const& [number, images] : byAcquisition) {
        auto const told = series.expected.find(number);
        bool const knows = told != series.expected.end() && (countsEach || byAcquisition.size() == 1);
        groups.push_back({images, knows ? std::optional(told->second) : std::nullopt, false});
    }
    if (countsSeries && groups.size() > 1)
        groups.push_back({all, most, mayBeEach});
    return groups;
}

class Judge {
public:
    explicit Judge(std::vector<Series> series) : series_(std::move(series)) {}

    Completeness judge(Parting parting)
    {
        for (Series const& one : series_)
            for (Group const& group : groupsOf(one))
                look(one, group);
        int received = 0;
        bool localizers = false;
        for (Series const& one : series_) {
            received += static_cast<int>(one.images.size());
            localizers = localizers || one.localizers > 0;
        }
        Completeness result;
        if (lacking_ > 0) {
            result.missing = std::move(missing_);
        } else if (received == 0 && localizers) {
            result.missing.why = Why::LocalizerOnly;
            result.missing.received = countOfLocalizers();
        } else if (parting == Parting::InObject || (parting == Parting::CutOff && !isProven())) {
            result.missing.why = Why::BrokeOff;
            result.missing.received = received + countOfLocalizers();
        } else {
            result.verdict = isProven() ? Completeness::Verdict::Proven : Completeness::Verdict::NoDoubt;
            return result;
        }
        result.verdict = Completeness::Verdict::Incomplete;
        return result;
    }

private:
    bool isProven() const { return proven_ && counted_; }
    int countOfLocalizers() const
    {
        int count = 0;
        for (Series const& one : series_)
            count += one.localizers;
        return count;
    }

    void look(Series const& series, Group const& group)
    {
        int const received = group.received();
        std::optional<int> expected = group.expected;
        // A count that is exceeded was never one; one acquisition may have become several series.
        if (expected && (received > *expected || (received < *expected && isShared(series, *expected))))
            expected.reset();
        counted_ = counted_ || (expected && *expected == received);
        proven_ = proven_ && expected && *expected == received && !group.mayBeEach;
        if (expected && *expected == received)
            return;
        std::vector<Slice> slices;
        for (Image const* image : group.images)
            if (image->hasPlace)
                slices.push_back(image->slice);
        bool const isWholeStack = isStack(series.modality) && slices.size() == group.images.size();
        SliceGaps gaps;
        if (isWholeStack && !isNumberedAcross(series))
            gaps = findSliceGaps(std::move(slices), expected,
                                 series.modality == "CT" ? Distances::Even : Distances::MayVary);
        if (expected)
            note(series, received, *expected, *expected - received, std::move(gaps), Why::Count);
        else if (gaps.count > 0)
            note(series, received, std::nullopt, gaps.count, std::move(gaps), Why::Gap);
    }

    // Several series of the modality are together exactly as many as the device said.
    bool isShared(Series const& series, int expected) const
    {
        int together = 0, sharing = 0;
        for (Series const& one : series_) {
            bool const says =
                std::ranges::any_of(one.expected, [&](auto const& told) { return told.second == expected; });
            if (one.modality != series.modality || !says)
                continue;
            ++sharing;
            together += Group{pointersTo(one), {}, false}.received();
        }
        return sharing > 1 && together == expected;
    }

    // The numbers go on from one series to the next, and no series has its own.
    bool isNumberedAcross(Series const& series) const
    {
        std::set<int> own, others;
        for (Series const& one : series_)
            for (Image const& image : one.images)
                if (image.slice.number)
                    (&one == &series ? own : others).insert(*image.slice.number);
        if (own.empty() || others.empty() ||
            std::ranges::any_of(own, [&](int number) { return others.contains(number); }))
            return false;
        for (auto one = own.begin(), next = std::next(one); next != own.end(); ++one, ++next) {
            auto const between = std::distance(others.upper_bound(*one), others.lower_bound(*next));
            if (between != *next - *one - 1)
                return false;
        }
        return *own.rbegin() - *own.begin() + 1 != static_cast<int>(own.size());
    }

    static std::vector<Image const*> pointersTo(Series const& series)
    {
        std::vector<Image const*> pointers;
        for (Image const& image : series.images)
            pointers.push_back(&image);
        return pointers;
    }

    void note(Series const& series, int received, std::optional<int> expected, int lacks, SliceGaps gaps, Why why)
    {
        missing_.received += received;
        if (expected)
            missing_.expected = missing_.expected.value_or(lacking_ > 0 ? missing_.received - received : 0) + *expected;
        if (lacks > most_) {
            most_ = lacks;
            missing_.ranges = std::move(gaps.ranges);
        }
        if (lacking_ == 0 || why == Why::Count)
            missing_.why = why;
        lacking_ += lacks;
        if (std::ranges::find(missing_.series, series.number) == missing_.series.end())
            missing_.series.push_back(series.number);
    }

    std::vector<Series> series_;
    model::MissingImages missing_;
    int lacking_ = 0, most_ = 0;
    bool proven_ = true, counted_ = false;
};

} // namespace

Completeness judge(std::span<InstanceRecord const> images, std::span<ExpectedImages const> expected, Parting parting)
{
    return Judge(seriesOf(images, expected)).judge(parting);
}

} // namespace qianli::gateway
