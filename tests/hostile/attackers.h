// Attackers: everything that `security.md` R15 names, at once and for as long as the object lives, against the DICOM
// and the HTTP port of a gateway.
#pragma once

#include "tests/association/gateway_fixture.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace qianli::test {

// A peer that accepts connections into its backlog and never says a word.
class SilentListener {
public:
    explicit SilentListener(std::uint16_t port);
    ~SilentListener();
    SilentListener(SilentListener const&) = delete;
    SilentListener& operator=(SilentListener const&) = delete;

private:
    int socket_;
};

class Attackers {
public:
    // As the site that calls itself `callingAe`, which has stored `large` and may move it to `destination`, and as
    // strangers.
    Attackers(std::uint16_t dicomPort, std::uint16_t httpPort, std::string callingAe, SampleObject large,
              std::string destination);
    ~Attackers(); // all connections are closed

private:
    void run(std::function<void()> attack); // again and again, on a thread
    void rest(std::chrono::milliseconds time) const;
    void keepSilent() const;
    void trickle() const;
    void neverRead() const;
    void flood() const;
    void die() const;
    void moveNowhere() const;
    void bomb() const;
    std::unique_ptr<RawConnection> call() const;

    std::uint16_t const dicom_, http_;
    std::string const callingAe_, destination_;
    SampleObject const large_;
    std::atomic<bool> over_ = false;
    std::vector<std::thread> threads_;
};

} // namespace qianli::test
