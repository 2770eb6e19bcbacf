// Decoders that a file has taken over, files that change under them, and what of one patient's reaches the next.
#include "tests/decoding/process_steps.h"

#include <csignal>
#include <future>

using namespace qianli;
using namespace qianli::test;

TEST_CASE("Pixels of a file that was replaced after its header was read are nobody's", "[processes]")
{
    Sample const sample;
    DecoderPool pool(oneProcess());
    auto const local = makeLocalDecoder();
    FrameSource const meant(sample.good, {}, 4, stampNow(sample.good));
    CHECK(pool.decode(meant, 0).value().values.front() == 5);
    CHECK(local->decode(meant, 0).value().values.front() == 5);
    REQUIRE(writeFileDurably(sample.good, smallRle(6))); // another patient's
    for (PixelDecoder* const decoder : {static_cast<PixelDecoder*>(&pool), local.get()}) {
        auto const other = decoder->decode(meant, 0);
        REQUIRE_FALSE(other);
        CHECK(other.error().code == ErrorCode::Corrupt);
        CHECK(other.error().message.find("was changed after it had been opened") != std::string::npos);
        CHECK(decoder->decode(sample.good, 0).value().values.front() == 6); // whoever means what is there now
    }
}

SCENARIO("A file that is written to while it is decoded costs its picture", "[processes]")
{
    Sample const sample;
    DecoderPool pool(oneProcess());
    pid_t const process = onlyProcess(pool);
    FrameSource const meant(sample.good, {}, 4, stampNow(sample.good));
    ::kill(process, SIGSTOP);
    auto decoding = std::async(std::launch::async, [&] { return pool.decode(meant, 0); });
    std::this_thread::sleep_for(100ms);
    std::ofstream(sample.good, std::ios::binary | std::ios::in) << "changed in place";
    ::kill(process, SIGCONT);
    CHECK_FALSE(decoding.get().has_value());
}

TEST_CASE("Where no second decoder can be started, the first one's pictures are waited for", "[processes]")
{
    Sample const sample;
    auto const slow = sample.folder / "slow.dcm";
    writeSlow(slow);
    auto const program = sample.folder / "decoder";
    std::filesystem::create_symlink(besideThis("qianli-decoder"), program);
    DecoderPoolOptions options;
    options.processes = 2;
    options.program = program;
    DecoderPool pool(options);
    onlyProcess(pool);
    std::filesystem::remove(program); // from now on no other one starts
    auto busy = std::async(std::launch::async, [&] { return pool.decode(slow, 0); });
    std::this_thread::sleep_for(100ms);
    sample.checkGood(pool);
    CHECK(busy.get().has_value());
}

SCENARIO("A decoder that has seen one patient's files decodes no other's", "[processes]")
{
    Sample const sample;
    DecoderPool pool(oneProcess());
    pid_t const first = onlyProcess(pool);
    GIVEN("a decoder that nobody has asked yet")
    {
        pool.startAnew();
        THEN("it stays")
        {
            sample.checkGood(pool);
            CHECK(onlyProcess(pool) == first);
        }
    }
    GIVEN("one that was asked")
    {
        sample.checkGood(pool);
        CHECK(onlyProcess(pool) == first);
        pool.startAnew();
        THEN("another one is there at once")
        {
            sample.checkGood(pool);
            CHECK(onlyProcess(pool) != first);
            CHECK(::kill(first, 0) != 0);
        }
    }
    GIVEN("a picture that was wanted in the case before, and is asked for in this one")
    {
        FrameSource late(sample.good);
        late.era = pool.era();
        pool.startAnew();
        THEN("nobody decodes it")
        {
            auto const decoded = pool.decode(late, 0);
            REQUIRE_FALSE(decoded);
            CHECK(decoded.error().code == ErrorCode::Cancelled);
            late.era = pool.era();
            CHECK(pool.decode(late, 0).has_value());
        }
    }
    GIVEN("one that hangs over a picture")
    {
        ::kill(first, SIGSTOP);
        auto busy = std::async(std::launch::async, [&] { return pool.decode(sample.good, 0); });
        std::this_thread::sleep_for(100ms);
        pool.startAnew();
        THEN("the picture is given up, and the next case does not wait for it")
        {
            CHECK(busy.wait_for(20s) == std::future_status::ready); // a third of the patience with it
            CHECK(busy.get().error().code == ErrorCode::Cancelled);
            sample.checkGood(pool); // and it is not remembered as one that breaks decoders
            CHECK(onlyProcess(pool) != first);
        }
    }
}

TEST_CASE("A decoder that was taken over lies in vain", "[processes]")
{
    Sample const sample;
    struct Lie {
        char const* name;
        char const* sentence; // empty: what it gives is right
    };
    for (auto const& lie : {
             Lie{"another-size", "the decoder broke down over this picture"},
             Lie{"less-than-it-says", "the decoder broke down over this picture"},
             Lie{"stammers", "the decoder broke down over this picture"},
             Lie{"hears-nothing", "the decoder has ended"},
             Lie{"answers-unasked", "the decoder broke down over this picture"}, // whose answer was another picture's
             Lie{"takes-away", ""},
             Lie{"colours-the-screen", "[31mredlines"},
         }) {
        INFO(lie.name);
        auto options = oneProcess();
        options.program = sample.folder / lie.name;
        std::filesystem::create_symlink(besideThis("lying_decoder"), options.program);
        DecoderPool pool(options);
        auto const decoded = pool.decode(FrameSource(sample.good, {}, 4), 0);
        INFO((decoded ? "" : decoded.error().message));
        if (*lie.sentence == '\0') {
            REQUIRE(decoded);
            CHECK(decoded->values == std::vector<std::uint8_t>(4, 7));
            continue;
        }
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().message == std::string("good.dcm frame 1: ") + lie.sentence);
    }
}

TEST_CASE("An offset table that is longer than any is not read", "[processes]")
{
#ifndef __SANITIZE_ADDRESS__ // whose decoders have no limit of addresses
    Sample const sample;
    std::uint32_t const length = 1u << 30; // a hole on the disk
    std::string bytes = smallRle(5);
    std::size_t const item = bytes.find(std::string("\xFE\xFF\x00\xE0", 4));
    REQUIRE(item != std::string::npos);
    for (std::size_t i = 0; i < 4; ++i)
        bytes[item + 4 + i] = static_cast<char>(length >> (8 * i) & 0xFF);
    auto const path = sample.folder / "table.dcm";
    REQUIRE(writeFileDurably(path, bytes.substr(0, item + 8)));
    std::filesystem::resize_file(path, item + 8 + length);
    std::ofstream(path, std::ios::binary | std::ios::app) << bytes.substr(item + 8);
    auto options = oneProcess();
    options.memory = 256u << 20;
    DecoderPool pool(options);
    auto const decoded = pool.decode(path, 0);
    INFO((decoded ? "" : decoded.error().message));
    REQUIRE(decoded);
    CHECK(decoded->values.front() == 5);
#endif
}
