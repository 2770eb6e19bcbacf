// Every file of the real data set, as it is and broken in twenty ways: it is refused with a sentence or shown right,
// and nothing crashes or hangs over it. Files are read as the window reads them: headers here, pixels in decoder
// processes.
//
//   QIANLI_SWEEP_MUTATIONS=20   how many of the twenty for each file; without, three of them, others for each file
//   QIANLI_SWEEP_SEED=1         another seed breaks the files elsewhere
//   QIANLI_SWEEP_ONLY=text      only files whose path holds this text
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/fuzz/mutations/mutations.h"
#include "tests/support/support.h"
#include "viewer/decoding/decoder_pool.h"
#include "viewer/model/pixels.h"
#include "viewer/model/series.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <openssl/evp.h>

using namespace qianli;
using namespace qianli::viewer;

namespace {

constexpr unsigned usualMutations = 3;
constexpr std::uint32_t mostFramesOfBroken = 3;
constexpr std::uintmax_t largestFile = 256u << 20;

std::string environment(char const* name)
{
    char const* const value = std::getenv(name);
    return value ? value : "";
}

std::uint64_t number(char const* name, std::uint64_t otherwise)
{
    std::string const value = environment(name);
    return value.empty() ? otherwise : std::stoull(value);
}

// Digests that several independent decoders agree on, by path; tests/decoding says which are left out and why.
std::map<std::string, std::string> readDigests(std::filesystem::path const& manifest)
{
    std::map<std::string, std::string> digests;
    std::ifstream file(manifest);
    std::string line;
    std::getline(file, line);
    auto const names = text::split(line, '\t');
    auto const column = [&names](std::string_view name) {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    while (std::getline(file, line)) {
        auto values = text::split(line, '\t');
        values.resize(std::max(values.size(), names.size()));
        auto const& check = values[column("pixel_check")];
        if ((check.starts_with("AGREE") || check.starts_with("MAJORITY")) && values[column("path")] != "xray/RG3_JPLY")
            digests[values[column("path")]] = values[column("pixel_sha256")];
    }
    return digests;
}

std::string sha256(std::vector<std::vector<std::uint8_t>> const& frames)
{
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    for (auto const& frame : frames)
        EVP_DigestUpdate(context.get(), frame.data(), frame.size());
    std::vector<std::uint8_t> digest(32);
    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    return text::toHex(digest);
}

struct Counts {
    std::atomic<int> files = 0, shown = 0, refusedAtOnce = 0, refusedPictures = 0, withoutPictures = 0, broken = 0,
                     late = 0;
};

class Sweep {
public:
    Sweep() : pool_(std::make_unique<DecoderPool>()) {}

    // What is wrong with how this file is treated; empty when nothing is.
    std::string judge(std::filesystem::path const& path, std::uint32_t mostFrames, std::string const& digest)
    {
        ++counts.files;
        auto const image = loadImageAttributes(path);
        if (!image) {
            ++counts.refusedAtOnce;
            return digest.empty() ? judgeSentence(image.error()) : "refused: " + image.error().message;
        }
        auto const studies = arrange({*image}); // as the window does with whatever it got
        if (studies.empty() || studies.front().series.empty())
            return "lost between reading and sorting";
        if ((*image)->frameCount == 0) {
            ++counts.withoutPictures;
            return {};
        }
        std::vector<std::vector<std::uint8_t>> frames;
        std::uint32_t const count = (*image)->frameCount;
        for (std::uint32_t i = 0; i < std::min(count, mostFrames); ++i) {
            // The first ones and the last one.
            std::uint32_t const frame = i + 1 == mostFrames ? count - 1 : i;
            auto decoded = pool_->decode((*image)->source(), frame);
            std::string const wrong = decoded ? judgePicture(*decoded, **image) : judgeRefusal(decoded.error());
            if (!wrong.empty())
                return wrong;
            if (!decoded)
                return digest.empty() ? "" : "refused: " + decoded.error().message;
            if (!digest.empty())
                frames.push_back(std::move(decoded->values));
        }
        ++counts.shown;
        if (!digest.empty() && sha256(frames) != digest)
            return "other pixels than independent decoders give";
        return {};
    }

    Counts counts;

private:
    static std::string judgeSentence(Error const& error)
    {
        if (error.message.size() < 10 || error.code == ErrorCode::Internal)
            return "refused without a sentence for the reader: '" + error.message + "'";
        return {};
    }

    std::string judgeRefusal(Error const& error)
    {
        ++counts.refusedPictures;
        counts.broken += error.message.find("broke down") != std::string::npos;
        counts.late += error.message.find("had not finished") != std::string::npos;
        return judgeSentence(error);
    }

    static std::string judgePicture(DecodedFrame const& frame, ImageAttributes const& image)
    {
        if (frame.format.rows != image.format.rows || frame.format.columns != image.format.columns ||
            frame.values.size() != frame.format.frameBytes())
            return "a picture of another size than announced";
        auto const pixels = preparePixels(frame, image);
        if (!pixels)
            return judgeSentence(pixels.error());
        std::size_t const count = std::size_t{image.format.rows} * image.format.columns;
        if ((*pixels)->levels.size() + (*pixels)->rgb.size() != count)
            return "prepared pixels of another size than announced";
        initialVoi(**pixels, image.frame(0).grey, image.series.modality);
        return {};
    }

    std::unique_ptr<DecoderPool> pool_;
};

struct SweptFile {
    std::filesystem::path path;
    std::string name;
    std::size_t number = 0;
};

std::vector<SweptFile> allFiles(std::filesystem::path const& root)
{
    std::string const only = environment("QIANLI_SWEEP_ONLY");
    std::vector<SweptFile> jobs;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root))
        if (entry.is_regular_file() && entry.file_size() <= largestFile) {
            auto const name = std::filesystem::relative(entry.path(), root).generic_string();
            if (name.find(only) != std::string::npos)
                jobs.push_back({entry.path(), name, 0});
        }
    std::sort(jobs.begin(), jobs.end(), [](SweptFile const& a, SweptFile const& b) { return a.name < b.name; });
    for (std::size_t i = 0; i < jobs.size(); ++i)
        jobs[i].number = i;
    return jobs;
}

// On two threads; what is wrong, by file.
std::vector<std::string> forEach(std::vector<SweptFile> const& jobs,
                                 std::function<std::vector<std::string>(SweptFile const&)> act)
{
    std::vector<std::vector<std::string>> found(jobs.size());
    std::atomic<std::size_t> next = 0;
    auto const work = [&] {
        for (std::size_t i = next++; i < jobs.size(); i = next++)
            found[i] = act(jobs[i]);
    };
    {
        std::jthread const helper(work);
        work();
    }
    std::vector<std::string> all;
    for (auto& some : found)
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

void report(char const* what, Counts const& counts)
{
    std::cout << fmt::format("{}: {} files, {} shown, {} refused at once, {} refused as pictures ({} broke a decoder, "
                             "{} were too slow), {} without pictures\n",
                             what, counts.files.load(), counts.shown.load(), counts.refusedAtOnce.load(),
                             counts.refusedPictures.load(), counts.broken.load(), counts.late.load(),
                             counts.withoutPictures.load());
}

} // namespace

TEST_CASE("Every real file is refused with a sentence or shown right", "[sweep]")
{
    auto const root = test::sharedData("");
    if (!root)
        return;
    auto const digests = readDigests(*root / "MANIFEST.tsv");
    Sweep sweep;
    auto const wrong = forEach(allFiles(*root), [&](SweptFile const& job) -> std::vector<std::string> {
        auto const digest = digests.find(job.name);
        auto const found = sweep.judge(job.path, 100'000, digest == digests.end() ? "" : digest->second);
        return found.empty() ? std::vector<std::string>() : std::vector{job.name + ": " + found};
    });
    report("as they are", sweep.counts);
    for (auto const& one : wrong)
        FAIL_CHECK(one);
    CHECK(sweep.counts.shown > 0);
    CHECK(sweep.counts.broken == 0);
}

TEST_CASE("Every real file, broken, is refused with a sentence or shown in its size", "[sweep]")
{
    auto const root = test::sharedData("");
    if (!root)
        return;
    auto const each = static_cast<unsigned>(
        std::min<std::uint64_t>(number("QIANLI_SWEEP_MUTATIONS", usualMutations), test::mutationKinds));
    auto const seed = number("QIANLI_SWEEP_SEED", 1);
    test::TemporaryFolder const folder;
    Sweep sweep;
    auto const wrong = forEach(allFiles(*root), [&](SweptFile const& job) {
        std::vector<std::string> found;
        auto const bytes = readFile(job.path, largestFile);
        for (unsigned i = 0; bytes && i < each; ++i) {
            unsigned const kind = static_cast<unsigned>(job.number * usualMutations + i) % test::mutationKinds;
            auto const mutation = test::mutate(*bytes, kind, seed + job.number);
            auto const path = folder / (std::to_string(job.number) + "-" + std::to_string(kind));
            std::ofstream(path, std::ios::binary) << mutation.bytes;
            if (auto const one = sweep.judge(path, mostFramesOfBroken, ""); !one.empty())
                found.push_back(fmt::format("{}, {} (kind {}): {}", job.name, mutation.what, kind, one));
            std::filesystem::remove(path);
        }
        return found;
    });
    report("broken", sweep.counts);
    for (auto const& one : wrong)
        FAIL_CHECK(one);
    CHECK(sweep.counts.refusedAtOnce + sweep.counts.refusedPictures > 0);
}

TEST_CASE("A mutation is the same for the same seed, and one at all", "[sweep]")
{
    std::string file(4000, 'a');
    file.replace(2000, 4, std::string("\xE0\x7F\x10\x00", 4));
    for (unsigned kind = 0; kind < test::mutationKinds; ++kind) {
        INFO(kind);
        CHECK(test::mutate(file, kind, 3).bytes == test::mutate(file, kind, 3).bytes);
        // Numbers of an image are nowhere in it; two tags may be the same ones.
        bool const always = kind != 10 && (kind < 14 || kind > 17);
        CHECK((!always || test::mutate(file, kind, 3).bytes != file));
    }
}
