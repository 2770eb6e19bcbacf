#include "gateway/upkeep/certificate_watch.h"

#include "common/base/enduring.h"
#include "common/base/log.h"
#include "common/crypto/certificate_expiry.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace qianli::gateway {

namespace {

constexpr std::chrono::hours day{24};
constexpr char advice[] = "put a new one in its place and send the gateway a SIGHUP (docs/operations.md, TLS)";

} // namespace

std::vector<std::filesystem::path> certificateFiles(Configuration const& configuration)
{
    auto const& tls = configuration.dicom.tls;
    auto const& http = configuration.http;
    auto const& collector = configuration.audit.syslogTls;
    std::vector<std::filesystem::path> files;
    for (auto const& file : {tls.certificate, tls.trust, tls.revoked, http.certificate, http.trust, http.revoked,
                             collector.certificate, collector.trust, collector.revoked})
        if (!file.empty() && std::ranges::find(files, file) == files.end())
            files.push_back(file);
    return files;
}

CertificateWatch::CertificateWatch(Configuration const& configuration, Clock const& clock, Observers observers)
    : clock_(clock), observers_(observers), files_(certificateFiles(configuration)),
      within_(configuration.alarms.certificateDays)
{
}

CertificateWatch::~CertificateWatch()
{
    stop();
}

void CertificateWatch::start()
{
    thread_ = std::thread([this] {
        for (;;) {
            endure([this] { look(); });
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, std::chrono::hours(1), [this] { return stopping_; }))
                return;
        }
    });
}

void CertificateWatch::stop()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void CertificateWatch::replace(Configuration const& configuration)
{
    {
        std::lock_guard const lock(mutex_);
        files_ = certificateFiles(configuration);
        within_ = configuration.alarms.certificateDays;
    }
    look();
}

std::optional<CertificateWatch::Trouble> CertificateWatch::troubleOf(std::filesystem::path const& file) const
{
    auto const dates = crypto::certificateDates(file);
    if (!dates)
        return Trouble{dates.error().message, Alarm::Level::Failure};
    auto const now = clock_.now();
    auto const first = std::ranges::min_element(*dates, {}, &crypto::CertificateDate::notAfter);
    if (first->notAfter - now > within_)
        return std::nullopt;
    auto const what = fmt::format("the {} of {} in {}", first->isRevocationList ? "revocation list" : "certificate",
                                  first->subject, file.string());
    if (first->notAfter <= now)
        return Trouble{
            fmt::format("{} has expired at {}: {}", what, toIso8601(first->notAfter),
                        first->isRevocationList ? "nobody whom it covers gets in" : "it is believed by nobody"),
            Alarm::Level::Failure};
    return Trouble{fmt::format("{} expires in {} days, at {}", what,
                               std::chrono::duration_cast<std::chrono::hours>(first->notAfter - now) / day,
                               toIso8601(first->notAfter)),
                   Alarm::Level::Warning};
}

void CertificateWatch::look()
{
    std::lock_guard const lock(mutex_);
    std::map<std::string, Trouble> wrong; // by file name: that is what people know
    for (auto const& file : files_)
        if (auto trouble = troubleOf(file)) {
            auto const [place, fresh] = wrong.try_emplace(file.filename().string(), *trouble);
            if (!fresh && trouble->level > place->second.level)
                place->second = *std::move(trouble);
        }
    for (auto const& subject : raised_)
        if (!wrong.contains(subject))
            observers_.clear("certificate", subject);
    raised_.clear();
    for (auto const& [subject, trouble] : wrong) {
        observers_.raise("certificate", subject, trouble.text, advice, trouble.level);
        raised_.insert(subject);
    }
}

} // namespace qianli::gateway
