// SyslogForwarder: passes the trail on to a collector, over TLS (RFC 5425), entry by entry and in order.
//
// Promise: nothing is lost while the collector is away: the trail's own files are the buffer, and a durable mark says
// how far the collector has it. Syslog knows no receipts: what was sent within the last seconds before a connection
// broke is sent again (each entry has its number), so an entry comes twice rather than not at all.
#pragma once

#include "common/crypto/tls_session.h"
#include "gateway/alarm/alarm_board.h"
#include "gateway/audit/syslog_message.h"
#include "gateway/audit/trail_reader.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace qianli::gateway {

struct SyslogSettings {
    std::filesystem::path folder; // data/audit
    std::filesystem::path keys;   // data/keys, where the mark is: who writes the trail's folder must not move it
    std::string host;
    std::uint16_t port = 6514;
    crypto::TlsFiles tls; // read again for each connection
    AuditSource source;
    AlarmBoard* alarms = nullptr;
    Duration retry = std::chrono::seconds(1), longestRetry = std::chrono::minutes(1);
    Duration settle = std::chrono::seconds(10);   // what the network has taken counts as received after this
    Duration awayFor = std::chrono::minutes(5);   // then an alarm says so
    Duration patience = std::chrono::seconds(10); // for a connection, a handshake, a write that doesn't go on
};

class SyslogForwarder {
public:
    explicit SyslogForwarder(SyslogSettings settings);
    ~SyslogForwarder(); // stops
    void stop();
    // The last entry that the collector has for sure.
    std::uint64_t collected() const { return collected_; }

private:
    void run();
    void turn(Duration& delay);
    Result<void> connect();
    Result<void> checkMark();
    // Sends what is there; an error ends the connection.
    Result<void> goOn();
    Result<void> write(std::string const& bytes);
    Result<void> lookAtPeer();
    void noteTaken();
    void save();
    void disconnect();
    void noteAway(Error const& error);
    bool waits(Duration time);
    Result<void> waitFor(short events);

    SyslogSettings settings_;
    std::atomic<std::uint64_t> collected_{0};
    std::string collectedHash_; // of that entry
    TrailReader reader_;
    FileDescriptor socket_;
    std::unique_ptr<crypto::TlsSession> session_;
    TrailPoint sent_;  // on this connection
    TrailPoint taken_; // by the network
    std::chrono::steady_clock::time_point takenAt_{};
    std::optional<std::chrono::steady_clock::time_point> awaySince_;

    std::mutex mutex_; // guards stopping_
    std::condition_variable stops_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace qianli::gateway
