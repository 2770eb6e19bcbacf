#include "gateway/workflow/repeats.h"

#include "common/base/enduring.h"
#include "common/base/log.h"

namespace qianli::gateway {
namespace {

constexpr auto pause = std::chrono::seconds(1);
// As many as the index has devices of a site, and as it names the rest.
constexpr std::int64_t ofOneSite = 1000;
constexpr char others[] = "others";

Result<bool> isFull(sqlite::Database& database, model::SiteId const& site)
{
    QIANLI_ASSIGN(auto count, database.prepare("SELECT COUNT(*) FROM device_repeats WHERE site = ?"));
    QIANLI_TRY(count.bind({site.value}));
    QIANLI_TRY(count.step());
    return count.integer(0) >= ofOneSite;
}

} // namespace

Result<std::vector<RepeatCount>> repeatsOf(WorkflowDatabase const& database, model::SiteId const& site)
{
    return database.read([&](sqlite::Database& reader) -> Result<std::vector<RepeatCount>> {
        QIANLI_ASSIGN(auto select, reader.prepare("SELECT calling_ae, address, objects, first_at, last_at FROM "
                                                  "device_repeats WHERE site = ? ORDER BY calling_ae, address"));
        QIANLI_TRY(select.bind({site.value}));
        std::vector<RepeatCount> counts;
        for (;;) {
            QIANLI_ASSIGN(bool const more, select.step());
            if (!more)
                return counts;
            counts.push_back({select.text(0), select.text(1), static_cast<std::uint64_t>(select.integer(2)),
                              fromStored(select.integer(3)), fromStored(select.integer(4))});
        }
    });
}

RepeatCounter::RepeatCounter(WorkflowDatabase& database) : database_(database), thread_([this] { run(); }) {}

RepeatCounter::~RepeatCounter()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void RepeatCounter::onRepeated(RepeatEvent const& event)
{
    std::lock_guard const lock(mutex_);
    auto const [place, isNew] = waiting_.try_emplace({event.site, event.callingAe, event.address}, event);
    if (!isNew) {
        place->second.objects += event.objects;
        place->second.lastAt = event.lastAt;
    }
    wake_.notify_one();
}

// Waits a moment after the first one: a modality repeats a whole day at a time.
void RepeatCounter::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        wake_.wait_for(lock, pause, [this] { return stopping_; });
        auto counted = std::exchange(waiting_, {});
        bool const isLast = stopping_;
        lock.unlock();
        endure([&] {
            if (auto const written = write(counted); !written)
                log::warning("repeated objects are not counted: {}", written.error().message);
        });
        lock.lock();
        if (isLast && waiting_.empty())
            return;
    }
}

Result<void> RepeatCounter::write(std::map<Key, RepeatEvent> const& counted)
{
    if (counted.empty())
        return {};
    auto const written = database_.write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto known, database.prepare("SELECT 1 FROM device_repeats WHERE site = ? AND calling_ae = ? "
                                                   "AND address = ?"));
        QIANLI_ASSIGN(auto count,
                      database.prepare("INSERT INTO device_repeats (site, calling_ae, address, objects, first_at, "
                                       "last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO UPDATE SET objects = "
                                       "objects + ?4, last_at = ?5"));
        for (auto const& [key, event] : counted) {
            QIANLI_TRY(known.bind({event.site.value, event.callingAe, event.address}));
            QIANLI_ASSIGN(bool const isKnown, known.step());
            QIANLI_ASSIGN(bool const full, isKnown ? Result<bool>(false) : isFull(database, event.site));
            QIANLI_TRY(count.run({event.site.value, full ? others : event.callingAe, full ? "" : event.address,
                                  event.objects, toStored(event.lastAt)}));
        }
        return {};
    });
    if (!written)
        return written;
    for (auto const& [key, event] : counted)
        log::information("site {}, {} ({}): {} objects came again that are here already", event.site.value,
                         event.callingAe, event.address, event.objects);
    return {};
}

} // namespace qianli::gateway
