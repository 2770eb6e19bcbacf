// Instances: runs, and the versions of one object (IndexWriter).
#include "common/dicom/character_set.h"
#include "gateway/archive/object_path.h"
#include "gateway/index/index_writer.h"
#include "gateway/index/uid_key.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

RunInstance instanceOf(IndexedObject const& object, std::int64_t shared, bool released)
{
    Receipt const& receipt = object.receipt;
    dicom::InstanceHeader const& header = object.header;
    RunInstance instance;
    instance.sequence = receipt.sequence;
    instance.sopInstance = receipt.sopInstance.value();
    instance.shared = shared;
    instance.digest = receipt.digest;
    instance.received = receipt.receivedAt.time_since_epoch().count();
    instance.offset = receipt.location.dataSetOffset;
    instance.length = receipt.location.dataSetLength;
    instance.number = header.instanceNumber;
    instance.position = header.imagePosition;
    instance.orientation = header.imageOrientation;
    instance.contentDate = plainDate(header.contentDate);
    instance.contentTime = plainTime(header.contentTime);
    instance.acquisition = header.acquisitionNumber;
    instance.version = receipt.version;
    instance.released = instance.newestReleased = released;
    instance.text = static_cast<std::uint8_t>(RunInstance::Noted |
                                              (dicom::isCorrected(header.charset) ? RunInstance::Corrected : 0) |
                                              (header.charset.certain ? 0 : RunInstance::Uncertain));
    if (receipt.location.path != objectPath(receipt.site, receipt.study, receipt.sopInstance, receipt.version))
        instance.path = receipt.location.path;
    return instance;
}

} // namespace

Result<void> IndexWriter::openRun(Series& series)
{
    QIANLI_ASSIGN(auto read,
                  database_.prepare("SELECT id, packed FROM run WHERE series = ?1 ORDER BY id DESC LIMIT 1"));
    QIANLI_TRY(read.bind({series.id}));
    QIANLI_ASSIGN(bool const there, read.step());
    if (!there)
        return {};
    std::int64_t const id = read.integer(0);
    QIANLI_ASSIGN(auto instances, unpackRun(read.blob(1), static_cast<std::uint64_t>(id), series.uid));
    if (instances.empty() || instances.size() >= instancesOfRun)
        return {};
    series.run.id = id;
    series.run.count = instances.size();
    series.run.last = std::move(instances.back());
    series.run.packed.assign(read.blob(1).begin(), read.blob(1).end());
    return {};
}

Result<void> IndexWriter::append(Series& series, IndexedObject const& object, bool released)
{
    QIANLI_ASSIGN(std::int64_t const sharedId, shared(object));
    RunInstance instance = instanceOf(object, sharedId, released);
    Run& run = series.run;
    if (run.id == 0) {
        run = {};
        run.id = static_cast<std::int64_t>(instance.sequence);
        run.last = startOfRun(instance.sequence, series.uid);
        run.isNew = true;
        openRuns_.emplace(run.id, &series);
    }
    if (std::int64_t const key = uidKey(instance.sopInstance); key != run.lastKey) {
        QIANLI_ASSIGN(auto enter, database_.prepare("INSERT OR IGNORE INTO sop_instance (key, run) VALUES (?1, ?2)"));
        QIANLI_TRY(enter.run({key, run.id}));
        run.lastKey = key;
    }
    packInstance(run.packed, run.last, instance);
    run.last = std::move(instance);
    ++run.count;
    run.changed = true;

    if (!series.changed)
        changed_.push_back(&series);
    series.changed = true;
    ++series.instances;
    series.released += released ? 1 : 0;
    series.images += object.receipt.origin != Origin::Station ? 1 : 0;
    series.lastReceived = std::max(series.lastReceived, run.last.received);
    series.lastSequence = run.last.sequence;
    if (run.count < instancesOfRun)
        return {};
    // It is full: what comes next opens another.
    QIANLI_TRY(writeSeries(series));
    openRuns_.erase(run.id);
    run = {};
    return {};
}

Result<void> IndexWriter::writeSeries(Series& series)
{
    if (Run& run = series.run; run.changed) {
        QIANLI_ASSIGN(auto write,
                      database_.prepare(run.isNew ? "INSERT INTO run (id, packed, series) VALUES (?1, ?2, ?3)"
                                                  : "UPDATE run SET packed = ?2 WHERE id = ?1"));
        std::span<std::uint8_t const> const packed(run.packed);
        QIANLI_TRY(run.isNew ? write.run({run.id, packed, series.id}) : write.run({run.id, packed}));
        run.isNew = run.changed = false;
    }
    QIANLI_ASSIGN(auto count, database_.prepare("UPDATE series SET instances = instances + ?2, released = released + "
                                                "?3, images = images + ?4, last_received = ?5, last_sequence = ?6 "
                                                "WHERE id = ?1"));
    QIANLI_TRY(count.run(
        {series.id, series.instances, series.released, series.images, series.lastReceived, series.lastSequence}));
    series.instances = series.released = series.images = 0;
    series.changed = false;
    return {};
}

Result<std::int64_t> IndexWriter::shared(IndexedObject const& object)
{
    Receipt const& receipt = object.receipt;
    dicom::InstanceHeader const& header = object.header;
    auto const origin = static_cast<int>(receipt.origin);
    std::string key;
    for (std::string const* part : {&receipt.sopClass.value(), &receipt.transferSyntax.value(), &header.rows,
                                    &header.columns, &header.numberOfFrames, &header.imageType, &receipt.person,
                                    &receipt.callingAe, &receipt.calledAe, &receipt.address, &receipt.charset}) {
        key += *part;
        key += '\0';
    }
    key += std::to_string(origin);
    if (auto const known = shared_.find(key); known != shared_.end())
        return known->second;
    QIANLI_ASSIGN(
        auto find,
        database_.prepare("SELECT id FROM shared WHERE sop_class = ?1 AND transfer_syntax = ?2 AND rows = ?3 AND "
                          "columns = ?4 AND frames = ?5 AND image_type = ?6 AND origin = ?7 AND person = ?8 AND "
                          "calling_ae = ?9 AND called_ae = ?10 AND address = ?11 AND charset = ?12"));
    std::initializer_list<sqlite::Value> const values{receipt.sopClass.value(),
                                                      receipt.transferSyntax.value(),
                                                      header.rows,
                                                      header.columns,
                                                      header.numberOfFrames,
                                                      header.imageType,
                                                      origin,
                                                      receipt.person,
                                                      receipt.callingAe,
                                                      receipt.calledAe,
                                                      receipt.address,
                                                      receipt.charset};
    QIANLI_TRY(find.bind(values));
    QIANLI_ASSIGN(bool const there, find.step());
    std::int64_t id = there ? find.integer(0) : 0;
    if (!there) {
        QIANLI_ASSIGN(auto insert,
                      database_.prepare("INSERT INTO shared (sop_class, transfer_syntax, rows, columns, frames, "
                                        "image_type, origin, person, calling_ae, called_ae, address, charset) VALUES "
                                        "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)"));
        QIANLI_TRY(insert.run(values));
        id = database_.lastInsertRowId();
    }
    shared_.emplace(std::move(key), id);
    return id;
}

Result<bool> IndexWriter::holds(model::SiteId const& site, std::string const& sopInstance)
{
    QIANLI_ASSIGN(auto candidates, database_.prepare("SELECT run FROM sop_instance WHERE key = ?1"));
    QIANLI_TRY(candidates.bind({uidKey(sopInstance)}));
    for (;;) {
        QIANLI_ASSIGN(bool const more, candidates.step());
        if (!more)
            return false;
        std::int64_t const run = candidates.integer(0);
        auto const has = [&](std::span<std::uint8_t const> packed, std::string_view seriesUid) -> Result<bool> {
            for (RunReader reader(packed, static_cast<std::uint64_t>(run), seriesUid);;) {
                QIANLI_ASSIGN(bool const one, reader.next());
                if (!one || reader.instance().sopInstance == sopInstance)
                    return one;
            }
        };
        bool found = false;
        if (auto const open = openRuns_.find(run); open != openRuns_.end()) {
            if (open->second->study->site == site) {
                QIANLI_ASSIGN(found, has(open->second->run.packed, open->second->uid));
            }
        } else {
            QIANLI_ASSIGN(auto read,
                          database_.prepare("SELECT r.packed, e.uid FROM run r JOIN series e ON e.id = r.series JOIN "
                                            "study s ON s.id = e.study WHERE r.id = ?1 AND s.site = ?2"));
            QIANLI_TRY(read.bind({run, site.value}));
            QIANLI_ASSIGN(bool const there, read.step());
            if (there) {
                QIANLI_ASSIGN(found, has(read.blob(0), read.textView(1)));
            }
        }
        if (found)
            return true;
    }
}

Result<bool> IndexWriter::isNamedReleased(model::SiteId const& site, dicom::Uid const& sopInstance)
{
    QIANLI_ASSIGN(auto named, database_.prepare("SELECT 1 FROM released WHERE site = ?1 AND sop_instance = ?2"));
    QIANLI_TRY(named.bind({site.value, sopInstance.value()}));
    return named.step();
}

// Oldest first. Only what is written: finish() comes before.
Result<std::vector<IndexWriter::Version>> IndexWriter::versions(model::SiteId const& site,
                                                                std::string const& sopInstance)
{
    QIANLI_ASSIGN(
        auto read,
        database_.prepare("SELECT r.id, r.packed, e.id, e.uid, s.patient, s.uid FROM sop_instance k JOIN run r ON "
                          "r.id = k.run "
                          "JOIN series e ON e.id = r.series JOIN study s ON s.id = e.study WHERE k.key = ?1 "
                          "AND s.site = ?2"));
    QIANLI_TRY(read.bind({uidKey(sopInstance), site.value}));
    std::vector<Version> found;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            break;
        std::int64_t const run = read.integer(0);
        QIANLI_ASSIGN(auto instances, unpackRun(read.blob(1), static_cast<std::uint64_t>(run), read.textView(3)));
        for (RunInstance& instance : instances)
            if (instance.sopInstance == sopInstance)
                found.push_back(
                    {run, read.integer(2), read.text(3), std::move(instance), read.integer(4), read.text(5), false});
    }
    for (Version& version : found) {
        QIANLI_ASSIGN(auto origin, database_.prepare("SELECT origin FROM shared WHERE id = ?1"));
        QIANLI_TRY(origin.bind({version.instance.shared}));
        QIANLI_TRY(origin.step());
        version.fromStation = origin.integer(0) == static_cast<int>(Origin::Station);
    }
    std::ranges::sort(found, {}, [](Version const& version) {
        return std::pair(version.instance.version, version.instance.sequence);
    });
    return found;
}

// Another patient's object under this UID is no version of it; that is told by the study's parts.
Result<void> IndexWriter::flagVersions(Study const& study, std::string const& uid, std::span<Version const> versions)
{
    auto const isVersion = [&](Version const& one) { return one.patient == study.patient || one.studyUid != uid; };
    if (std::ranges::count_if(versions, isVersion) < 2)
        return {};
    QIANLI_ASSIGN(auto flag, database_.prepare("UPDATE study SET version_conflict = 1 WHERE id = ?1"));
    return flag.run({study.id});
}

// Two persons' objects under one UID never hide each other.
Result<void> IndexWriter::orderVersions(std::vector<Version> versions)
{
    std::ranges::stable_sort(versions, {}, &Version::patient);
    for (auto first = versions.begin(); first != versions.end();) {
        auto const end =
            std::find_if(first, versions.end(), [&](auto const& one) { return one.patient != first->patient; });
        QIANLI_TRY(orderPatientsVersions({first, end}));
        first = end;
    }
    return {};
}

// Says which of several versions is seen. Rare, so it need not be clever.
Result<void> IndexWriter::orderPatientsVersions(std::span<Version> versions)
{
    // An issued report stays what everybody sees; of all else the newest counts.
    std::uint64_t newest = versions.back().instance.sequence, newestReleased = 0;
    for (Version const& version : versions)
        if (version.instance.released)
            newestReleased = version.instance.sequence;
    if (Version const& first = versions.front(); first.fromStation && first.instance.released)
        newest = newestReleased = first.instance.sequence;
    for (Version& version : versions) {
        RunInstance& instance = version.instance;
        bool const isNewest = instance.sequence == newest, isNewestReleased = instance.sequence == newestReleased;
        int const more = int(isNewest) - int(instance.newest);
        int const moreReleased = int(isNewestReleased) - int(instance.newestReleased);
        instance.newest = isNewest;
        instance.newestReleased = isNewestReleased;
        QIANLI_TRY(writeVersion(version));
        QIANLI_ASSIGN(auto count, database_.prepare("UPDATE series SET instances = instances + ?2, released = released "
                                                    "+ ?3, images = images + ?4 WHERE id = ?1"));
        QIANLI_TRY(count.run({version.series, more, moreReleased, version.fromStation ? 0 : more}));
    }
    return {};
}

Result<void> IndexWriter::writeVersion(Version const& version)
{
    auto const run = static_cast<std::uint64_t>(version.run);
    std::vector<RunInstance> instances;
    {
        QIANLI_ASSIGN(auto read, database_.prepare("SELECT packed FROM run WHERE id = ?1"));
        QIANLI_TRY(read.bind({version.run}));
        QIANLI_TRY(read.step());
        QIANLI_ASSIGN(instances, unpackRun(read.blob(0), run, version.seriesUid));
    }
    std::ranges::replace_if(
        instances, [&](RunInstance const& one) { return one.sequence == version.instance.sequence; }, version.instance);
    QIANLI_ASSIGN(auto write, database_.prepare("UPDATE run SET packed = ?2 WHERE id = ?1"));
    std::vector<std::uint8_t> const packed = packRun(instances, run, version.seriesUid);
    return write.run({version.run, std::span<std::uint8_t const>(packed)});
}

Result<void> IndexWriter::release(model::SiteId const& site, dicom::Uid const& sopInstance)
{
    QIANLI_TRY(finish());
    forget();
    QIANLI_ASSIGN(auto remember,
                  database_.prepare("INSERT OR IGNORE INTO released (site, sop_instance) VALUES (?1, ?2)"));
    QIANLI_TRY(remember.run({site.value, sopInstance.value()}));
    QIANLI_ASSIGN(auto found, versions(site, sopInstance.value()));
    // The version that was there first, where it is not released yet.
    if (found.empty() || found.front().instance.released)
        return {};
    found.front().instance.released = true;
    return orderVersions(std::move(found));
}

} // namespace qianli::gateway
