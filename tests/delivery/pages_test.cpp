#include "common/base/file.h"
#include "gateway/delivery/page_drawing.h"
#include "tests/delivery/delivery_fixture.h"

#include <csignal>

using namespace qianli;
using namespace qianli::test;

namespace {

// A PDF of pages with these contents and sizes in points; no font is embedded.
std::string makePdf(std::vector<std::string> const& contents, int width = 595, int height = 842)
{
    std::string pages;
    std::string body;
    for (std::size_t i = 0; i < contents.size(); ++i) {
        auto const page = 4 + 2 * i;
        pages += fmt::format("{} 0 R ", page);
        body +=
            fmt::format("{} 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 {} {}]/Contents {} 0 R/Resources<</Font<</F "
                        "3 0 R>>>>>> endobj\n{} 0 obj <</Length {}>>stream\n{}\nendstream endobj\n",
                        page, width, height, page + 1, page + 1, contents[i].size(), contents[i]);
    }
    return fmt::format("%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[{}]/Count "
                       "{}>> endobj\n3 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n{}trailer "
                       "<</Root 1 0 R>>\n%%EOF\n",
                       pages, contents.size(), body);
}

auto const worker = programFolder() / "qianli-pdf-pages";
constexpr char black[] = "BT /F 36 Tf 72 700 Td (Page) Tj ET";
constexpr char red[] = "1 0 0 rg BT /F 36 Tf 72 700 Td (Page) Tj ET";

} // namespace

TEST_CASE("pages are drawn at 150 dots an inch, grey where they have no colour", "[pages]")
{
    TemporaryFolder folder;
    auto const pages = need(gateway::drawPages({worker, folder.path(), {}}, makePdf({black, red})));
    REQUIRE(pages.size() == 2);
    CHECK_FALSE(pages[0].colour);
    CHECK(pages[1].colour);
    for (auto const& page : pages) {
        CHECK(page.columns == 1240);
        CHECK(page.rows == 1754);
        std::size_t const wanted = std::size_t{1240} * 1754 * (page.colour ? 3 : 1);
        CHECK(page.pixels.size() == wanted);
    }
    CHECK(std::count(pages[0].pixels.begin(), pages[0].pixels.end(), 0) > 200);
    // The red text: full red without green.
    bool redFound = false;
    for (std::size_t i = 0; i + 2 < pages[1].pixels.size(); i += 3)
        redFound =
            redFound || (pages[1].pixels[i] == 255 && pages[1].pixels[i + 1] == 0 && pages[1].pixels[i + 2] == 0);
    CHECK(redFound);
}

TEST_CASE("a PDF that is bad costs its worker, and the reason is told", "[pages]")
{
    TemporaryFolder folder;
    auto const draw = [&](std::string const& pdf) {
        auto const pages = gateway::drawPages({worker, folder.path(), {}}, pdf);
        CHECK(errorOf(pages) == ErrorCode::InvalidInput);
        return pages ? std::string() : pages.error().message;
    };
    CHECK(draw("").find("no PDF") != std::string::npos);
    CHECK(draw("junk").find("no PDF") != std::string::npos);
    CHECK(draw(makePdf({black}, 200'000, 200'000)).find("too large") != std::string::npos);
    CHECK(draw(makePdf(std::vector<std::string>(101, black))).find("too many") != std::string::npos);
    CHECK(errorOf(gateway::drawPages({folder / "absent", folder.path(), {}}, makePdf({black}))) ==
          ErrorCode::Unavailable);
    // A worker that dies, or says something else than pictures.
    CHECK(errorOf(gateway::drawPages({"/bin/false", folder.path(), {}}, makePdf({black}))) == ErrorCode::InvalidInput);
    CHECK(errorOf(gateway::drawPages({"/bin/cat", folder.path(), {}}, makePdf({black}))) == ErrorCode::InvalidInput);
}

TEST_CASE("a worker that nobody waits for any more is killed", "[pages]")
{
    TemporaryFolder folder;
    auto const sleeps = folder / "sleeps";
    std::ofstream(sleeps) << "#!/bin/sh\nexec sleep 60\n";
    std::filesystem::permissions(sleeps, std::filesystem::perms::owner_all);
    int asked = 0;
    auto const pages = gateway::drawPages({sleeps, folder.path(), [&] { return ++asked > 3; }}, makePdf({black}));
    CHECK(errorOf(pages) == ErrorCode::Cancelled);
}

TEST_CASE("the worker's walls stand before it reads the first byte", "[pages]")
{
    TemporaryFolder folder;
    need(writeFileDurably(folder / "report.pdf", makePdf({black})));
    auto const trace = folder / "trace";
    auto const traced = run({"sh", "-c", "exec strace -f -o \"$1\" \"$2\" < \"$3\" > \"$4\"", "sh", trace, worker,
                             folder / "report.pdf", folder / "pages.pnm"});
    REQUIRE(traced.exitCode == 0);
    auto const calls = need(readFile(trace, 64 << 20));
    auto const walls = calls.find("seccomp(SECCOMP_SET_MODE_FILTER");
    auto const firstRead = calls.find("read(0,");
    REQUIRE(walls != std::string::npos);
    REQUIRE(firstRead != std::string::npos);
    CHECK(walls < firstRead);
    for (auto const* const limited : {"RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE"})
        CHECK(calls.substr(0, walls).find(limited) != std::string::npos);
    // Nothing is opened for writing afterwards that succeeds, no socket and no program.
    for (auto const* const forbidden : {"socket(", "execve(", "clone(", "clone3("}) {
        auto const found = calls.find(forbidden, walls);
        INFO(forbidden);
        CHECK((found == std::string::npos || calls.find("EPERM", found) < calls.find('\n', found)));
    }
}

SCENARIO("a page worker that is not installed is no reason to give a report up", "[delivery]")
{
    DeliveryFixture fixture(Takes::ImagesOnly);
    fixture.township.switchOn();
    fixture.pagesProgram = fixture.folder / "absent";
    fixture.startSender();
    fixture.issuedTask();
    REQUIRE(eventually([&] { return fixture.delivery().attempts == 1; }));
    CHECK(fixture.delivery().state == DeliveryState::Waiting);
    CHECK(fixture.delivery().outcome.find("can't be started") != std::string::npos);
}
