#include "gateway/ingest/healing_index.h"

#include "common/base/log.h"
#include "gateway/index/index_file.h"

#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr char advice[] =
    "nothing to do: it is made again from the archive by itself, `status` shows how far it is; if "
    "it comes again, look at the disk";

Error notNow(StudyIndex::Rebuild const& rebuild)
{
    return {ErrorCode::Unavailable, fmt::format("the index is being made again from the archive: {} of {} objects",
                                                rebuild.done, rebuild.total)};
}

} // namespace

HealingIndex::HealingIndex(BlobStore const& store, HealingSettings settings, Clock const& clock)
    : store_(store), settings_(std::move(settings)), clock_(clock), leftOut_(settings_.observers)
{
}

Result<std::unique_ptr<HealingIndex>> HealingIndex::open(BlobStore const& store, HealingSettings settings,
                                                         Clock const& clock)
{
    std::unique_ptr<HealingIndex> index(new HealingIndex(store, std::move(settings), clock));
    auto const& file = index->settings_.file;
    bool const isMissing = ::access(file.c_str(), F_OK) != 0 && store.lastSequence() > 0;
    auto const damage = damageOfIndexFile(file);
    if (isMissing) {
        index->startRebuild(
            fmt::format("{} is missing, and the archive has {} objects", file.string(), store.lastSequence()));
    } else if (damage) {
        index->damaged_ = true;
        index->startRebuild(damage->message);
    } else if (auto opened = StudyIndex::open(file); opened) {
        index->current_ = *std::move(opened);
    } else if (opened.error().code == ErrorCode::Corrupt) {
        index->damaged_ = true;
        index->startRebuild(opened.error().message);
    } else {
        return tl::unexpected(std::move(opened).error());
    }
    auto& self = *index;
    self.thread_ = std::jthread([&self](std::stop_token const& stop) { self.work(stop); });
    std::unique_lock lock(self.mutex_);
    self.wake_.wait_for(lock, self.settings_.patience, [&] { return self.current_ != nullptr; });
    return index;
}

HealingIndex::~HealingIndex()
{
    thread_.request_stop();
    wake_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

std::shared_ptr<StudyIndex> HealingIndex::current() const
{
    std::lock_guard const lock(mutex_);
    return current_;
}

std::optional<StudyIndex::Rebuild> HealingIndex::rebuilding() const
{
    std::lock_guard const lock(mutex_);
    return current_ ? std::nullopt : std::optional(Rebuild{done_, total_});
}

// Under the mutex, or before anybody else is there.
void HealingIndex::startRebuild(std::string const& why) const
{
    current_.reset();
    done_ = 0;
    total_ = store_.lastSequence();
    log::error("{}; the index is made again from the archive", why);
    settings_.observers.raise("database", settings_.file.filename().string(), why, advice);
    wake_.notify_all();
}

bool HealingIndex::isDamage(std::shared_ptr<StudyIndex> const& index, Error const& error) const
{
    // NotFound: a connection could not be opened any more. No question is answered with it otherwise.
    if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::NotFound)
        return false;
    std::lock_guard const lock(mutex_);
    if (current_ == index) { // or somebody else has seen it
        damaged_ = true;
        startRebuild(error.message);
    }
    return true;
}

template <typename Question>
auto HealingIndex::ask(Question&& question) const -> std::invoke_result_t<Question, StudyIndex&>
{
    auto const index = current();
    if (!index)
        return tl::unexpected(notNow({done_, total_}));
    auto answer = question(*index);
    if (!answer && isDamage(index, answer.error()))
        return tl::unexpected(notNow({0, store_.lastSequence()}));
    return answer;
}

Result<void> HealingIndex::apply(std::span<IndexedObject const> group)
{
    std::lock_guard const lock(applying_);
    auto const index = current();
    if (!index)
        return {};
    auto applied = index->apply(group);
    auto const& subject = settings_.file.filename().string();
    if (applied) {
        if (refused_.exchange(false))
            settings_.observers.clear("database", subject);
        return applied;
    }
    if (isDamage(index, applied.error()))
        return {};
    refused_ = true;
    settings_.observers.raise("database", subject, applied.error().message,
                              "another program may hold the file, or the disk is full or read-only; devices are "
                              "answered A700H until it is over");
    return applied;
}

std::uint64_t HealingIndex::appliedSequence() const
{
    auto const index = current();
    return index ? index->appliedSequence() : 0;
}

Result<void> HealingIndex::check(Check how, std::stop_token const& stop) const
{
    return ask([&](StudyIndex& index) { return index.check(how, stop); });
}

namespace {

// What others answer with in the middle of a change of the index: what is wrong with that is no damage of the index.
class Theirs {
public:
    template <typename T>
    Result<T> keep(Result<T> answer)
    {
        if (!answer)
            error_ = answer.error();
        return answer;
    }
    template <typename T>
    Result<T> hide(Result<T> answer) const
    {
        if (answer || !error_)
            return answer;
        return fail(ErrorCode::Cancelled, error_->message);
    }
    template <typename T>
    Result<T> show(Result<T> answer) const
    {
        if (answer || !error_)
            return answer;
        return tl::unexpected(*error_);
    }

private:
    std::optional<Error> error_;
};

} // namespace

Result<std::vector<StudyKey>> HealingIndex::reread(StudyKey const& study, ReadHeaders const& headers, Reread how)
{
    Theirs theirs;
    auto const read = [&](std::span<Receipt const> receipts) { return theirs.keep(headers(receipts)); };
    return theirs.show(ask([&](StudyIndex& index) { return theirs.hide(index.reread(study, read, how)); }));
}

Result<std::vector<StudyKey>> HealingIndex::remove(RemovalOrder const& order, ReadHeaders const& headers,
                                                   std::function<Result<std::uint64_t>()> const& commit)
{
    Theirs theirs;
    auto const read = [&](std::span<Receipt const> receipts) { return theirs.keep(headers(receipts)); };
    auto const decide = [&] { return theirs.keep(commit()); };
    return theirs.show(ask([&](StudyIndex& index) { return theirs.hide(index.remove(order, read, decide)); }));
}

Result<std::vector<Receipt>> HealingIndex::receiptsOf(StudyKey const& study, int part) const
{
    return ask([&](StudyIndex& index) { return index.receiptsOf(study, part); });
}

Result<std::uint64_t> HealingIndex::appliedRemovals() const
{
    return ask([](StudyIndex& index) { return index.appliedRemovals(); });
}

Result<void> HealingIndex::noteRemovals(std::uint64_t number)
{
    return ask([&](StudyIndex& index) { return index.noteRemovals(number); });
}

Result<void> HealingIndex::checkpoint()
{
    return ask([](StudyIndex& index) { return index.checkpoint(); });
}

Result<std::vector<Receipt>> HealingIndex::findBySopInstance(model::SiteId const& site,
                                                             dicom::Uid const& sopInstance) const
{
    return ask([&](StudyIndex& index) { return index.findBySopInstance(site, sopInstance); });
}

Result<std::vector<model::SiteId>> HealingIndex::sitesOfStudy(dicom::Uid const& study) const
{
    return ask([&](StudyIndex& index) { return index.sitesOfStudy(study); });
}

Result<void> HealingIndex::find(Scope const& scope, Query const& query, std::function<bool(Answer const&)> visit) const
{
    return ask([&](StudyIndex& index) { return index.find(scope, query, visit); });
}

Result<std::vector<InstanceRecord>> HealingIndex::instances(Scope const& scope, Query const& query) const
{
    return ask([&](StudyIndex& index) { return index.instances(scope, query); });
}

Result<std::optional<StudyRecord>> HealingIndex::study(model::SiteId const& site, dicom::Uid const& study,
                                                       int part) const
{
    return ask([&](StudyIndex& index) { return index.study(site, study, part); });
}

Result<std::vector<StudyRecord>> HealingIndex::studiesOf(dicom::Uid const& study) const
{
    return ask([&](StudyIndex& index) { return index.studiesOf(study); });
}

Result<std::vector<StudyRecord>> HealingIndex::sharedStudies() const
{
    return ask([](StudyIndex& index) { return index.sharedStudies(); });
}

Result<std::vector<PatientRecord>> HealingIndex::patients(PatientQuery const& query) const
{
    return ask([&](StudyIndex& index) { return index.patients(query); });
}

Result<std::vector<PatientRecord>> HealingIndex::variantsOf(model::PatientKey const& key) const
{
    return ask([&](StudyIndex& index) { return index.variantsOf(key); });
}

Result<std::vector<PatientRecord>> HealingIndex::suspects(Suspicion why) const
{
    return ask([&](StudyIndex& index) { return index.suspects(why); });
}

Result<std::vector<StudyRecord>> HealingIndex::studiesOfPatient(model::PatientKey const& key) const
{
    return ask([&](StudyIndex& index) { return index.studiesOfPatient(key); });
}

Result<std::vector<ExpectedImages>> HealingIndex::expectedImages(model::SiteId const& site, dicom::Uid const& study,
                                                                 int part) const
{
    return ask([&](StudyIndex& index) { return index.expectedImages(site, study, part); });
}

Result<std::vector<DeviceRecord>> HealingIndex::devices(model::SiteId const& site) const
{
    return ask([&](StudyIndex& index) { return index.devices(site); });
}

Result<std::vector<StudyRecord>> HealingIndex::studiesChangedSince(std::uint64_t after, std::size_t limit) const
{
    return ask([&](StudyIndex& index) { return index.studiesChangedSince(after, limit); });
}

Result<void> HealingIndex::release(model::SiteId const& site, std::span<dicom::Uid const> sopInstances)
{
    return ask([&](StudyIndex& index) { return index.release(site, sopInstances); });
}

} // namespace qianli::gateway
