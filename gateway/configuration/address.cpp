#include "gateway/configuration/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace qianli::gateway {
namespace {

// 4 or 16 for an IP address, 0 otherwise.
int addressBytes(std::string_view text)
{
    std::array<std::uint8_t, 16> bytes{};
    std::string const address(text);
    if (address.find('\0') != std::string::npos) // what follows would not be looked at
        return 0;
    if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
        return 4;
    return ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 ? 16 : 0;
}

} // namespace

bool isAeTitle(std::string_view text)
{
    if (text.empty() || text.size() > 16 || text.front() == ' ' || text.back() == ' ')
        return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E && c != '\\'; });
}

bool isIpAddress(std::string_view text)
{
    return addressBytes(text) != 0;
}

bool isIpAddressOrNetwork(std::string_view text)
{
    auto const slash = text.find('/');
    if (slash == std::string_view::npos)
        return isIpAddress(text);
    int const bytes = addressBytes(text.substr(0, slash));
    auto const digits = text.substr(slash + 1);
    int bits = -1;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    return bytes != 0 && error == std::errc() && end == digits.data() + digits.size() && bits >= 0 && bits <= bytes * 8;
}

std::string holderOf(std::string_view address)
{
    std::string const text(address);
    in6_addr six{};
    if (!isIpAddress(address) || ::inet_pton(AF_INET6, text.c_str(), &six) != 1)
        return text;
    std::array<char, INET6_ADDRSTRLEN> written{};
    if (IN6_IS_ADDR_V4MAPPED(&six)) {
        ::inet_ntop(AF_INET, &six.s6_addr[12], written.data(), written.size());
        return written.data();
    }
    std::memset(&six.s6_addr[8], 0, 8);
    ::inet_ntop(AF_INET6, &six, written.data(), written.size());
    return std::string(written.data()) + "/64";
}

bool isLoopback(std::string_view address)
{
    if (!isIpAddress(address))
        return false;
    std::string const text(address);
    in_addr four{};
    if (::inet_pton(AF_INET, text.c_str(), &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    in6_addr six{};
    return ::inet_pton(AF_INET6, text.c_str(), &six) == 1 && std::memcmp(&six, &in6addr_loopback, sizeof six) == 0;
}

} // namespace qianli::gateway
