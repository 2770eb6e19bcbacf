#include "gateway/index/sqlite_study_index.h"

#include "gateway/index/attributes.h"
#include "gateway/index/index_writer.h"
#include "gateway/index/records.h"

#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

// The connections to keep for later readers; more are opened while they are needed.
constexpr std::size_t keptReaders = 8;

constexpr sqlite::Migration migrations[] = {
#include "index_schema.inc"
};

std::string_view orderOf(Level level, bool newestFirst)
{
    switch (level) {
    case Level::Patient:
        return newestFirst ? "p.id DESC" : "p.id";
    case Level::Study:
        return newestFirst ? "s.id DESC" : "s.id";
    case Level::Series:
        return "s.id, CAST(e.number AS INTEGER), e.id";
    case Level::Image:
        break;
    }
    return "s.id, CAST(e.number AS INTEGER), e.id, CAST(i.number AS INTEGER), i.id";
}

// The tag and SQL of everything that an answer at this level holds.
std::vector<ComputedAttribute> answerColumns(Level level, bool unreleased)
{
    std::vector<ComputedAttribute> columns;
    for (Attribute const& attribute : attributes())
        if (attribute.level <= level && attribute.comparison != Comparison::Modalities)
            columns.push_back({attribute.tag, std::string(columnAt(attribute, level))});
    std::ranges::move(computedAttributes(level, unreleased), std::back_inserter(columns));
    return columns;
}

std::string limitClause(std::size_t limit)
{
    return limit == 0 ? std::string() : fmt::format(" LIMIT {}", limit);
}

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
    QIANLI_TRY(sqlite::migrate(opened, migrations));
    QIANLI_ASSIGN(std::uint64_t const applied, readApplied(opened));
    applied_ = applied;
    writer_ = std::make_unique<sqlite::Database>(std::move(opened));
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
    QIANLI_ASSIGN(auto read, database.prepare("SELECT sequence FROM applied"));
    QIANLI_ASSIGN(bool const present, read.step());
    if (!present)
        return fail(ErrorCode::Corrupt, fmt::format("{} does not say how far it goes", file_.string()));
    return static_cast<std::uint64_t>(read.integer(0));
}

std::uint64_t SqliteStudyIndex::appliedSequence() const
{
    return applied_.load(std::memory_order_acquire);
}

Result<void> SqliteStudyIndex::apply(std::span<IndexedObject const> group)
{
    std::lock_guard const lock(writeMutex_);
    if (!writer_)
        return fail(ErrorCode::Refused, "the index is open for reading only");
    std::uint64_t applied = applied_;
    QIANLI_ASSIGN(auto transaction, sqlite::Transaction::begin(*writer_));
    IndexWriter writer(*writer_);
    for (IndexedObject const& object : group) {
        if (object.receipt.sequence <= applied)
            continue;
        if (auto added = writer.add(object); !added)
            return tl::unexpected(std::move(added).error().at(fmt::format("receipt {}", object.receipt.sequence)));
        applied = object.receipt.sequence;
    }
    {
        QIANLI_ASSIGN(auto write, writer_->prepare("UPDATE applied SET sequence = ?1"));
        QIANLI_TRY(write.run({applied}));
    }
    QIANLI_TRY(transaction.commit());
    applied_.store(applied, std::memory_order_release);
    return {};
}

Result<void> SqliteStudyIndex::release(model::SiteId const& site, std::span<dicom::Uid const> sopInstances)
{
    std::lock_guard const lock(writeMutex_);
    if (!writer_)
        return fail(ErrorCode::Refused, "the index is open for reading only");
    QIANLI_ASSIGN(auto transaction, sqlite::Transaction::begin(*writer_));
    IndexWriter writer(*writer_);
    for (dicom::Uid const& sopInstance : sopInstances)
        QIANLI_TRY(writer.release(site, sopInstance));
    return transaction.commit();
}

Result<void> SqliteStudyIndex::checkpoint()
{
    std::lock_guard const lock(writeMutex_);
    if (!writer_)
        return fail(ErrorCode::Refused, "the index is open for reading only");
    return writer_->checkpoint(sqlite::Checkpoint::Passive);
}

Result<std::vector<Receipt>> SqliteStudyIndex::findBySopInstance(model::SiteId const& site,
                                                                 dicom::Uid const& sopInstance) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(selectInstances() +
                                               " WHERE i.sop_instance = ?1 AND s.site = ?2 ORDER BY i.version, i.id"));
    QIANLI_TRY(read.bind({sopInstance.value(), site.value}));
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
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare("SELECT site FROM study WHERE uid = ?1 ORDER BY id"));
    QIANLI_TRY(read.bind({study.value()}));
    std::vector<model::SiteId> sites;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return sites;
        sites.push_back({read.text(0)});
    }
}

Result<void> SqliteStudyIndex::find(Scope const& scope, Query const& query,
                                    std::function<bool(Answer const&)> visit) const
{
    QIANLI_ASSIGN(Conditions const conditions, Conditions::compile(scope, query.level, query.matches));
    auto const columns = answerColumns(query.level, scope.unreleased);
    std::string sql = fmt::format("SELECT {}.site", query.level == Level::Patient ? "p" : "s");
    for (ComputedAttribute const& column : columns)
        sql += ", " + column.sql;
    sql += fmt::format(" FROM {}{} ORDER BY {}{}", tablesOf(query.level), conditions.where(),
                       orderOf(query.level, query.newestFirst), limitClause(query.limit));
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(sql));
    QIANLI_TRY(conditions.bind(read));
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return {};
        Answer answer;
        answer.site.value = read.text(0);
        for (std::size_t i = 0; i < columns.size(); ++i)
            answer.values.emplace(columns[i].tag, read.text(static_cast<int>(i) + 1));
        if (!visit(answer))
            return {};
    }
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

Result<std::optional<StudyRecord>> SqliteStudyIndex::study(model::SiteId const& site, dicom::Uid const& study) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare(selectStudies() + " WHERE s.site = ?1 AND s.uid = ?2"));
    QIANLI_TRY(read.bind({site.value, study.value()}));
    QIANLI_ASSIGN(bool const found, read.step());
    if (!found)
        return std::nullopt;
    return readStudy(read);
}

Result<std::vector<StudyRecord>> SqliteStudyIndex::studiesChangedSince(std::uint64_t after, std::size_t limit) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read,
                  database->prepare(selectStudies() + " WHERE s.last_sequence > ?1 ORDER BY s.last_sequence LIMIT ?2"));
    QIANLI_TRY(read.bind({after, limit == 0 ? -1 : static_cast<std::int64_t>(limit)}));
    std::vector<StudyRecord> records;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return records;
        records.push_back(readStudy(read));
    }
}

} // namespace qianli::gateway
