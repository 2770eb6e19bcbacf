// Complete means complete: hundreds of transfers, through index and workflow, by a clock of the test's own.
#include "common/model/missing_images.h"
#include "tests/workflow/simulated_transfers.h"
#include "tests/workflow/workflow_fixture.h"

#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <queue>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::gateway;
using model::TaskState;

namespace {

constexpr int transfersInAll = 500;
constexpr int betweenLooks = 3;  // seconds
constexpr int betweenStarts = 8; // seconds: some dozens at the same time, as on a Monday morning
using Range = model::MissingImages::Range;

// Slices that are missing, one beside the other.
std::vector<Range> rangesOf(std::vector<double> places, double spacing)
{
    std::ranges::sort(places);
    std::vector<Range> ranges;
    for (double const place : places) {
        if (ranges.empty() || place - ranges.back().to > 1.5 * spacing)
            ranges.push_back({place, place});
        ranges.back().to = place;
    }
    return ranges;
}

// Thousands of commits in a few seconds; what they survive is shown elsewhere.
struct InMemory {
    InMemory()
    {
        if (::access("/dev/shm", W_OK) == 0)
            ::setenv("TMPDIR", "/dev/shm", 1);
    }
    ~InMemory() { before.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1); }
    std::string const before = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
};

class World {
public:
    explicit World(std::uint32_t seed)
    {
        std::mt19937 random(seed);
        for (int i = 0; i < transfersInAll; ++i)
            add(simulate(i, random), i * betweenStarts);
    }

    void run()
    {
        while (!events.empty()) {
            auto const now = std::floor(events.top().at) + betweenLooks;
            fixture.clock.set(begin + std::chrono::milliseconds(std::llround(now * 1000)));
            while (!events.empty() && events.top().at < now) {
                happen(events.top());
                events.pop();
            }
            look();
        }
        for (int i = 0; i < 30; ++i) {
            fixture.clock.advance(std::chrono::seconds(10));
            look();
        }
    }

    struct Outcome {
        std::set<int> received;
        std::map<int, Transfers::Id> associations;
        TaskState state = TaskState::Receiving;
        bool known = false, falseComplete = false;
        int incompletes = 0;
    };
    std::vector<SimulatedTransfer> transfers;
    std::vector<Outcome> outcomes;
    int rangesRight = 0, rangesWrong = 0, rangesUnknowable = 0;
    int lookedAt = 0;
    std::vector<std::string> wrong;

private:
    struct Due {
        double at = 0;
        std::size_t transfer = 0, event = 0;
        bool operator<(Due const& other) const
        {
            return std::tie(other.at, other.transfer, other.event) < std::tie(at, transfer, event);
        }
    };

    void add(SimulatedTransfer transfer, int start)
    {
        for (std::size_t i = 0; i < transfer.events.size(); ++i)
            events.push({start + transfer.events[i].at, transfers.size(), i});
        placeOf[transfer.study.uid] = transfers.size();
        transfers.push_back(std::move(transfer));
        outcomes.emplace_back();
    }

    void happen(Due const& due)
    {
        auto const& transfer = transfers[due.transfer];
        auto const& event = transfer.events[due.event];
        auto& association = outcomes[due.transfer].associations[event.association];
        switch (event.kind) {
        case SimulatedEvent::Kind::Begin:
            association = fixture.transfers.begin({"puzi"}, transfer.study.callingAe);
            break;
        case SimulatedEvent::Kind::ObjectBegins:
            fixture.transfers.objectBegins(association);
            break;
        case SimulatedEvent::Kind::Object:
            arrive(due.transfer, event.image);
            fixture.transfers.taken(association, dicom::Uid::ofKnown(transfer.study.uid));
            fixture.transfers.objectEnds(association);
            break;
        case SimulatedEvent::Kind::End:
            fixture.transfers.end(association, event.way);
        }
    }

    void arrive(std::size_t place, int which)
    {
        // Ingest finds out what is here already.
        if (!outcomes[place].received.insert(which).second)
            return;
        auto const& study = transfers[place].study;
        auto const& image = study.images[static_cast<std::size_t>(which)];
        IndexedObject object;
        auto& receipt = object.receipt;
        receipt.sequence = ++fixture.sequence;
        receipt.site = {"puzi"};
        receipt.callingAe = study.callingAe;
        receipt.receivedAt = fixture.clock.now();
        receipt.sopClass = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
        receipt.sopInstance = dicom::Uid::ofKnown(fmt::format("{}.{}", image.series, image.number));
        receipt.study = dicom::Uid::ofKnown(study.uid);
        receipt.series = dicom::Uid::ofKnown(image.series);
        receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
        receipt.location = {fmt::format("objects/{}", receipt.sequence), 400, 1000};
        auto& header = object.header;
        header.studyUid = receipt.study;
        header.seriesUid = receipt.series;
        header.sopInstanceUid = receipt.sopInstance;
        header.sopClassUid = receipt.sopClass;
        header.patientName = "张^三";
        header.patientId = study.uid;
        header.seriesNumber = image.seriesNumber;
        header.modality = image.modality;
        header.imageType = image.imageType;
        header.instanceNumber = std::to_string(image.number);
        header.imagePosition = image.position;
        header.imageOrientation = image.orientation;
        header.acquisitionNumber = "1";
        if (auto const told = study.told.find(image.series); told != study.told.end())
            header.imagesInAcquisition = std::to_string(told->second);
        group.push_back(std::move(object));
    }

    // As the runner does each second, or soon.
    void look()
    {
        need(fixture.index->apply(group));
        group.clear();
        auto const departures = fixture.transfers.takeDepartures();
        auto const reached = need(fixture.workflow->tasks().caughtUpTo());
        need(fixture.workflow->tasks().takeOver(need(fixture.index->studiesChangedSince(reached, 1000))));
        need(fixture.workflow->tasks().noteDepartures(departures));
        need(fixture.workflow->tasks().judgeArrivals(*fixture.index, fixture.transfers));
        auto const changes = need(fixture.workflow->tasks().changedSince(change));
        change = changes.upTo;
        for (auto const& task : changes.tasks)
            note(task);
        ++lookedAt;
    }

    void note(model::ReadingTask const& task)
    {
        std::size_t const place = placeOf.at(task.studyUid);
        auto& outcome = outcomes[place];
        bool const entered = !outcome.known || outcome.state != task.state;
        outcome.known = true;
        outcome.state = task.state;
        bool const isWhole = outcome.received.size() == transfers[place].study.images.size();
        if (task.state == TaskState::Ready && !isWhole && !outcome.falseComplete) {
            outcome.falseComplete = true;
            wrong.push_back(fmt::format("complete too soon: {} {} {}, {} of {}", task.studyUid,
                                        transfers[place].study.kind, transfers[place].course, outcome.received.size(),
                                        transfers[place].study.images.size()));
        }
        if (task.state == TaskState::Incomplete && entered) {
            ++outcome.incompletes;
            checkRanges(transfers[place].study, outcome.received, task);
        }
    }

    // What can be known of the series that lacks most: with a count everything, else what is between those that came.
    std::vector<double> knowable(SimulatedStudy const& study, std::set<int> const& received, double& spacing)
    {
        struct Seen {
            std::vector<int> here;
            std::map<int, double> missing; // by number
            std::map<int, double> all;
        };
        std::map<std::string, Seen> series;
        for (int i = 0; i < static_cast<int>(study.images.size()); ++i) {
            auto const& image = study.images[static_cast<std::size_t>(i)];
            if (image.localizer || image.position.empty())
                continue;
            series[image.series].all[image.number] = image.along;
            if (received.contains(i))
                series[image.series].here.push_back(image.number);
            else
                series[image.series].missing[image.number] = image.along;
        }
        std::vector<double> most;
        std::size_t mostCount = 0;
        for (auto& [uid, seen] : series) {
            if (seen.here.empty())
                continue;
            auto const [first, last] = std::ranges::minmax(seen.here);
            bool const told = study.told.contains(uid);
            std::vector<double> places;
            for (auto const& [number, along] : seen.missing)
                if (told || (number > first && number < last && seen.here.size() >= 4))
                    places.push_back(along);
            // A line takes two points.
            if (places.size() > mostCount) {
                mostCount = places.size();
                most = seen.here.size() < 2 ? std::vector<double>() : std::move(places);
                spacing = std::abs(std::next(seen.all.begin())->second - seen.all.begin()->second);
            }
        }
        return most;
    }

    void checkRanges(SimulatedStudy const& study, std::set<int> const& received, model::ReadingTask const& task)
    {
        double spacing = 1;
        auto const slices = knowable(study, received, spacing);
        auto const truth = rangesOf(slices, spacing);
        auto const missing = model::parseMissingImages(task.missing);
        REQUIRE(missing);
        if (truth.empty() && missing->ranges.empty()) {
            ++rangesUnknowable;
            return;
        }
        // Up to four ranges are told one by one, more as one.
        auto const expected = truth.size() > 4 ? std::vector<Range>{{truth.front().from, truth.back().to}} : truth;
        bool const right = std::ranges::equal(expected, missing->ranges, [&](Range const& one, Range const& other) {
            return std::abs(one.from - other.from) < spacing / 2 && std::abs(one.to - other.to) < spacing / 2;
        });
        ++(right ? rangesRight : rangesWrong);
        if (!right) {
            std::string words;
            for (auto const& range : expected)
                words += fmt::format(" {:.2f}..{:.2f}", range.from, range.to);
            wrong.push_back(fmt::format("range: {} {}: {} instead of{}", study.uid, study.kind, task.missing, words));
        }
    }

    TimePoint const begin = *parseIso8601("2026-11-23T00:00:00Z");
    InMemory const inMemory;
    WorkflowFixture fixture;
    std::priority_queue<Due> events;
    std::map<std::string, std::size_t> placeOf; // in transfers, by Study Instance UID
    std::vector<IndexedObject> group;
    std::int64_t change = 0;
};

} // namespace

SCENARIO("of five hundred transfers, with pauses and gaps and lines that break, none is complete too soon",
         "[workflow][completeness]")
{
    World world(20261126);
    world.run();
    int falseComplete = 0, endedWhole = 0, endedReady = 0, endedIncomplete = 0, doubted = 0, images = 0;
    std::map<std::string, int> kinds, courses;
    for (std::size_t i = 0; i < world.outcomes.size(); ++i) {
        auto const& outcome = world.outcomes[i];
        auto const& transfer = world.transfers[i];
        bool const isWhole = outcome.received.size() == transfer.study.images.size();
        ++kinds[transfer.study.kind];
        ++courses[transfer.course];
        images += static_cast<int>(outcome.received.size());
        falseComplete += outcome.falseComplete ? 1 : 0;
        endedWhole += isWhole ? 1 : 0;
        endedReady += isWhole && outcome.state == TaskState::Ready ? 1 : 0;
        endedIncomplete += !isWhole && outcome.state == TaskState::Incomplete ? 1 : 0;
        doubted += isWhole && outcome.state == TaskState::Incomplete ? 1 : 0;
    }
    std::cout << fmt::format("figure: completeness: {} transfers, {} images, {} looks:", transfersInAll, images,
                             world.lookedAt);
    for (auto const& [kind, count] : kinds)
        std::cout << fmt::format(" {} {};", count, kind);
    for (auto const& [course, count] : courses)
        std::cout << fmt::format(" {} {};", count, course);
    int const ranges = world.rangesRight + world.rangesWrong;
    std::cout << fmt::format(
        "\nfigure: completeness: shown complete too soon {} ({:.2f} %); missing range right {} of {} ({:.2f} "
        "%), {} more where none can be known; whole at the end {}, of these ready {}, doubted {}; "
        "never whole {}, of these incomplete {}\n",
        falseComplete, 100.0 * falseComplete / transfersInAll, world.rangesRight, ranges,
        100.0 * world.rangesRight / ranges, world.rangesUnknowable, endedWhole, endedReady, doubted,
        transfersInAll - endedWhole, endedIncomplete);
    std::string wrong;
    for (auto const& line : world.wrong)
        wrong += line + "\n";
    INFO(wrong);
    CHECK(falseComplete <= transfersInAll * 0.005);
    CHECK(ranges > 100);
    CHECK(world.rangesRight >= ranges * 0.99);
    CHECK(endedIncomplete >= (transfersInAll - endedWhole) * 0.995);
    // Devices that never release are believed after the third time.
    CHECK(doubted <= 3);
}
