// TestAuthority: a small certificate authority for tests: certificates of every kind, as PEM files in a folder.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace qianli::test {

struct CertificateWish {
    std::string subject = {};                 // common name; "" takes the file's name
    std::string altName = "IP:127.0.0.1";     // subjectAltName, as OpenSSL writes it; "" for none
    std::chrono::hours begins{-1}, ends{240}; // from now
    bool selfSigned = false;
    bool rsa = false; // 2048 bits instead of P-256
};

class TestAuthority {
public:
    // Makes FOLDER/NAME.crt with a new P-256 key, and FOLDER/NAME.crl, an empty list that is good for ten days.
    TestAuthority(std::filesystem::path folder, std::string const& name);
    ~TestAuthority();

    // FOLDER/NAME.crt and NAME.key (0600); the path without its ending.
    std::filesystem::path issue(std::string const& name, CertificateWish const& wish = {});
    // Puts the certificate on the list and writes it anew; `ends`: when the list runs out.
    void revoke(std::string const& name, std::chrono::hours ends = std::chrono::hours(240));
    void writeList(std::chrono::hours ends);

    std::filesystem::path certificate() const;
    std::filesystem::path list() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace qianli::test
