#include "common/crypto/password.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/resource.h>

using namespace qianli;

namespace {

bool matches(std::string_view password, std::string_view hash)
{
    auto const matched = crypto::passwordMatches(password, hash);
    INFO((matched ? "" : matched.error().message));
    REQUIRE(matched);
    return *matched;
}

} // namespace

TEST_CASE("a password matches its hash and nothing else does", "[crypto][password]")
{
    auto const hash = crypto::hashPassword("正确的马电池订书8");
    INFO((hash ? "" : hash.error().message));
    REQUIRE(hash);
    CHECK(hash->starts_with("scrypt$15$8$1$"));
    CHECK(matches("正确的马电池订书8", *hash));
    CHECK_FALSE(matches("正确的马电池订书9", *hash));
    CHECK_FALSE(matches("", *hash));
    CHECK_FALSE(matches(std::string(2000, 'x'), *hash));
    auto const again = crypto::hashPassword("正确的马电池订书8");
    REQUIRE(again);
    CHECK(*again != *hash); // a new salt each time
}

TEST_CASE("a short password is refused, counted in characters", "[crypto][password]")
{
    CHECK_FALSE(crypto::hashPassword(""));
    CHECK_FALSE(crypto::hashPassword("1234567"));
    CHECK_FALSE(crypto::hashPassword("中文密码"));
    CHECK(crypto::hashPassword("12345678"));
}

TEST_CASE("the known answer of scrypt", "[crypto][password]")
{
    // RFC 7914, section 12, third vector (N = 2^14), its first 32 bytes.
    CHECK(matches(
        "pleaseletmein",
        "scrypt$14$8$1$536f6469756d43686c6f72696465$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"));
}

TEST_CASE("a malformed hash matches nothing and costs nothing", "[crypto][password]")
{
    for (char const* hash :
         {"", "scrypt", "scrypt$15$8$1$00", "bcrypt$15$8$1$00$00", "scrypt$63$8$1$00$00", "scrypt$15$8$1$zz$00",
          "scrypt$15$9999999$1$00$00", "scrypt$-1$8$1$00$00", "scrypt$15$8$1$0$0", "scrypt$15$8$1$$"})
        CHECK_FALSE(matches("12345678", hash));
}

#ifndef __SANITIZE_ADDRESS__ // its shadow memory is beyond any limit of the address space
TEST_CASE("a machine without memory doesn't say that a password is wrong", "[crypto][password]")
{
    auto const hash = crypto::hashPassword("12345678");
    REQUIRE(hash);
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit const scarce{pages * 4096 + (8u << 20), before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_AS, &scarce) == 0);
    // What earlier tests gave back to malloc() would do as well.
    std::array<void*, 64> taken{};
    for (auto& block : taken)
        block = std::malloc(16 << 20);
    auto const hashed = crypto::hashPassword("12345678");
    auto const matched = crypto::passwordMatches("12345678", *hash);
    for (auto* block : taken)
        std::free(block);
    REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
    REQUIRE_FALSE(hashed);
    CHECK(hashed.error().code == ErrorCode::Unavailable);
    CHECK(hashed.error().message.find("malloc") != std::string::npos);
    REQUIRE_FALSE(matched);
    CHECK(matched.error().code == ErrorCode::Unavailable);
    CHECK(matches("12345678", *hash));
}
#endif

TEST_CASE("tokens and digests", "[crypto]")
{
    CHECK(crypto::newToken().size() == 64);
    CHECK(crypto::newToken() != crypto::newToken());
    CHECK(crypto::sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
