// CertificateWatch: the certificates that we show, the authorities that we believe and their revocation lists must not
// run out unnoticed: raises the alarm `certificate` for each file that does within [alarms] certificate days, and
// clears it when the file is renewed.
#pragma once

#include "gateway/audit/observers.h"
#include "gateway/configuration/configuration.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace qianli::gateway {

// Of DICOM, HTTPS and the audit collector; each once, without keys.
std::vector<std::filesystem::path> certificateFiles(Configuration const& configuration);

class CertificateWatch {
public:
    // `clock` outlives the watch.
    CertificateWatch(Configuration const& configuration, Clock const& clock, Observers observers);
    ~CertificateWatch(); // stops

    // Looks at once, and every hour from then on, in a thread of its own.
    void start();
    void stop();
    // One look, in the caller's thread.
    void look();
    // SIGHUP: looks at these files now.
    void replace(Configuration const& configuration);

private:
    struct Trouble {
        std::string text;
        Alarm::Level level;
    };
    std::optional<Trouble> troubleOf(std::filesystem::path const& file) const;

    Clock const& clock_;
    Observers const observers_;
    std::mutex mutex_; // guards the rest
    std::vector<std::filesystem::path> files_;
    Duration within_;
    std::set<std::string> raised_; // subjects
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace qianli::gateway
