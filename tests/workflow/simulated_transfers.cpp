#include "tests/workflow/simulated_transfers.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace qianli::test {
namespace {

using Kind = SimulatedEvent::Kind;
using Way = gateway::Departure::Way;
using Random = std::mt19937;

int between(Random& random, int least, int most)
{
    return std::uniform_int_distribution(least, most)(random);
}

double seconds(Random& random, double least, double most)
{
    return std::uniform_real_distribution(least, most)(random);
}

bool chance(Random& random, double share)
{
    return std::bernoulli_distribution(share)(random);
}

struct Geometry {
    double tilt = 0; // degrees, about the patient's left-right axis
    bool sagittal = false;
    double spacing = 1, start = 0; // along the normal
};

void addSeries(SimulatedStudy& study, int seriesNumber, std::string const& modality, int count,
               Geometry const& geometry, bool localizer = false)
{
    double const angle = geometry.tilt * 3.14159265358979 / 180;
    double const cosine = std::cos(angle), sine = std::sin(angle);
    for (int number = 1; number <= count; ++number) {
        SimulatedImage image;
        image.series = fmt::format("{}.{}", study.uid, seriesNumber);
        image.seriesNumber = std::to_string(seriesNumber);
        image.modality = modality;
        image.number = number;
        image.localizer = localizer;
        image.imageType = localizer ? "ORIGINAL\\PRIMARY\\LOCALIZER" : "ORIGINAL\\PRIMARY\\AXIAL";
        image.along = geometry.start + geometry.spacing * (number - 1);
        if (geometry.sagittal) {
            image.orientation = "0\\1\\0\\0\\0\\-1"; // normal: -x
            image.position = fmt::format("{:.4f}\\-120\\120", -image.along);
        } else {
            // A tilted gantry: the table moves along z, the normal is tilted against it.
            double const table = image.along / cosine;
            image.orientation = fmt::format("1\\0\\0\\0\\{:.7f}\\{:.7f}", cosine, -sine);
            image.position = fmt::format("-180\\0\\{:.5f}", table);
        }
        study.images.push_back(std::move(image));
    }
}

Geometry axial(Random& random)
{
    static constexpr double spacings[] = {0.625, 1, 1.25, 2, 5};
    double const spacing = spacings[between(random, 0, 4)] * (chance(random, 0.5) ? 1 : -1);
    return {0, false, spacing, std::round(seconds(random, -400, 400))};
}

void tell(SimulatedStudy& study)
{
    for (auto const& image : study.images)
        if (!image.localizer)
            ++study.told[image.series];
}

void makeDr(SimulatedStudy& study, Random& random)
{
    for (int number = between(random, 1, 4); number > 0; --number) {
        SimulatedImage image;
        image.series = study.uid + ".1";
        image.seriesNumber = "1";
        image.modality = "DX";
        image.imageType = "ORIGINAL\\PRIMARY";
        image.number = static_cast<int>(study.images.size()) + 1;
        study.images.push_back(std::move(image));
    }
}

SimulatedStudy makeStudy(int which, Random& random)
{
    SimulatedStudy study;
    study.uid = fmt::format("1.2.826.{}", which + 1);
    study.callingAe = fmt::format("CT_{}", which % 50);
    int const dice = between(random, 1, 100);
    if (dice <= 25) {
        study.kind = "CT that counts";
        addSeries(study, 2, "CT", between(random, 60, 400), axial(random));
        tell(study);
    } else if (dice <= 45) {
        study.kind = "CT";
        addSeries(study, 2, "CT", between(random, 60, 400), axial(random));
    } else if (dice <= 55) {
        study.kind = "tilted CT";
        auto geometry = axial(random);
        geometry.tilt = seconds(random, -25, 25);
        addSeries(study, 2, "CT", between(random, 20, 60), geometry);
        if (chance(random, 0.5))
            tell(study);
    } else if (dice <= 75) {
        study.kind = "CT with localizer";
        addSeries(study, 1, "CT", between(random, 1, 2), {}, true);
        addSeries(study, 2, "CT", between(random, 30, 70), axial(random));
        addSeries(study, 3, "CT", between(random, 100, 300), axial(random));
        if (chance(random, 0.5))
            tell(study);
    } else if (dice <= 85) {
        study.kind = "MR";
        study.callingAe = fmt::format("MR_{}", which % 10);
        for (int series = between(random, 1, 4); series > 0; --series)
            addSeries(study, series, "MR", between(random, 19, 40),
                      {0, chance(random, 0.5), seconds(random, 3, 6), -60});
    } else {
        study.kind = "DR";
        study.callingAe = chance(random, 0.2) ? "OLD_DR" : fmt::format("DR_{}", which % 50);
        makeDr(study, random);
    }
    return study;
}

// The order in which the images of a series are sent; series after series.
std::vector<int> orderOf(SimulatedStudy const& study, Random& random)
{
    std::vector<int> order(study.images.size());
    std::iota(order.begin(), order.end(), 0);
    int const dice = between(random, 1, 10);
    auto const key = [&](int place) {
        int const number = study.images[static_cast<std::size_t>(place)].number;
        if (study.kind == "MR" || dice == 1)
            return number % 2 == 1 ? number - 10'000 : number; // odd ones first
        return dice == 2 ? -number : number;
    };
    auto const seriesOf = [&](int place) { return study.images[static_cast<std::size_t>(place)].series; };
    if (dice == 3)
        std::ranges::shuffle(order, random);
    std::ranges::stable_sort(order, {},
                             [&](int place) { return std::pair(seriesOf(place), dice == 3 ? 0 : key(place)); });
    return order;
}

class Course {
public:
    Course(SimulatedTransfer& transfer, Random& random) : transfer_(transfer), random_(random) {}

    void begin() { add({Kind::Begin, now_, ++association_}); }
    void end(Way way, double after = 0.2)
    {
        now_ += after;
        add({Kind::End, now_, association_, -1, way});
    }
    void object(int image)
    {
        bool const dr = transfer_.study.kind == "DR";
        add({Kind::ObjectBegins, now_, association_});
        now_ += dr ? seconds(random_, 2, 100) : seconds(random_, 0.02, 0.25);
        add({Kind::Object, now_, association_, image});
        if (chance(random_, 0.01))
            now_ += seconds(random_, 2, 50); // the console does something else
    }
    void breakOff()
    {
        int const dice = between(random_, 1, 100);
        if (dice <= 60) { // in the middle of an object, seen at once
            add({Kind::ObjectBegins, now_, association_});
            end(Way::InObject, seconds(random_, 0.1, 3));
        } else if (dice <= 85) {
            end(Way::CutOff);
        } else if (dice <= 95) { // the line is dead, and nobody says so
            add({Kind::ObjectBegins, now_, association_});
            end(Way::InObject, 30);
        } else {
            end(Way::CutOff, 60.5);
        }
    }
    void wait(double time) { now_ += time; }

private:
    void add(SimulatedEvent event) { transfer_.events.push_back(event); }

    SimulatedTransfer& transfer_;
    Random& random_;
    double now_ = 0;
    int association_ = 0;
};

void sendWhole(Course& course, std::vector<int> const& order, Way way = Way::Released)
{
    course.begin();
    for (int const image : order)
        course.object(image);
    course.end(way);
}

// An association for each series, or for each X-ray.
void sendPiecewise(Course& course, SimulatedStudy const& study, std::vector<int> const& order, Random& random)
{
    for (std::size_t i = 0; i < order.size(); ++i) {
        auto const& image = study.images[static_cast<std::size_t>(order[i])];
        bool const isNew = i == 0 || image.modality == "DX" ||
                           image.series != study.images[static_cast<std::size_t>(order[i - 1])].series;
        if (isNew && i > 0) {
            course.end(Way::Released);
            course.wait(seconds(random, 1, 50));
        }
        if (isNew)
            course.begin();
        course.object(order[i]);
    }
    course.end(Way::Released);
}

void sendUpTo(Course& course, std::vector<int> const& order, std::size_t count)
{
    course.begin();
    for (std::size_t i = 0; i < count; ++i)
        course.object(order[i]);
    course.breakOff();
}

// Some images are lost on the way, most of them next to each other.
void sendWithGaps(Course& course, SimulatedStudy const& study, std::vector<int> const& order, Random& random)
{
    std::set<int> lost;
    for (int runs = between(random, 1, 3); runs > 0; --runs) {
        auto const first = between(random, 0, static_cast<int>(study.images.size()) - 1);
        int const length = between(random, 1, 12);
        for (int i = first; i < std::min(first + length, static_cast<int>(study.images.size())); ++i) {
            auto const& image = study.images[static_cast<std::size_t>(i)];
            auto const& next = study.images[std::min(static_cast<std::size_t>(i) + 1, study.images.size() - 1)];
            // Nobody can know of a last slice that was never announced.
            bool const isInside = image.number > 1 && next.series == image.series && next.number > image.number;
            if (!image.localizer && (isInside || study.told.contains(image.series)))
                lost.insert(i);
        }
    }
    course.begin();
    for (int const image : order)
        if (!lost.contains(image))
            course.object(image);
    course.end(Way::Released);
    if (chance(random, 0.3))
        return;
    course.wait(seconds(random, 100, 400));
    sendWhole(course, chance(random, 0.5) ? order : std::vector<int>(lost.begin(), lost.end()));
}

} // namespace

SimulatedTransfer simulate(int which, std::mt19937& random)
{
    SimulatedTransfer transfer;
    transfer.study = makeStudy(which, random);
    auto const order = orderOf(transfer.study, random);
    Course course(transfer, random);
    int const dice = between(random, 1, 100);
    bool const isOld = transfer.study.callingAe == "OLD_DR";
    if (isOld) {
        transfer.course = "never released";
        sendWhole(course, order, Way::CutOff);
    } else if (dice <= 40 || order.size() < 2) {
        transfer.course = "whole";
        sendWhole(course, order);
    } else if (dice <= 50) {
        transfer.course = "piecewise";
        sendPiecewise(course, transfer.study, order, random);
    } else if (dice <= 82 || transfer.study.kind == "DR") {
        transfer.course = dice % 6 == 0 ? "cut twice" : "cut";
        for (int cuts = dice % 6 == 0 ? 2 : 1; cuts > 0; --cuts) {
            sendUpTo(course, order, static_cast<std::size_t>(between(random, 1, static_cast<int>(order.size()) - 1)));
            course.wait(90);
        }
        if (chance(random, 0.85))
            sendWhole(course, order);
    } else {
        transfer.course = "gaps";
        sendWithGaps(course, transfer.study, order, random);
    }
    return transfer;
}

} // namespace qianli::test
