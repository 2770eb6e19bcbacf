// Quarantine on real files: what unknown callers sent is there again after every kind of end, and leaves it once,
// whole, by a person's word.
#include "gateway/ingest/quarantine.h"
#include "tests/support/gateway_fixture.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sys/stat.h>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::gateway;

namespace {

Sender stranger(std::string aeTitle = "STORESCU")
{
    Sender sender;
    sender.callingAe = std::move(aeTitle);
    sender.calledAe = "QIANLI";
    sender.address = "10.8.3.7";
    return sender;
}

Sender puzi()
{
    Sender sender;
    sender.site = {"puzi"};
    sender.siteCharset = "GB18030";
    return sender;
}

SyntheticObject slice(int number, std::string const& study = "1.2.3")
{
    SyntheticObject object(study, study + ".1", study + ".1." + std::to_string(number));
    object.pixels(3000, static_cast<std::uint32_t>(number));
    return object;
}

template <typename T>
ErrorCode errorOf(Result<T> const& result)
{
    REQUIRE_FALSE(result);
    return result.error().code;
}

bool always(std::uint64_t, std::uint64_t)
{
    return true;
}

// Archive, index, ingest, and a quarantine beside them.
struct Ward : GatewayFixture {
    Ward() { open(); }

    Result<void> tryOpen()
    {
        quarantine.reset();
        auto opened = Quarantine::open(settings, clock);
        if (!opened)
            return tl::unexpected(opened.error());
        quarantine = *std::move(opened);
        return {};
    }
    void open()
    {
        settings.folder = folderOfQuarantine();
        settings.diskReserveBytes = 0;
        REQUIRE(tryOpen());
    }
    Result<StoreOutcome> bring(SyntheticObject const& object, Sender const& from = stranger())
    {
        return bringBytes(from,
                          {dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()),
                           dicom::Uid::ofKnown(SyntheticObject::transferSyntax)},
                          object.dataSet());
    }
    Result<StoreOutcome> bringBytes(Sender const& from, Announcement const& announcement,
                                    std::vector<std::uint8_t> const& bytes)
    {
        auto reception = quarantine->begin(from, announcement);
        if (!reception)
            return tl::unexpected(reception.error());
        (void)(*reception)->append(bytes);
        Result<StoreOutcome> outcome = fail(ErrorCode::Internal, "no answer");
        (*reception)->finish([&](Result<StoreOutcome> answer) { outcome = std::move(answer); });
        return outcome;
    }
    void mustBring(SyntheticObject const& object, Sender const& from = stranger())
    {
        auto const outcome = bring(object, from);
        INFO((outcome ? std::string() : outcome.error().message));
        REQUIRE(outcome);
    }
    Result<QuarantineReport> release(std::string const& selector)
    {
        return quarantine->release(selector, puzi(), "root", ingest(), always);
    }
    // What a disk does to a file that lies there for weeks.
    void damage(QuarantinedObject const& object) const
    {
        std::fstream file(folderOfQuarantine() / (object.id + ".dcm"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(object.bytes() - 100));
        file << "damage";
    }
    std::uint64_t bytesOnDisk() const
    {
        std::uint64_t bytes = 0;
        for (auto const& entry : std::filesystem::directory_iterator(folderOfQuarantine())) {
            struct stat status {};
            REQUIRE(::stat(entry.path().c_str(), &status) == 0);
            bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
        }
        return bytes;
    }
    std::filesystem::path folderOfQuarantine() const { return folder / "quarantine"; }
    std::vector<QuarantinedObject> waiting() const
    {
        auto objects = Quarantine::read(folderOfQuarantine());
        REQUIRE(objects);
        return *objects;
    }
    int files(std::string const& ending) const
    {
        int count = 0;
        for (auto const& entry : std::filesystem::directory_iterator(folderOfQuarantine()))
            count += entry.path().extension() == ending ? 1 : 0;
        return count;
    }

    QuarantineSettings settings;
    std::unique_ptr<Quarantine> quarantine;
};

} // namespace

SCENARIO("objects of an unknown caller wait, and become a site's by a person's word", "[quarantine]")
{
    GIVEN("three slices of a study and one of another that a stranger sent at half past eight")
    {
        Ward ward;
        auto const cameAt = ward.clock.now();
        for (int i = 1; i <= 3; ++i)
            ward.mustBring(slice(i));
        ward.mustBring(slice(1, "1.2.4"));
        CHECK(ward.store().lastSequence() == 0);
        CHECK(ward.index().appliedSequence() == 0);

        THEN("they are listed by caller and study, with who, when, and how much")
        {
            auto const groups = groupsOf(ward.waiting());
            REQUIRE(groups.size() == 2);
            CHECK(groups[0].objects == 3);
            CHECK(groups[0].first.callingAe == "STORESCU");
            CHECK(groups[0].first.calledAe == "QIANLI");
            CHECK(groups[0].first.address == "10.8.3.7");
            CHECK(groups[0].first.patientName == "Zhang^Bing=张^昞");
            CHECK(groups[0].first.receivedAt == cameAt);
            CHECK(groups[0].bytes > 9000);
            CHECK(groups[0].first.group() != groups[1].first.group());
        }
        WHEN("the next day one study is released to a site")
        {
            ward.clock.advance(std::chrono::hours(24));
            auto const group = groupsOf(ward.waiting())[0].first.group();
            auto const report = ward.release(group);
            REQUIRE(report);
            CHECK(report->objects == 3);
            CHECK(report->duplicates == 0);
            CHECK(report->failed.empty());

            THEN("it is in the archive as that site's, received when it came, byte for byte, and not in quarantine")
            {
                CHECK(ward.store().lastSequence() == 3);
                auto const study = ward.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.3"), 0);
                REQUIRE(study);
                REQUIRE(*study);
                CHECK((*study)->instances == 3);
                CHECK((*study)->firstReceivedAt == cameAt);
                auto const receipts = ward.index().findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.3.1.2"));
                REQUIRE(receipts);
                REQUIRE(receipts->size() == 1);
                CHECK((*receipts)[0].callingAe == "STORESCU");
                CHECK((*receipts)[0].address == "10.8.3.7");
                CHECK(ward.store().verify((*receipts)[0]));
                REQUIRE(ward.waiting().size() == 1);
                CHECK(ward.waiting()[0].study.value() == "1.2.4");
                CHECK(ward.files(".dcm") == 1);
            }
            AND_WHEN("it is released again")
            {
                auto const again = ward.release(group);
                THEN("there is nothing more of it")
                {
                    REQUIRE_FALSE(again);
                    CHECK(again.error().code == ErrorCode::NotFound);
                    CHECK(ward.store().lastSequence() == 3);
                }
            }
        }
        WHEN("the other is dropped with a reason")
        {
            REQUIRE(ward.quarantine->drop("1.2.4", "root", "a service engineer's phantom"));
            THEN("it is gone, and who did it and why is kept")
            {
                CHECK(ward.waiting().size() == 3);
                CHECK(ward.files(".dcm") == 3);
                auto const decisions = readFile(ward.folderOfQuarantine() / "decisions.log", 1 << 20);
                REQUIRE(decisions);
                for (auto const* word : {"dropped", "root", "a service engineer's phantom", "1.2.4", "STORESCU"})
                    CHECK(decisions->find(word) != std::string::npos);
            }
        }
    }
}

TEST_CASE("a selector is a group, a study, a caller, or all", "[quarantine]")
{
    Ward ward;
    ward.mustBring(slice(1));
    ward.mustBring(slice(1, "1.2.4"));
    ward.mustBring(slice(2), stranger("DR"));
    auto const count = [&](std::string const& selector) {
        auto const objects = ward.waiting();
        return std::ranges::count_if(objects, [&](auto const& object) { return isSelected(object, selector); });
    };
    CHECK(count("all") == 3);
    CHECK(count("1.2.3") == 2);
    CHECK(count("STORESCU@10.8.3.7") == 2);
    CHECK(count("DR@10.8.3.7") == 1);
    CHECK(count(ward.waiting()[0].group()) == 1);
    CHECK(count("") == 0);
    CHECK(count("STORESCU") == 0);
    CHECK(errorOf(ward.release("nobody")) == ErrorCode::NotFound);
}

TEST_CASE("the same object again is kept once; from somebody else, or with other content, it is another",
          "[quarantine]")
{
    Ward ward;
    ward.mustBring(slice(1));
    ward.mustBring(slice(1));
    CHECK(ward.waiting().size() == 1);
    ward.mustBring(slice(1), stranger("DR"));
    CHECK(ward.waiting().size() == 2);
    ward.mustBring(slice(1).pixels(3000, 99));
    CHECK(ward.waiting().size() == 3);
    ward.open();
    ward.mustBring(slice(1));
    CHECK(ward.waiting().size() == 3);
    CHECK(ward.files(".dcm") == 3);
    CHECK(ward.files(".part") == 0);

    // Other content under a known UID becomes a second version, as always.
    REQUIRE(ward.release("STORESCU@10.8.3.7"));
    auto const versions = ward.index().findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.3.1.1"));
    REQUIRE(versions);
    CHECK(versions->size() == 2);
}

TEST_CASE("what the archive would refuse is refused while its sender listens", "[quarantine]")
{
    Ward ward;
    CHECK(errorOf(ward.bring(slice(1).remove(0x0020000D))) == ErrorCode::Conflict);
    CHECK(ward.waiting().empty());
    CHECK(ward.files(".part") == 0);
    CHECK(ward.quarantine->usage().bytes == 0);
}

TEST_CASE("the quarantine has a bound, and room again when something leaves", "[quarantine]")
{
    Ward ward;
    ward.settings.limitBytes = 20'000; // two files each, of a block at least
    REQUIRE(ward.tryOpen());
    ward.mustBring(slice(1));
    ward.mustBring(slice(2));
    CHECK(errorOf(ward.bring(slice(3))) == ErrorCode::Unavailable); // A700H: the device keeps it
    CHECK(ward.waiting().size() == 2);
    CHECK(ward.files(".part") == 0);
    auto const full = ward.quarantine->usage().bytes;
    REQUIRE(ward.tryOpen()); // counts the same after a restart
    CHECK(ward.quarantine->usage().bytes == full);
    CHECK(errorOf(ward.bring(slice(3))) == ErrorCode::Unavailable);
    REQUIRE(ward.release("all"));
    CHECK(ward.quarantine->usage().bytes == 0);
    ward.mustBring(slice(3));
}

TEST_CASE("a start clears away what was cut off, and nothing else", "[quarantine]")
{
    Ward ward;
    ward.mustBring(slice(1));
    auto const folder = ward.folderOfQuarantine();
    for (auto const* name : {"000000000000001-aa.part", "000000000000002-bb.dcm", "000000000000002-bb.json.Xy12ab"})
        std::ofstream(folder / name) << "half an object";
    std::ofstream(folder / "000000000000003-cc.json") << "no record";
    std::ofstream(folder / "000000000000003-cc.dcm") << "whose record can't be read";
    REQUIRE(ward.tryOpen());
    REQUIRE(ward.waiting().size() == 2);
    CHECK(ward.waiting()[0].group() == "unreadable");
    CHECK(ward.files(".part") == 0);
    CHECK(ward.files(".dcm") == 2);
    CHECK(std::filesystem::exists(folder / "000000000000003-cc.dcm"));
    CHECK_FALSE(std::filesystem::exists(folder / "000000000000002-bb.json.Xy12ab"));
}

TEST_CASE("two gateways never work with one quarantine", "[quarantine]")
{
    Ward ward;
    auto const second = Quarantine::open(ward.settings, ward.clock);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::Conflict);
}

SCENARIO("the gateway dies between the archive's commit and the end of a release", "[quarantine]")
{
    GIVEN("objects that are in the archive, and still in quarantine, as a kill leaves them")
    {
        Ward ward;
        for (int i = 1; i <= 100; ++i)
            ward.mustBring(slice(i));
        ward.quarantine.reset();
        std::filesystem::copy(ward.folderOfQuarantine(), ward.folder / "before");
        REQUIRE(ward.tryOpen());
        REQUIRE(ward.release("all"));
        ward.quarantine.reset();
        std::filesystem::remove_all(ward.folderOfQuarantine());
        std::filesystem::rename(ward.folder / "before", ward.folderOfQuarantine());
        ward.stop();
        ward.start();
        REQUIRE(ward.tryOpen());
        REQUIRE(ward.waiting().size() == 100);

        WHEN("the release is said again")
        {
            auto const again = ward.release("all");
            THEN("everything is there once, and quarantine is empty")
            {
                REQUIRE(again);
                CHECK(again->objects == 100);
                CHECK(again->duplicates == 100);
                CHECK(ward.store().lastSequence() == 100);
                auto const study = ward.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.3"), 0);
                REQUIRE(study);
                REQUIRE(*study);
                CHECK((*study)->instances == 100);
                CHECK_FALSE((*study)->versionConflict);
                CHECK(ward.waiting().empty());
                CHECK(ward.files(".dcm") == 0);
            }
        }
    }
    GIVEN("a release that is stopped after its first objects")
    {
        Ward ward;
        for (int i = 1; i <= 100; ++i)
            ward.mustBring(slice(i));
        auto const stopped = ward.quarantine->release("all", puzi(), "root", ward.ingest(),
                                                      [](std::uint64_t, std::uint64_t) { return false; });
        REQUIRE_FALSE(stopped);
        CHECK(stopped.error().code == ErrorCode::Cancelled);
        auto const moved = ward.store().lastSequence();
        CHECK(moved > 0);
        CHECK(moved < 100);
        CHECK(ward.waiting().size() == 100 - moved);
        THEN("the rest goes with the next one")
        {
            auto const rest = ward.release("all");
            REQUIRE(rest);
            CHECK(rest->duplicates == 0);
            CHECK(ward.store().lastSequence() == 100);
        }
    }
}

TEST_CASE("an object whose bytes are no longer those that came stays in quarantine, and the others go", "[quarantine]")
{
    Ward ward;
    for (int i = 1; i <= 3; ++i)
        ward.mustBring(slice(i));
    auto const damaged = ward.waiting()[1];
    ward.damage(damaged);
    auto const report = ward.release("all");
    REQUIRE(report);
    CHECK(report->objects == 2);
    REQUIRE(report->failed.size() == 1);
    CHECK(report->failed[0].find(damaged.id) != std::string::npos);
    REQUIRE(ward.waiting().size() == 1);
    CHECK(ward.waiting()[0].id == damaged.id);
    CHECK(ward.store().lastSequence() == 2);
}

TEST_CASE("an object with values longer than anybody needs is found again, and released whole", "[quarantine]")
{
    Ward ward;
    std::string const bing = "\xe6\x98\x9e"; // three bytes that stay together
    std::string name = "Zhang^";
    while (name.size() < 60'000)
        name += bing;
    auto object = slice(1);
    object.set(0x00100010, "PN", name).set(0x00080070, "LO", std::string(60'000, 'M'));
    object.set(0x00081010, "SH", std::string(60'000, '\1'));
    ward.mustBring(object);
    REQUIRE(ward.tryOpen());
    REQUIRE(ward.waiting().size() == 1);
    CHECK(ward.waiting()[0].unreadable.empty());
    CHECK(ward.waiting()[0].patientName.size() < 1000);
    CHECK(name.starts_with(ward.waiting()[0].patientName));
    CHECK(ward.quarantine->usage().objects == 1);
    auto const report = ward.release("1.2.3");
    REQUIRE(report);
    CHECK(report->objects == 1);
    auto const receipts = ward.index().findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.3.1.1"));
    REQUIRE(receipts);
    REQUIRE(receipts->size() == 1);
    CHECK((*receipts)[0].location.dataSetLength == object.dataSet().size());
}

TEST_CASE("an object whose record can't be read is counted, listed, and leaves by a person's word only", "[quarantine]")
{
    Ward ward;
    ward.mustBring(slice(1));
    ward.mustBring(slice(2));
    auto const before = ward.quarantine->usage();
    auto const lost = ward.waiting()[0];
    auto const record = ward.folderOfQuarantine() / (lost.id + ".json");
    std::ofstream(record) << std::string(100'000, '{');
    REQUIRE(ward.tryOpen());
    CHECK(ward.quarantine->usage().objects == before.objects);
    CHECK(ward.quarantine->usage().bytes == before.bytes);
    auto const groups = groupsOf(ward.waiting());
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].first.group() == "unreadable");
    CHECK(groups[0].bytes == lost.bytes());
    CHECK(groups[0].first.receivedAt == lost.receivedAt);
    CHECK_FALSE(isSelected(groups[0].first, ""));

    auto const report = ward.release("all");
    REQUIRE(report);
    CHECK(report->objects == 1);
    REQUIRE(report->failed.size() == 1);
    CHECK(report->failed[0].find("archive import") != std::string::npos);
    CHECK(ward.files(".dcm") == 1);
    REQUIRE(ward.quarantine->drop("unreadable", "root", "imported by hand"));
    CHECK(ward.waiting().empty());
    CHECK(ward.files(".dcm") == 0);
    CHECK(ward.quarantine->usage().bytes == 0);
}

TEST_CASE("an object that has rotted in quarantine is replaced by the same that comes again", "[quarantine]")
{
    Ward ward;
    ward.mustBring(slice(1));
    ward.mustBring(slice(2));
    auto const before = ward.waiting();
    auto const full = ward.quarantine->usage().bytes;
    auto const harm = GENERATE(0, 1, 2);
    CAPTURE(harm);
    auto const file = ward.folderOfQuarantine() / before[0].id;
    if (harm == 0)
        ward.damage(before[0]);
    else
        std::filesystem::remove(file.string() + (harm == 1 ? ".dcm" : ".json"));
    if (GENERATE(false, true) && harm < 2)
        REQUIRE(ward.tryOpen());

    ward.clock.advance(std::chrono::seconds(1));
    ward.mustBring(slice(2)); // which is whole
    ward.mustBring(slice(1));
    auto const now = ward.waiting();
    REQUIRE(now.size() == 2);
    CHECK(now[0].id == before[1].id);
    CHECK(now[1].digest == before[0].digest);
    CHECK(ward.files(".dcm") == 2);
    CHECK(ward.quarantine->usage().objects == 2);
    CHECK(ward.quarantine->usage().bytes == full);
    auto const report = ward.release("all");
    REQUIRE(report);
    CHECK(report->objects == 2);
    CHECK(report->failed.empty());
}

TEST_CASE("many small objects take no more of the disk than the limit, and no more places", "[quarantine]")
{
    Ward ward;
    ward.settings.limitBytes = 200'000;
    REQUIRE(ward.tryOpen());
    auto const small = [](int number) {
        return SyntheticObject("1.2.3", "1.2.3.1", "1.2.3.1." + std::to_string(number));
    };
    int taken = 0;
    while (taken < 1000 && ward.bring(small(taken)))
        ++taken;
    CHECK(taken > 10);
    CHECK(ward.bytesOnDisk() <= ward.settings.limitBytes);
    CHECK(errorOf(ward.bring(small(taken))) == ErrorCode::Unavailable);

    ward.settings.limitBytes = 1 << 20;
    ward.settings.limitObjects = static_cast<std::uint64_t>(taken) + 2;
    REQUIRE(ward.tryOpen());
    ward.mustBring(small(2000));
    ward.mustBring(small(2001));
    CHECK(errorOf(ward.bring(small(2002))) == ErrorCode::Unavailable); // A700H: the device keeps it
    REQUIRE(ward.quarantine->drop("all", "root", "a flood"));
    ward.mustBring(small(2002));
}

TEST_CASE("a start removes no object because its record can't be looked at just now", "[quarantine]")
{
    Ward ward;
    ward.mustBring(slice(1));
    auto const object = ward.waiting()[0];
    ward.quarantine.reset();
    auto const record = ward.folderOfQuarantine() / (object.id + ".json"), aside = ward.folder / "record";
    std::filesystem::rename(record, aside);
    std::filesystem::create_symlink(record, record); // every look at it fails
    REQUIRE(ward.tryOpen());
    CHECK(ward.files(".dcm") == 1);
    CHECK(ward.quarantine->usage().objects == 1);

    ward.quarantine.reset();
    std::filesystem::rename(aside, record);
    REQUIRE(ward.tryOpen());
    auto const report = ward.release("all");
    REQUIRE(report);
    CHECK(report->objects == 1);
}

TEST_CASE("an object with an unreadable header has the same study in quarantine and after its release", "[quarantine]")
{
    Ward ward;
    std::vector<std::uint8_t> scrambled(3000);
    for (std::size_t i = 0; i < scrambled.size(); ++i)
        scrambled[i] = static_cast<std::uint8_t>(i * 197 + 31);
    Announcement const announced{dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), dicom::Uid::ofKnown("2.25.6001"),
                                 dicom::Uid::ofKnown("1.2.3.4.5.99")};
    REQUIRE(ward.bringBytes(stranger(), announced, scrambled));
    auto const study = ward.waiting().at(0).study;
    REQUIRE(ward.release(study.value()));
    auto const stored = ward.index().study({"puzi"}, study, 0);
    REQUIRE(stored);
    REQUIRE(*stored);
    CHECK((*stored)->defects == dicom::defect::headerUnreadable);

    // What people import has no caller; each site's is its own.
    auto const import = [&](std::string const& site) {
        Sender sender;
        sender.origin = Origin::Import;
        sender.site = {site};
        auto answer = ward.sendBytes(sender, announced.sopClass.value(), announced.sopInstance.value(), scrambled,
                                     announced.transferSyntax.value());
        auto const outcome = answer.get();
        REQUIRE(outcome);
        return outcome->receipt.study;
    };
    CHECK(import("sunjia") != import("yanhe"));
}
