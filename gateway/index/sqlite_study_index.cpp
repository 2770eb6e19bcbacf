#include "gateway/index/sqlite_study_index.h"

#include "common/base/log.h"
#include "gateway/index/answers.h"
#include "gateway/index/attributes.h"
#include "gateway/index/name_answers.h"
#include "gateway/index/records.h"
#include "gateway/index/uid_key.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

// The connections to keep for later readers; more are opened while they are needed.
constexpr std::size_t keptReaders = 8;
// The writer's pages in memory: what the objects of a morning touch again and again.
constexpr int writerCacheKib = 32 << 10;
// Pages of the log after which a commit moves them into the file itself. checkpoint() comes long before.
constexpr int longestLogPages = 32 << 10;

constexpr sqlite::Migration migrations[] = {
#include "index_schema.inc"
};

} // namespace

Result<std::unique_ptr<StudyIndex>> StudyIndex::open(std::filesystem::path file)
{
    auto index = std::make_unique<SqliteStudyIndex>(std::move(file));
    QIANLI_TRY(index->openForWriting());
    return index;
}

Result<std::unique_ptr<StudyIndex>> StudyIndex::openForReading(std::filesystem::path file)
{
    auto index = std::make_unique<SqliteStudyIndex>(std::move(file));
    QIANLI_TRY(index->openToRead());
    return index;
}

bool StudyIndex::holds(Level level, dicom::Tag tag)
{
    return findAttribute(level, tag) != nullptr;
}

SqliteStudyIndex::Reader::~Reader()
{
    if (!database_)
        return;
    std::lock_guard const lock(index_.readersMutex_);
    if (index_.idle_.size() < keptReaders)
        index_.idle_.push_back(std::move(database_));
}

Result<SqliteStudyIndex::Reader> SqliteStudyIndex::reader() const
{
    {
        std::lock_guard const lock(readersMutex_);
        if (!idle_.empty()) {
            auto database = std::move(idle_.back());
            idle_.pop_back();
            return Reader(*this, std::move(database));
        }
    }
    QIANLI_ASSIGN(auto opened, sqlite::Database::open(file_, {sqlite::Access::ReadOnly, sqlite::Synchronous::Normal,
                                                              std::chrono::seconds(10)}));
    QIANLI_TRY(addMatchingFunctions(opened));
    return Reader(*this, std::make_unique<sqlite::Database>(std::move(opened)));
}

// Normal, not Full: what a power cut takes from the end is replayed from the archive's receipts, which are synced
// (0002).
Result<void> SqliteStudyIndex::openForWriting()
{
    QIANLI_ASSIGN(auto opened, sqlite::Database::open(file_, {sqlite::Access::ReadWrite, sqlite::Synchronous::Normal,
                                                              std::chrono::seconds(10)}));
    QIANLI_TRY(addMatchingFunctions(opened));
    QIANLI_TRY(emptyFormerLayout(opened));
    QIANLI_TRY(sqlite::migrate(opened, migrations));
    QIANLI_TRY(opened.execute(fmt::format("PRAGMA cache_size = -{}", writerCacheKib)));
    QIANLI_TRY(opened.execute(fmt::format("PRAGMA wal_autocheckpoint = {}", longestLogPages)));
    QIANLI_ASSIGN(std::uint64_t const applied, readApplied(opened));
    applied_ = applied;
    QIANLI_ASSIGN(auto second, sqlite::Database::open(file_, {sqlite::Access::ReadWrite, sqlite::Synchronous::Normal,
                                                              std::chrono::seconds(10)}));
    writer_ = std::make_unique<sqlite::Database>(std::move(opened));
    tables_ = std::make_unique<IndexWriter>(*writer_);
    checkpointer_ = std::make_unique<sqlite::Database>(std::move(second));
    return noteFiles();
}

// Steps 2 and 4 of the schema drop what was there; that is said, because the start then takes as long as a reindex.
Result<void> SqliteStudyIndex::emptyFormerLayout(sqlite::Database& database) const
{
    QIANLI_ASSIGN(
        auto former,
        database.prepare("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'instance'), EXISTS (SELECT "
                         "1 FROM sqlite_schema WHERE name = 'run') AND NOT EXISTS (SELECT 1 FROM "
                         "pragma_table_info('patient') WHERE name = 'variant')"));
    QIANLI_TRY(former.step());
    bool const isFirst = former.integer(0) != 0, isSecond = former.integer(1) != 0;
    if (!isFirst && !isSecond)
        return {};
    former.reset();
    QIANLI_ASSIGN(auto rows, database.prepare(isFirst ? "SELECT coalesce(max(id), 0) FROM instance"
                                                      : "SELECT coalesce(max(last_sequence), 0) FROM series"));
    QIANLI_TRY(rows.step());
    if (rows.integer(0) > 0)
        log::warning(
            "{} has the layout of an earlier version; it is emptied and taken in again from the archive, up to "
            "receipt {}",
            file_.string(), rows.integer(0));
    return {};
}

Result<void> SqliteStudyIndex::openToRead()
{
    if (::access(file_.c_str(), F_OK) != 0)
        return fail(ErrorCode::NotFound, fmt::format("there is no index {}", file_.string()));
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(std::uint64_t const applied, readApplied(*database));
    applied_ = applied;
    return {};
}

Result<std::uint64_t> SqliteStudyIndex::readApplied(sqlite::Database& database) const
{
    QIANLI_ASSIGN(auto read, database.prepare("SELECT max((SELECT coalesce(max(last_sequence), 0) FROM series), "
                                              "(SELECT coalesce(max(last_sequence), 0) FROM removed))"));
    QIANLI_TRY(read.step());
    return static_cast<std::uint64_t>(read.integer(0));
}

std::uint64_t SqliteStudyIndex::appliedSequence() const
{
    return applied_.load(std::memory_order_acquire);
}

Result<void> SqliteStudyIndex::apply(std::span<IndexedObject const> group)
{
    std::uint64_t applied = applied_;
    QIANLI_TRY(write([&](IndexWriter& tables) -> Result<void> {
        for (IndexedObject const& object : group) {
            if (object.receipt.sequence <= applied)
                continue;
            if (auto added = object.removed ? tables.addRemoved(object) : tables.add(object); !added)
                return tl::unexpected(std::move(added).error().at(fmt::format("receipt {}", object.receipt.sequence)));
            applied = object.receipt.sequence;
        }
        return tables.finish();
    }));
    applied_.store(applied, std::memory_order_release);
    return {};
}

Result<void> SqliteStudyIndex::release(model::SiteId const& site, std::span<dicom::Uid const> sopInstances)
{
    return write([&](IndexWriter& tables) -> Result<void> {
        for (dicom::Uid const& sopInstance : sopInstances)
            QIANLI_TRY(tables.release(site, sopInstance));
        return {};
    });
}

Result<void> SqliteStudyIndex::write(std::function<Result<void>(IndexWriter&)> const& change)
{
    std::lock_guard const lock(writeMutex_);
    if (!writer_)
        return fail(ErrorCode::Refused, "the index is open for reading only");
    auto const done = [&]() -> Result<void> {
        QIANLI_ASSIGN(auto transaction, sqlite::Transaction::begin(*writer_));
        QIANLI_TRY(change(*tables_));
        return transaction.commit();
    }();
    if (!done)
        tables_->forget();
    return done;
}

// The long part beside the writer, then what was written meanwhile, so that the log begins anew.
Result<void> SqliteStudyIndex::checkpoint()
{
    std::lock_guard const one(checkpointMutex_);
    if (!checkpointer_)
        return fail(ErrorCode::Refused, "the index is open for reading only");
    (void)checkpointer_->checkpoint(sqlite::Checkpoint::Passive);
    std::lock_guard const lock(writeMutex_);
    return writer_->checkpoint(sqlite::Checkpoint::Passive);
}

Result<std::vector<Receipt>> SqliteStudyIndex::findBySopInstance(model::SiteId const& site,
                                                                 dicom::Uid const& sopInstance) const
{
    // Most objects come for the first time, which the writer's memory knows at once.
    if (std::unique_lock const lock(writeMutex_, std::try_to_lock); lock && tables_) {
        QIANLI_ASSIGN(bool const held, tables_->holds(site, sopInstance.value()));
        if (!held)
            return std::vector<Receipt>();
    }
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(selectInstances() +
                                               " WHERE r.id IN (SELECT run FROM sop_instance WHERE key = ?1) AND "
                                               "i.sop_instance = ?2 AND s.site = ?3 ORDER BY i.version, i.id"));
    QIANLI_TRY(read.bind({uidKey(sopInstance.value()), sopInstance.value(), site.value}));
    std::vector<Receipt> receipts;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return receipts;
        receipts.push_back(readInstance(read).receipt);
    }
}

Result<std::vector<model::SiteId>> SqliteStudyIndex::sitesOfStudy(dicom::Uid const& study) const
{
    if (std::unique_lock const lock(writeMutex_, std::try_to_lock); lock && tables_)
        return tables_->sitesOfStudy(study.value());
    QIANLI_ASSIGN(Reader const database, reader());
    return readSitesOfStudy(*database, study.value());
}

Result<void> SqliteStudyIndex::find(Scope const& scope, Query const& query,
                                    std::function<bool(Answer const&)> visit) const
{
    std::vector<AnswerId> ids;
    {
        QIANLI_ASSIGN(Reader const database, reader());
        QIANLI_ASSIGN(ids, findByName(*database, scope, query));
    }
    // The first ones soon, and later ones many at a time.
    std::size_t page = 16;
    constexpr std::size_t largestPage = 256;
    for (std::span<AnswerId const> rest = ids; !rest.empty(); page = std::min(page * 4, largestPage)) {
        auto const now = rest.first(std::min(page, rest.size()));
        rest = rest.subspan(now.size());
        std::vector<Answer> answers;
        {
            QIANLI_ASSIGN(Reader const database, reader());
            QIANLI_ASSIGN(answers, readAnswers(*database, query.level, scope.unreleased, now));
        }
        for (Answer const& answer : answers)
            if (!visit(answer))
                return {};
    }
    return {};
}

Result<std::vector<InstanceRecord>> SqliteStudyIndex::instances(Scope const& scope, Query const& query) const
{
    QIANLI_ASSIGN(Conditions const conditions, Conditions::compile(scope, Level::Image, query.matches));
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(selectInstances() + conditions.where() + " ORDER BY " +
                                               std::string(orderOf(Level::Image, false)) + limitClause(query.limit)));
    QIANLI_TRY(conditions.bind(read));
    std::vector<InstanceRecord> records;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            break;
        records.push_back(readInstance(read));
    }
    for (Match const& match : query.matches)
        if (match.tag == dicom::tag::sopInstanceUid && match.kind == Match::Kind::UidList)
            orderLike(records, match.values);
    return records;
}

Result<std::optional<StudyRecord>> SqliteStudyIndex::study(model::SiteId const& site, dicom::Uid const& study,
                                                           int part) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(selectStudies() + " WHERE s.uid_key = ?1 AND s.uid = ?2 AND s.site = ?3 "
                                                                 "AND s.part = ?4"));
    QIANLI_TRY(read.bind({uidKey(study.value()), study.value(), site.value, part}));
    QIANLI_ASSIGN(bool const found, read.step());
    if (!found)
        return std::nullopt;
    return readStudy(read);
}

Result<std::vector<ExpectedImages>> SqliteStudyIndex::expectedImages(model::SiteId const& site, dicom::Uid const& study,
                                                                     int part) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(
                                 "SELECT e.uid, a.number, a.images FROM study s JOIN series e ON e.study = s.id JOIN "
                                 "acquisition a ON a.series = e.id WHERE s.uid_key = ?1 AND s.uid = ?2 AND s.site = "
                                 "?3 AND s.part = ?4 ORDER BY e.id, a.number"));
    QIANLI_TRY(read.bind({uidKey(study.value()), study.value(), site.value, part}));
    std::vector<ExpectedImages> expected;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return expected;
        expected.push_back({read.text(0), read.text(1), static_cast<int>(read.integer(2))});
    }
}

Result<std::vector<DeviceRecord>> SqliteStudyIndex::devices(model::SiteId const& site) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    return readDevices(*database, site);
}

Result<std::vector<StudyRecord>> SqliteStudyIndex::studiesChangedSince(std::uint64_t after, std::size_t limit) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    // Of each study the series that changed last stands for it.
    QIANLI_ASSIGN(auto read, database->prepare(
                                 selectStudies() +
                                 " JOIN series c ON c.study = s.id WHERE c.last_sequence > ?1 AND NOT EXISTS (SELECT 1 "
                                 "FROM series o WHERE o.study = c.study AND o.last_sequence > c.last_sequence) ORDER "
                                 "BY c.last_sequence LIMIT ?2"));
    QIANLI_TRY(read.bind({after, limit == 0 ? -1 : static_cast<std::int64_t>(limit)}));
    return readStudies(read);
}

} // namespace qianli::gateway
