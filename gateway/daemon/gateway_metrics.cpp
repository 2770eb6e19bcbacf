#include "gateway/daemon/gateway_metrics.h"

#include "common/base/log.h"
#include "common/crypto/certificate_expiry.h"
#include "gateway/daemon/metrics.h"
#include "gateway/ingest/disk_trouble.h"
#include "gateway/upkeep/certificate_watch.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

using Type = MetricsPage::Type;

double seconds(TimePoint time)
{
    return static_cast<double>(time.time_since_epoch().count()) / 1000;
}

void addReceived(MetricsPage& page, MetricsSource const& source)
{
    if (auto const read = source.history.catchUp(source.store, source.now); !read)
        log::error("metrics: {}", read.error().message);
    auto const received = source.history.received();
    page.family("qianli_received_objects_total", Type::Counter,
                "Objects received and stored since the start, by site.");
    for (auto const& [site, counts] : received)
        page.sample(static_cast<double>(counts.objects), {{"site", site.value}});
    page.family("qianli_received_bytes_total", Type::Counter, "Bytes of data sets stored since the start, by site.");
    for (auto const& [site, counts] : received)
        page.sample(static_cast<double>(counts.bytes), {{"site", site.value}});
    page.family("qianli_site_last_seen_seconds", Type::Gauge,
                "When a site's newest object came, seconds since 1970; only of the last weeks.");
    for (auto const& [site, counts] : received)
        if (counts.lastSeen)
            page.sample(seconds(*counts.lastSeen), {{"site", site.value}});
}

void addDicom(MetricsPage& page, DicomStatistics const& dicom)
{
    auto const number = [](std::uint64_t value) { return static_cast<double>(value); };
    page.one("qianli_connections_open", Type::Gauge, "DICOM connections that are open, idle ones included.",
             number(dicom.open));
    page.one("qianli_operations_active", Type::Gauge, "DICOM operations under way.", number(dicom.active));
    page.family("qianli_associations_total", Type::Counter, "Associations since the start, by what became of them.");
    page.sample(number(dicom.accepted), {{"outcome", "accepted"}});
    page.sample(number(dicom.rejected), {{"outcome", "rejected"}});
    page.sample(number(dicom.aborted), {{"outcome", "aborted"}});
    page.family("qianli_store_requests_total", Type::Counter, "C-STORE requests since the start, by the answer.");
    page.sample(number(dicom.stored), {{"outcome", "stored"}});
    page.sample(number(dicom.storeRefused), {{"outcome", "refused"}});
    page.one("qianli_find_requests_total", Type::Counter, "C-FIND requests since the start.", number(dicom.found));
    page.one("qianli_sent_objects_total", Type::Counter, "Objects handed out by C-GET and C-MOVE since the start.",
             number(dicom.sent));
    page.histograms("qianli_operation_seconds",
                    "From the whole request to the answer; of a store from the object's last byte.");
    page.histogram(dicom.storeTook, {{"operation", "store"}});
    page.histogram(dicom.findTook, {{"operation", "find"}});
    page.histogram(dicom.retrieveTook, {{"operation", "retrieve"}});
}

void addByState(MetricsPage& page, Workflow const& workflow, std::string_view table, std::string_view name,
                std::string_view help)
{
    page.family(name, Type::Gauge, help);
    // The database is not const, reading from it is.
    auto& database = const_cast<Workflow&>(workflow).database();
    auto const counted = database.read([&](sqlite::Database& reader) -> Result<void> {
        QIANLI_ASSIGN(auto select, reader.prepare(fmt::format("SELECT state, count(*) FROM {} GROUP BY state", table)));
        for (;;) {
            QIANLI_ASSIGN(bool const more, select.step());
            if (!more)
                return {};
            page.sample(static_cast<double>(select.integer(1)), {{"state", select.text(0)}});
        }
    });
    if (!counted)
        log::error("metrics: {}", counted.error().message);
}

void addDisk(MetricsPage& page, BlobStore const& store)
{
    auto const usage = store.usage();
    if (!usage)
        return;
    page.one("qianli_disk_free_bytes", Type::Gauge, "Free on the archive's disk.",
             static_cast<double>(usage->freeBytes));
    page.one("qianli_disk_size_bytes", Type::Gauge, "Size of the archive's disk.",
             static_cast<double>(usage->totalBytes));
    page.one("qianli_archive_objects", Type::Gauge, "Objects in the archive.", static_cast<double>(usage->objects));
    page.one("qianli_archive_bytes", Type::Gauge, "Bytes of data sets in the archive.",
             static_cast<double>(usage->bytes));
}

void addCertificates(MetricsPage& page, Configuration const& configuration, TimePoint now)
{
    page.family("qianli_certificate_days_left", Type::Gauge,
                "Days until the first certificate or revocation list of a file runs out; negative: it has.");
    std::map<std::string, double> days;
    for (auto const& file : certificateFiles(configuration)) {
        auto const dates = crypto::certificateDates(file);
        if (!dates)
            continue;
        for (auto const& date : *dates) {
            double const left = (seconds(date.notAfter) - seconds(now)) / 86400;
            auto const [place, fresh] = days.try_emplace(file.string(), left);
            if (!fresh)
                place->second = std::min(place->second, left);
        }
    }
    for (auto const& [file, left] : days)
        page.sample(left, {{"file", file}});
}

} // namespace

std::string gatewayMetrics(MetricsSource const& source)
{
    MetricsPage page;
    page.family("qianli_build_info", Type::Gauge, "Always 1; the label says how it was built.");
    page.sample(1, {{"compiler", __VERSION__}});
    page.one("qianli_start_time_seconds", Type::Gauge, "When the gateway started, seconds since 1970.",
             seconds(source.startedAt));
    page.family("qianli_alarm", Type::Gauge,
                "1 for each alarm that stands; a warning that has come true is another one.");
    for (auto const& alarm : source.alarms.standing())
        page.sample(1,
                    {{"code", alarm.code}, {"subject", alarm.subject}, {"level", std::string(toString(alarm.level))}});
    addReceived(page, source);
    addDicom(page, source.dicom);
    addByState(page, source.workflow, "tasks", "qianli_reading_tasks", "Reading tasks by state.");
    addByState(page, source.workflow, "deliveries", "qianli_deliveries", "Deliveries of reports by state.");
    page.one("qianli_quarantine_objects", Type::Gauge, "Objects of unknown callers that wait for a decision.",
             static_cast<double>(source.quarantinedObjects));
    page.one("qianli_disk_flushes_total", Type::Counter, "Flushes of the disk since the start.",
             static_cast<double>(source.flushes));
    addDisk(page, source.store);
    addCertificates(page, source.configuration, source.now);
    return page.text();
}

std::optional<std::string> storingTrouble(BlobStore const& store, std::uint64_t diskReserveBytes,
                                          Observers const& observers, bool indexIsMadeAgain)
{
    auto const usage = store.usage();
    if (!usage)
        return "archive";
    if (usage->freeBytes < diskReserveBytes)
        return "disk full";
    if (usage->readOnly || isWritingRefused(observers))
        return "disk";
    if (observers.mustStop())
        return "audit";
    auto const standing = observers.alarms->standing();
    // While the index is made again objects are taken all the same.
    if (std::ranges::any_of(standing, [&](Alarm const& alarm) {
            return alarm.code == "database" && !(indexIsMadeAgain && alarm.subject == "index.db");
        }))
        return "database";
    return std::nullopt;
}

} // namespace qianli::gateway
