// HealingIndex: the index, which makes itself again from the archive when its file is lost or damaged.
//
// Promise: damage that SQLite notices, a file that was deleted, replaced or cut, and one whose log was taken away are
// never answered from. The damaged file is set aside (index.db.damaged-DATE, the newest is kept) and the index is made
// anew from receipts and headers, beside everything else: objects of sites are taken meanwhile, what needs the index is
// answered Unavailable, never with a part. What was built is kept over a restart. Nothing acknowledged depends on it.
#pragma once

#include "gateway/ingest/ingest.h"
#include "gateway/ingest/replay.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace qianli::gateway {

struct HealingSettings {
    std::filesystem::path file;
    // Asked at the beginning of each rebuild: what people have decided about undeclared text.
    std::function<Result<CharsetOf>()> charsets;
    Observers observers = {};
    // A rebuild at the start is waited for so long: small archives are whole when work is accepted.
    Duration patience = std::chrono::seconds(3);
    Duration quickCheckEvery = std::chrono::seconds(5);
    Duration deepCheckEvery = std::chrono::hours(24 * 7); // and once after the start
    Duration tryAgainAfter = std::chrono::seconds(30);
};

class HealingIndex final : public StudyIndex {
public:
    // Unavailable when the file can't be read for a reason that is no damage (locked, no space). `store` outlives it.
    static Result<std::unique_ptr<HealingIndex>> open(BlobStore const& store, HealingSettings settings,
                                                      Clock const& clock);
    ~HealingIndex() override;

    std::optional<Rebuild> rebuilding() const override;
    std::uint64_t rebuilds() const override { return rebuilds_; }

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

private:
    HealingIndex(BlobStore const& store, HealingSettings settings, Clock const& clock);

    std::shared_ptr<StudyIndex> current() const;
    template <typename Question>
    auto ask(Question&& question) const -> std::invoke_result_t<Question, StudyIndex&>;
    // True when it is damage, and seen to.
    bool isDamage(std::shared_ptr<StudyIndex> const& index, Error const& error) const;
    void startRebuild(std::string const& why) const;

    void work(std::stop_token const& stop);
    void lookAfter(std::stop_token const& stop);
    Result<void> rebuild(std::stop_token const& stop);
    Result<std::unique_ptr<StudyIndex>> openBuilding() const;
    Result<void> takeTheRest(std::unique_ptr<StudyIndex> building, CharsetOf const& charset,
                             std::stop_token const& stop);
    Result<void> setAside() const;

    BlobStore const& store_;
    HealingSettings const settings_;
    Clock const& clock_;

    mutable std::mutex mutex_; // guards the next three
    mutable std::condition_variable_any wake_;
    mutable std::shared_ptr<StudyIndex> current_; // null: being made again
    mutable bool damaged_ = false;                // the file has to be set aside first

    std::mutex applying_; // held by apply() and while the new index takes its place
    mutable std::atomic<std::uint64_t> done_{0}, total_{0};
    std::atomic<std::uint64_t> rebuilds_{0};
    std::atomic<bool> refused_{false}; // the last apply() was
    TimePoint nextDeepCheck_{};        // the thread's own, with the next
    LeftOut leftOut_;                  // of the index that is being made, or was
    std::jthread thread_;
};

} // namespace qianli::gateway
