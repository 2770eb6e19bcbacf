#include "gateway/audit/audit_verify.h"

#include "common/crypto/sha256.h"
#include "gateway/audit/audit_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace qianli::gateway {
namespace {

using Kind = TrailFault::Kind;
constexpr std::size_t mostFaults = 100;
constexpr auto patience = std::chrono::seconds(5);

std::string entries(std::uint64_t from, std::uint64_t to)
{
    return from == to ? fmt::format("entry {} is", from) : fmt::format("entries {} to {} are", from, to);
}

std::string digestOf(std::string_view text, std::string_view evidence)
{
    constexpr std::size_t shown = 8;
    crypto::Sha256 sum;
    for (auto const part : {text, std::string_view("\n"), evidence})
        sum.add({reinterpret_cast<std::uint8_t const*>(part.data()), part.size()});
    auto const digest = sum.finish();
    return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + shown, ""));
}

// Reads the trail line by line, as it was written.
class Verifier {
public:
    Verifier(TrailJudgement& judgement, AuditPublicKeys const& keys, std::optional<TrailHead> head)
        : judgement_(judgement), keys_(keys), head_(std::move(head))
    {
    }

    void begin(TrailSegment const& segment)
    {
        file_ = segment.file.filename().string();
        if (!expected_) {
            expected_ = segment.first;
            judgement_.first = segment.first;
        }
    }

    void read(std::string_view line, std::uint64_t number)
    {
        current_ = line;
        readLine(line, number);
        current_ = {};
    }

    void readLine(std::string_view line, std::uint64_t number)
    {
        line_ = number;
        ++judgement_.entries;
        auto const entry = entryOfLine(line);
        if (!entry) {
            find(Kind::Altered, *expected_, fmt::format("entry {} is altered: {}", *expected_, entry.error().message));
            before_.reset();
            lastSeal_.reset();
            ++*expected_;
            return;
        }
        if (entry->sequence < *expected_)
            return outOfOrder(*entry);
        if (entry->sequence > *expected_) {
            gaps_[*expected_] = {entry->sequence - 1, file_, number};
            before_.reset();
            lastSeal_.reset();
        }
        checkChain(*entry);
        checkHead(*entry);
        if (entry->seal)
            checkSeal(*entry);
        else
            ++judgement_.unsealed;
        if (judgement_.firstTime.empty()) {
            judgement_.firstTime = entry->timeText;
            firstEntry_ = *entry;
        }
        judgement_.lastTime = entry->timeText;
        lastTime_ = entry->time;
        judgement_.last = entry->sequence;
        before_ = {entry->hash, number};
        expected_ = entry->sequence + 1;
    }

    void end()
    {
        for (auto const& [first, gap] : gaps_) {
            file_ = gap.file;
            line_ = gap.line;
            find(Kind::Removed, first, fmt::format("{} missing before this line: removed", entries(first, gap.last)));
        }
        checkBeginning();
        line_ = 0;
        if (head_ && head_->sequence > judgement_.last)
            find(Kind::Cut, judgement_.last + 1,
                 fmt::format("the trail ends with entry {}; seal {} was put on entry {}: {} cut off", judgement_.last,
                             head_->seal.number, head_->sequence, entries(judgement_.last + 1, head_->sequence)));
    }

    // A gateway that has just begun has sealed nothing yet; later that is no excuse.
    void checkAge()
    {
        if (firstEntry_ && lastTime_ - firstEntry_->time > std::chrono::minutes(10))
            find(Kind::Rewritten, judgement_.last, "nothing is sealed: the whole trail was rewritten");
    }

    void find(Kind kind, std::uint64_t sequence, std::string text)
    {
        if (judgement_.faults.size() >= mostFaults) {
            ++judgement_.moreFaults;
            return;
        }
        auto digest = digestOf(text, current_);
        judgement_.faults.push_back({kind, file_, line_, sequence, std::move(text), std::move(digest)});
    }

private:
    struct Gap {
        std::uint64_t last;
        std::string file;
        std::uint64_t line;
    };

    void outOfOrder(AuditEntry const& entry)
    {
        // Of a gap that we passed: it is here, and not where it belongs.
        auto gap = gaps_.upper_bound(entry.sequence);
        bool const moved = gap != gaps_.begin() && (--gap)->second.last >= entry.sequence;
        find(Kind::Reordered, entry.sequence,
             moved ? fmt::format("entry {} stands out of its order", entry.sequence)
                   : fmt::format("entry {} stands here once more", entry.sequence));
        before_.reset();
        if (!moved)
            return;
        Gap const whole = gap->second;
        auto const first = gap->first;
        gaps_.erase(gap);
        if (first < entry.sequence)
            gaps_[first] = {entry.sequence - 1, whole.file, whole.line};
        if (entry.sequence < whole.last)
            gaps_[entry.sequence + 1] = whole;
    }

    void checkChain(AuditEntry const& entry)
    {
        if (!before_) {
            // Behind what was found already, nothing can be said of the link itself.
            return;
        }
        if (before_->hash != entry.prev) {
            line_ = before_->line;
            current_ = before_->hash;
            find(Kind::Rewritten, entry.sequence - 1,
                 fmt::format("entry {} is not the one that entry {} was chained to: rewritten", entry.sequence - 1,
                             entry.sequence));
        }
    }

    void checkHead(AuditEntry const& entry)
    {
        if (head_ && head_->sequence == entry.sequence && head_->hash != entry.hash)
            find(Kind::Rewritten, entry.sequence,
                 fmt::format("entry {} is not the one that was there when seal {} was put: the trail up to here was "
                             "rewritten",
                             entry.sequence, head_->seal.number));
    }

    void checkSeal(AuditEntry const& entry)
    {
        auto const& seal = *entry.seal;
        ++judgement_.seals;
        judgement_.unsealed = 0;
        bool const signs = keys_.verifies(seal.key, sealedText(entry), seal.signature);
        // Anybody may write that the trail begins elsewhere; only the gateway signs it.
        if (signs && entry.beginning)
            beginnings_.insert({entry.beginning->sequence, entry.beginning->prev});
        if (!signs)
            find(
                Kind::Rewritten, entry.sequence,
                fmt::format("seal {} does not sign what stands before it: entries {} to {} were rewritten, or the seal "
                            "was",
                            seal.number, sealedUpTo_ + 1, entry.sequence - 1));
        else if (lastSeal_ && seal.number != *lastSeal_ + 1)
            find(
                Kind::Rewritten, entry.sequence,
                fmt::format("seal {} follows seal {}: what stood between them was rewritten", seal.number, *lastSeal_));
        lastSeal_ = seal.number;
        sealedUpTo_ = entry.sequence;
    }

    // The first entry of all, or the one that a seal says is the first since the older ones had their time.
    void checkBeginning()
    {
        if (!firstEntry_ || (firstEntry_->sequence == 1 && firstEntry_->prev == noHash))
            return;
        if (!beginnings_.contains({firstEntry_->sequence, firstEntry_->prev})) {
            line_ = 1;
            find(Kind::Cut, firstEntry_->sequence - 1,
                 fmt::format("the trail begins with entry {}, and no seal says that those before it were removed "
                             "after their time: cut off",
                             firstEntry_->sequence));
        }
    }

    struct Before {
        std::string hash;
        std::uint64_t line;
    };
    TrailJudgement& judgement_;
    AuditPublicKeys const& keys_;
    std::optional<TrailHead> head_;
    std::string file_;
    std::uint64_t line_ = 0;
    std::string_view current_; // what stands there
    std::optional<std::uint64_t> expected_;
    std::optional<Before> before_;
    std::optional<std::uint64_t> lastSeal_;
    std::uint64_t sealedUpTo_ = 0;
    std::map<std::uint64_t, Gap> gaps_; // by their first entry
    std::set<std::pair<std::uint64_t, std::string>> beginnings_;
    std::optional<AuditEntry> firstEntry_;
    TimePoint lastTime_{};
};

// What there is at this moment, while nobody appends.
struct Snapshot {
    std::vector<TrailSegment> segments;
    std::optional<TrailHead> head;
    std::optional<Error> headFault;
};

Result<Snapshot> takeSnapshot(TrailToVerify const& trail, AuditPublicKeys const& keys)
{
    Snapshot result;
    // A copy may be on a disk that can't be written; nobody appends there.
    std::optional<TrailLock> turn;
    if (auto taken = TrailLock::take(trail.folder, TrailLock::Kind::Shared, patience); taken)
        turn.emplace(*std::move(taken));
    QIANLI_ASSIGN(result.segments, segmentsIn(trail.folder));
    if (trail.head.empty())
        return result;
    auto head = readHead(trail.head);
    if (!head)
        result.headFault = head.error();
    else if (!keys.verifies(head->seal.key, headText(*head), head->seal.signature))
        result.headFault = Error{ErrorCode::Corrupt, trail.head.string() + ": its signature is none of the gateway's"};
    else
        result.head = *std::move(head);
    return result;
}

} // namespace

std::string_view code(TrailFault::Kind kind)
{
    switch (kind) {
    case Kind::Altered:
        return "altered";
    case Kind::Removed:
        return "removed";
    case Kind::Reordered:
        return "reordered";
    case Kind::Rewritten:
        return "rewritten";
    case Kind::Cut:
        return "cut";
    case Kind::Unreadable:
        return "unreadable";
    }
    return "unreadable";
}

Result<TrailJudgement> verifyTrail(TrailToVerify const& trail,
                                   std::function<bool(std::uint64_t, std::uint64_t)> const& goesOn)
{
    QIANLI_ASSIGN(auto const keys, AuditPublicKeys::read(trail.publicKey));
    QIANLI_ASSIGN(auto const snapshot, takeSnapshot(trail, keys));
    TrailJudgement judgement;
    judgement.endKnown = !trail.head.empty();
    Verifier verifier(judgement, keys, snapshot.head);
    std::uint64_t total = 0, done = 0;
    bool isCancelled = false;
    for (auto const& segment : snapshot.segments)
        total += segment.bytes;
    for (auto const& segment : snapshot.segments) {
        verifier.begin(segment);
        std::uint64_t whole = 0;
        auto const read = forEachLine(segment.file, segment.bytes, [&](std::string_view line, std::uint64_t number) {
            verifier.read(line, number);
            whole += line.size() + 1;
            isCancelled = goesOn && !goesOn(done + whole, total);
            return !isCancelled;
        });
        if (isCancelled)
            return fail(ErrorCode::Cancelled, "the check of the trail was ended");
        if (!read)
            verifier.find(Kind::Unreadable, judgement.last + 1, read.error().message);
        else if (whole < segment.bytes && &segment != &snapshot.segments.back())
            verifier.find(Kind::Altered, judgement.last + 1, "the file does not end with a whole entry");
        else
            judgement.torn = segment.bytes - whole;
        done += segment.bytes;
    }
    verifier.end();
    if (snapshot.headFault && (judgement.seals > 0 || snapshot.headFault->code != ErrorCode::NotFound))
        verifier.find(
            Kind::Cut, judgement.last,
            fmt::format("whether the newest part was cut off can't be told: {}", snapshot.headFault->message));
    if (judgement.seals == 0)
        verifier.checkAge();
    return judgement;
}

} // namespace qianli::gateway
