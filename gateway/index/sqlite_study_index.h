// SqliteStudyIndex: the index in one SQLite file. One connection writes, as many read as are needed at the same time.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/index_writer.h"
#include "gateway/index/query.h"
#include "gateway/index/study_index.h"

#include <atomic>
#include <mutex>

namespace qianli::gateway {

class SqliteStudyIndex final : public StudyIndex {
public:
    explicit SqliteStudyIndex(std::filesystem::path file) : file_(std::move(file)) {}
    Result<void> openForWriting();
    Result<void> openToRead();

    Result<void> apply(std::span<IndexedObject const> group) override;
    std::uint64_t appliedSequence() const override;
    Result<std::vector<Receipt>> findBySopInstance(model::SiteId const& site,
                                                   dicom::Uid const& sopInstance) const override;
    Result<std::vector<model::SiteId>> sitesOfStudy(dicom::Uid const& study) const override;
    Result<void> find(Scope const& scope, Query const& query, std::function<bool(Answer const&)> visit) const override;
    Result<std::vector<InstanceRecord>> instances(Scope const& scope, Query const& query) const override;
    Result<std::optional<StudyRecord>> study(model::SiteId const& site, dicom::Uid const& study,
                                             int part) const override;
    Result<std::vector<StudyRecord>> studiesOf(dicom::Uid const& study) const override;
    Result<std::vector<StudyRecord>> sharedStudies() const override;
    Result<std::vector<PatientRecord>> patients(PatientQuery const& query) const override;
    Result<std::vector<PatientRecord>> variantsOf(model::PatientKey const& key) const override;
    Result<std::vector<PatientRecord>> suspects(Suspicion why) const override;
    Result<std::vector<StudyRecord>> studiesOfPatient(model::PatientKey const& key) const override;
    Result<std::vector<ExpectedImages>> expectedImages(model::SiteId const& site, dicom::Uid const& study,
                                                       int part) const override;
    Result<std::vector<DeviceRecord>> devices(model::SiteId const& site) const override;
    Result<std::vector<StudyRecord>> studiesChangedSince(std::uint64_t after, std::size_t limit) const override;
    Result<void> release(model::SiteId const& site, std::span<dicom::Uid const> sopInstances) override;
    Result<std::vector<StudyKey>> reread(StudyKey const& study, ReadHeaders const& headers, Reread how) override;
    Result<std::vector<Receipt>> receiptsOf(StudyKey const& study, int part) const override;
    Result<std::vector<StudyKey>> remove(RemovalOrder const& order, ReadHeaders const& headers,
                                         std::function<Result<std::uint64_t>()> const& commit) override;
    Result<std::uint64_t> appliedRemovals() const override;
    Result<void> noteRemovals(std::uint64_t number) override;
    Result<void> checkpoint() override;
    Result<void> check(Check how, std::stop_token const& stop) const override;
    ~SqliteStudyIndex() override;

private:
    // A connection for one reader; goes back to the pool at the end.
    class Reader {
    public:
        Reader(SqliteStudyIndex const& index, std::unique_ptr<sqlite::Database> database)
            : index_(index), database_(std::move(database))
        {
        }
        Reader(Reader&&) = default;
        ~Reader();
        sqlite::Database* operator->() const { return database_.get(); }
        sqlite::Database& operator*() const { return *database_; }

    private:
        SqliteStudyIndex const& index_;
        std::unique_ptr<sqlite::Database> database_;
    };
    Result<Reader> reader() const;
    Result<void> write(std::function<Result<void>(IndexWriter&)> const& change);
    using WriteTogether =
        std::function<Result<void>(IndexWriter&, Together const&, std::map<std::uint64_t, ReadAgain> const& headers)>;
    Result<Together> writeTogether(Wanted const& wanted, ReadHeaders const& read, WriteTogether const& change);
    Result<void> emptyFormerLayout(sqlite::Database& database) const;
    Result<std::uint64_t> readApplied(sqlite::Database& database) const;

    Result<void> noteFiles();

    std::filesystem::path file_;
    // The database and its log, as they were when they were opened for writing; they never become other files.
    struct File {
        std::uint64_t device = 0, number = 0;
        bool operator==(File const&) const = default;
    };
    static std::optional<File> fileAt(std::filesystem::path const& path);
    std::optional<File> database_, log_;
    mutable std::atomic<std::uint64_t> longest_{0}; // of the database file, which never becomes shorter
    mutable std::mutex writeMutex_;                 // one at a time on the writer's connection; guards the next two
    std::unique_ptr<sqlite::Database> writer_;      // null when open for reading
    std::unique_ptr<IndexWriter> tables_;           // on writer_
    std::mutex checkpointMutex_;                    // guards checkpointer_; taken before writeMutex_
    std::unique_ptr<sqlite::Database> checkpointer_;
    std::atomic<std::uint64_t> applied_{0};
    mutable std::mutex readersMutex_; // guards idle_
    mutable std::vector<std::unique_ptr<sqlite::Database>> idle_;
};

} // namespace qianli::gateway
