// Reading again: rows of objects whose headers mean something else now are taken out and put in anew (IndexWriter). The
// rows are then those that a rebuilt index has, so everything that depends on the order of arrival goes with them: all
// studies of the patients, all studies under the same UID, and all that hold the same object.
#include "common/dicom/character_set.h"
#include "gateway/index/index_writer.h"
#include "gateway/index/name_keys.h"
#include "gateway/index/name_search.h"
#include "gateway/index/records.h"
#include "gateway/index/reread.h"
#include "gateway/index/uid_key.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

Result<void> collect(sqlite::Statement& read, std::set<StudyKey>& found)
{
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return {};
        found.insert({{read.text(0)}, read.text(1)});
    }
}

Result<void> addSameUid(sqlite::Database& database, StudyKey const& study, std::set<StudyKey>& found)
{
    QIANLI_ASSIGN(auto read, database.prepare("SELECT site, uid FROM study WHERE uid_key = ?1 AND uid = ?2"));
    QIANLI_TRY(read.bind({uidKey(study.uid), study.uid}));
    return collect(read, found);
}

Result<void> addSamePatients(sqlite::Database& database, StudyKey const& study, std::set<StudyKey>& found)
{
    QIANLI_ASSIGN(
        auto read,
        database.prepare("SELECT s.site, s.uid FROM study k JOIN patient p ON p.id = k.patient JOIN patient o ON "
                         "o.identity = p.identity AND o.site = p.site JOIN study s ON s.patient = o.id WHERE "
                         "k.uid_key = ?1 AND k.uid = ?2 AND k.site = ?3"));
    QIANLI_TRY(read.bind({uidKey(study.uid), study.uid, study.site.value}));
    return collect(read, found);
}

Result<void> addSameIdentity(sqlite::Database& database, model::SiteId const& site, std::string const& identity,
                             std::set<StudyKey>& found)
{
    QIANLI_ASSIGN(auto read,
                  database.prepare("SELECT s.site, s.uid FROM patient p JOIN study s ON s.patient = p.id WHERE "
                                   "p.identity = ?1 AND p.site = ?2"));
    QIANLI_TRY(read.bind({identity, site.value}));
    return collect(read, found);
}

Result<void> addSameObject(sqlite::Database& database, Receipt const& receipt, std::set<StudyKey>& found)
{
    QIANLI_ASSIGN(auto read, database.prepare(
                                 "SELECT s.site, s.uid FROM sop_instance k JOIN run r ON r.id = k.run JOIN series e ON "
                                 "e.id = r.series JOIN study s ON s.id = e.study WHERE k.key = ?1"));
    QIANLI_TRY(read.bind({uidKey(receipt.sopInstance.value())}));
    return collect(read, found);
}

// Before their receipts are read: devices that send "1" as everybody's Patient ID make one patient of all they sent.
Result<void> addCount(sqlite::Database& database, StudyKey const& study, std::uint64_t& objects)
{
    QIANLI_ASSIGN(auto read, database.prepare("SELECT coalesce(sum(e.instances), 0) FROM study s JOIN series e ON "
                                              "e.study = s.id WHERE s.uid_key = ?1 AND s.uid = ?2 AND s.site = ?3"));
    QIANLI_TRY(read.bind({uidKey(study.uid), study.uid, study.site.value}));
    QIANLI_TRY(read.step());
    objects += static_cast<std::uint64_t>(read.integer(0));
    return {};
}

Result<void> checkCount(std::uint64_t objects, std::uint64_t most)
{
    if (objects <= most)
        return {};
    return fail(ErrorCode::LimitExceeded,
                fmt::format("more than {} objects hang together by Patient ID or UID, and to write them at once would "
                            "hold up what arrives; stop the gateway and run archive reindex, which reads them anew",
                            most));
}

Result<void> run(sqlite::Database& database, char const* sql, std::int64_t id)
{
    QIANLI_ASSIGN(auto statement, database.prepare(sql));
    return statement.run({id});
}

NotedText notedText(RunInstance const& instance, dicom::InstanceHeader const& before, std::string station,
                    std::string manufacturer)
{
    NotedText noted{(instance.text & RunInstance::Corrected) != 0, (instance.text & RunInstance::Uncertain) != 0,
                    std::move(station), std::move(manufacturer)};
    if ((instance.text & RunInstance::Noted) == 0) {
        noted.corrected = dicom::isCorrected(before.charset);
        noted.uncertain = !before.charset.certain;
    }
    return noted;
}

} // namespace

Result<std::vector<Receipt>> readReceiptsOf(sqlite::Database& database, StudyKey const& study, std::optional<int> part)
{
    QIANLI_ASSIGN(auto read, database.prepare(selectInstances() +
                                              " WHERE s.uid_key = ?1 AND s.uid = ?2 AND s.site = ?3 AND (?4 < 0 "
                                              "OR s.part = ?4) ORDER BY i.id"));
    QIANLI_TRY(read.bind({uidKey(study.uid), study.uid, study.site.value, part.value_or(-1)}));
    std::vector<Receipt> receipts;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return receipts;
        receipts.push_back(readInstance(read).receipt);
    }
}

Result<Together> readTogether(sqlite::Database& database, std::set<StudyKey> waiting,
                              std::set<std::pair<model::SiteId, std::string>> const& identities, std::uint64_t most)
{
    Together together;
    for (auto const& [site, identity] : identities)
        QIANLI_TRY(addSameIdentity(database, site, identity, waiting));
    std::uint64_t objects = 0; // of those that wait, and of those before
    std::set<StudyKey> counted;
    while (!waiting.empty()) {
        for (StudyKey const& one : waiting)
            if (counted.insert(one).second) {
                QIANLI_TRY(addCount(database, one, objects));
                QIANLI_TRY(checkCount(objects, most));
            }
        StudyKey const next = waiting.extract(waiting.begin()).value();
        if (!together.studies.insert(next).second)
            continue;
        QIANLI_ASSIGN(auto receipts, readReceiptsOf(database, next));
        std::set<StudyKey> found;
        QIANLI_TRY(addSameUid(database, next, found));
        QIANLI_TRY(addSamePatients(database, next, found));
        for (Receipt const& receipt : receipts)
            QIANLI_TRY(addSameObject(database, receipt, found));
        std::ranges::move(receipts, std::back_inserter(together.receipts));
        QIANLI_TRY(checkCount(together.receipts.size(), most)); // older versions, too
        waiting.merge(found);
    }
    std::ranges::sort(together.receipts, {}, &Receipt::sequence);
    return together;
}

std::optional<std::int64_t> IndexWriter::FreeIds::take(std::set<std::int64_t>& ids)
{
    if (ids.empty())
        return std::nullopt;
    return ids.extract(ids.begin()).value();
}

Result<void> IndexWriter::keepIds(StudyKey const& study)
{
    QIANLI_ASSIGN(auto read,
                  database_.prepare("SELECT s.patient, s.id, e.id FROM study s LEFT JOIN series e ON e.study = s.id "
                                    "WHERE s.uid_key = ?1 AND s.uid = ?2 AND s.site = ?3"));
    QIANLI_TRY(read.bind({uidKey(study.uid), study.uid, study.site.value}));
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return {};
        freeIds_.patients.insert(read.integer(0));
        freeIds_.studies.insert(read.integer(1));
        if (auto const series = read.optionalInteger(2))
            freeIds_.series.insert(*series);
    }
}

// The table does not say which objects came as urgent, only the last one of each part; that one is enough to say it
// again.
Result<std::set<std::uint64_t>> IndexWriter::urgentObjects(StudyKey const& study)
{
    QIANLI_ASSIGN(auto read, database_.prepare(
                                 "SELECT stat FROM study WHERE uid_key = ?1 AND uid = ?2 AND site = ?3 AND stat > 0"));
    QIANLI_TRY(read.bind({uidKey(study.uid), study.uid, study.site.value}));
    std::set<std::uint64_t> urgent;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return urgent;
        urgent.insert(static_cast<std::uint64_t>(read.integer(0)));
    }
}

Result<void> IndexWriter::removeSeries(std::int64_t study, Rereading const& rereading)
{
    QIANLI_ASSIGN(
        auto read,
        database_.prepare(
            "SELECT r.id, r.packed, e.uid, e.station, e.manufacturer FROM series e JOIN run r ON r.series = e.id WHERE "
            "e.study = ?1"));
    QIANLI_TRY(read.bind({study}));
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            break;
        std::int64_t const id = read.integer(0);
        QIANLI_ASSIGN(auto const instances, unpackRun(read.blob(1), static_cast<std::uint64_t>(id), read.textView(2)));
        for (RunInstance const& instance : instances) {
            if (!rereading.without.contains(instance.sequence)) {
                auto const header = rereading.headers.find(instance.sequence);
                if (header == rereading.headers.end())
                    return fail(ErrorCode::Internal, "an object that was not read is to be taken out");
                noted_[instance.sequence] = notedText(instance, header->second.before, read.text(3), read.text(4));
            }
            QIANLI_ASSIGN(auto leave, database_.prepare("DELETE FROM sop_instance WHERE key = ?1 AND run = ?2"));
            QIANLI_TRY(leave.run({uidKey(instance.sopInstance), id}));
        }
    }
    read.reset();
    QIANLI_TRY(run(database_, "DELETE FROM run WHERE series IN (SELECT id FROM series WHERE study = ?1)", study));
    QIANLI_TRY(
        run(database_, "DELETE FROM acquisition WHERE series IN (SELECT id FROM series WHERE study = ?1)", study));
    return run(database_, "DELETE FROM series WHERE study = ?1", study);
}

Result<void> IndexWriter::removeStudy(StudyKey const& study, Rereading const& rereading)
{
    QIANLI_ASSIGN(auto* const parts, partsOf(study.site, study.uid));
    for (Study const& part : *parts) {
        QIANLI_TRY(removeSeries(part.id, rereading));
        QIANLI_TRY(writeNames(part.id, part.values[0], ""));
        QIANLI_TRY(run(database_, "DELETE FROM study WHERE id = ?1", part.id));
        QIANLI_TRY(removeIfUnused(part.site, part.identity, part.patient));
    }
    return {};
}

Result<void> IndexWriter::reread(Together const& together, Rereading const& rereading)
{
    QIANLI_TRY(finish());
    forget();
    auto const done = takeOutAndIn(together, rereading);
    freeIds_ = {};
    noted_.clear();
    QIANLI_TRY(done);
    return finish();
}

Result<void> IndexWriter::takeOutAndIn(Together const& together, Rereading const& rereading)
{
    std::set<std::uint64_t> urgent;
    for (StudyKey const& study : together.studies) {
        QIANLI_ASSIGN(auto ofStudy, urgentObjects(study));
        urgent.merge(ofStudy);
        QIANLI_TRY(keepIds(study));
        QIANLI_TRY(removeStudy(study, rereading));
    }
    forget();
    return addAgain(together, rereading, urgent);
}

Result<void> IndexWriter::addAgain(Together const& together, Rereading const& rereading,
                                   std::set<std::uint64_t> const& urgent)
{
    for (Receipt const& receipt : together.receipts) {
        if (rereading.without.contains(receipt.sequence))
            continue;
        auto const header = rereading.headers.find(receipt.sequence);
        if (header == rereading.headers.end())
            return fail(ErrorCode::Internal, "an object that was not read is to be indexed");
        IndexedObject object{receipt, header->second.after, {}};
        object.receipt.stat = urgent.contains(receipt.sequence);
        QIANLI_TRY(add(object));
    }
    return {};
}

// A deleted report's UID is nobody's leave to be shown under it: whatever comes later was checked by nobody.
Result<void> IndexWriter::forgetReleased(Together const& together, SequenceSet const& removed)
{
    for (Receipt const& receipt : together.receipts) {
        if (!removed.contains(receipt.sequence) || receipt.origin != Origin::Station)
            continue;
        QIANLI_ASSIGN(auto forget, database_.prepare("DELETE FROM released WHERE site = ?1 AND sop_instance = ?2"));
        QIANLI_TRY(forget.run({receipt.site.value, receipt.sopInstance.value()}));
    }
    return {};
}

Result<void> IndexWriter::noteRemoved(std::uint64_t sequence)
{
    QIANLI_ASSIGN(auto note, database_.prepare("UPDATE removed SET last_sequence = max(last_sequence, ?1)"));
    return note.run({sequence});
}

Result<void> IndexWriter::noteRemovals(std::uint64_t number)
{
    QIANLI_ASSIGN(auto note, database_.prepare("UPDATE removed SET removals = max(removals, ?1)"));
    return note.run({number});
}

Result<void> IndexWriter::addRemoved(IndexedObject const& object)
{
    if (object.removed->sequence != 0) // otherwise it could not be read any more when it was deleted
        QIANLI_TRY(devices_.note(object.receipt, *object.removed));
    return noteRemoved(object.receipt.sequence);
}

} // namespace qianli::gateway
