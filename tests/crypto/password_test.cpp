#include "common/crypto/password.h"

#include <catch2/catch.hpp>

using namespace qianli;

TEST_CASE("a password matches its hash and nothing else does", "[crypto][password]")
{
    auto const hash = crypto::hashPassword("正确的马电池订书8");
    REQUIRE(hash);
    CHECK(hash->starts_with("scrypt$15$8$1$"));
    CHECK(crypto::passwordMatches("正确的马电池订书8", *hash));
    CHECK_FALSE(crypto::passwordMatches("正确的马电池订书9", *hash));
    CHECK_FALSE(crypto::passwordMatches("", *hash));
    CHECK_FALSE(crypto::passwordMatches(std::string(2000, 'x'), *hash));
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
    CHECK(crypto::passwordMatches(
        "pleaseletmein",
        "scrypt$14$8$1$536f6469756d43686c6f72696465$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"));
}

TEST_CASE("a malformed hash matches nothing and costs nothing", "[crypto][password]")
{
    for (char const* hash :
         {"", "scrypt", "scrypt$15$8$1$00", "bcrypt$15$8$1$00$00", "scrypt$63$8$1$00$00", "scrypt$15$8$1$zz$00",
          "scrypt$15$9999999$1$00$00", "scrypt$-1$8$1$00$00", "scrypt$15$8$1$0$0", "scrypt$15$8$1$$"})
        CHECK_FALSE(crypto::passwordMatches("12345678", hash));
}

TEST_CASE("tokens and digests", "[crypto]")
{
    CHECK(crypto::newToken().size() == 64);
    CHECK(crypto::newToken() != crypto::newToken());
    CHECK(crypto::sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
