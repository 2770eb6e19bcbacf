// Committer: the one thread that decides about received objects and commits them in groups.
//
// Deciding here, one after the other, is what makes two receptions of the same object at the same time come out right.
// A second thread makes the checkpoints, so that nobody's answer waits for them.
#pragma once

#include "gateway/ingest/ingest.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace qianli::gateway {

// A reception that is complete, or has failed and only wants to be told so.
struct HandedOver {
    Sender sender;
    std::unique_ptr<IncomingObject> object;
    dicom::InstanceHeader header;
    dicom::Uid transferSyntax;
    bool stat = false;
    Digest digest{};
    TimePoint receivedAt{};
    std::optional<Error> failure;
    Reception::Completion done;
};

class Committer {
public:
    Committer(BlobStore& store, StudyIndex& index, IngestSettings const& settings);
    ~Committer();

    void addListener(StudyEvents& listener);
    void hand(HandedOver item);
    Transfers& transfers() { return transfers_; }
    Duration busyFor() const;
    // The archive refused something that came in: perhaps its disk is to blame, and people must know.
    void writingFailed(Error const& why);
    void judgeDisk();
    // Finishes what was handed over; archive and index are checkpointed after it.
    Result<void> stop();

private:
    // What becomes of one item of a group.
    struct Decision {
        std::optional<Error> refusal;
        std::optional<Receipt> duplicateOf; // already in the archive
        std::optional<std::size_t> place;   // in commits_: stored there, or the same as what is stored there
        StoreOutcome::Kind kind = StoreOutcome::Kind::Stored;
        bool siteConflict = false;
    };
    using Group = std::vector<HandedOver>;

    bool isTimeToJudge();
    void run();
    void commitOrRefuse(Group& group);
    void commitGroup(Group& group);
    Result<void> catchUp();
    bool owesTheIndex() const { return behind_ || !unindexed_.empty(); }
    void payTheIndex();
    Decision decide(HandedOver& item);
    Result<model::SiteId> siteOf(HandedOver const& item) const;
    Result<bool> isWhole(Receipt const& receipt) const;
    Decision decideWithoutIndex(HandedOver& item);
    Decision keepAs(StoreOutcome::Kind kind, HandedOver& item, model::SiteId site, int version, bool siteConflict);
    Result<void> store();
    void publish();
    void publishRepeats(Group const& group, std::vector<Decision> const& decisions, Result<void> const& stored);
    std::vector<StudyEvents*> listeners();
    void answer(Group& group, std::vector<Decision> const& decisions, Result<void> const& stored);
    void makeCheckpoints();

    BlobStore& store_;
    StudyIndex& index_;
    IngestSettings settings_;
    Transfers transfers_;
    std::atomic<std::int64_t> groupBegan_ = 0;    // steady milliseconds; 0: none at hand
    std::atomic<std::int64_t> nextJudgement_ = 0; // of the disk, as above

    std::mutex mutex_; // guards the next six
    std::condition_variable wake_;
    std::condition_variable wakeCheckpointer_;
    Group waiting_;
    bool stopping_ = false;
    bool checkpointDue_ = false;
    bool committerDone_ = false;

    // Only the committer's thread touches these.
    std::vector<StudyEvents*> listeners_;
    std::vector<BlobStore::Commit> commits_;     // of the group at hand
    std::vector<dicom::InstanceHeader> headers_; // of the same objects
    std::map<std::pair<model::SiteId, dicom::Uid>, std::vector<std::size_t>>
        inGroup_; // places in commits_ by SOP Instance UID
    std::map<dicom::Uid, std::set<model::SiteId>> studiesInGroup_;
    std::vector<IndexedObject> unindexed_; // in the archive, but the index refused them
    bool behind_ = false;                  // the index, and nobody knows by what
    std::uint64_t sinceCheckpoint_ = 0;

    std::thread thread_;
    std::thread checkpointer_;
};

} // namespace qianli::gateway
