// Encapsulated PDFs as pages, drawn by another program: right pages at the scale asked for, and whatever breaks that
// program costs one sentence.
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/decoding/pdf_file.h"
#include "viewer/render/notice_page.h"
#include "viewer/render/open_document.h"

#include <catch2/catch.hpp>

#include <QBuffer>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::viewer;

namespace {
// An A4 page with a black square 50 mm from the left and 100 mm from the top, 20 mm wide; then an A5 on its side.
std::vector<std::uint8_t> samplePdf()
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setResolution(254); // ten dots a millimetre
        writer.setPageSize(QPageSize(QPageSize::A4));
        writer.setPageMargins({0, 0, 0, 0});
        QPainter painter(&writer);
        painter.fillRect(500, 1000, 200, 200, Qt::black);
        writer.setPageSize(QPageSize(QPageSize::A5));
        writer.setPageOrientation(QPageLayout::Landscape);
        writer.newPage();
        painter.fillRect(0, 0, 100, 100, Qt::red);
    }
    return {bytes.begin(), bytes.end()};
}

std::shared_ptr<ImageAttributes const> encapsulated(std::filesystem::path const& path, std::vector<std::uint8_t> pdf,
                                                    char const* sopClass = UID_EncapsulatedPDFStorage)
{
    test::writeObject(path, sopClass, [&pdf](DcmDataset& dataSet) {
        dataSet.putAndInsertString(DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
        dataSet.putAndInsertString(DCM_DocumentTitle, "Report");
        dataSet.putAndInsertUint32(DCM_EncapsulatedDocumentLength, static_cast<Uint32>(pdf.size()));
        if (pdf.size() % 2 == 1)
            pdf.push_back(0);
        dataSet.putAndInsertUint8Array(DCM_EncapsulatedDocument, pdf.data(), static_cast<unsigned long>(pdf.size()));
    });
    return test::load(path);
}

std::filesystem::path script(test::TemporaryFolder const& folder, char const* words)
{
    auto const path = folder / "worker";
    std::ofstream(path) << "#!/bin/sh\n" << words << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}
} // namespace

TEST_CASE("the pages of an encapsulated PDF have their sizes, and what is on them is in its place", "[pdf]")
{
    test::TemporaryFolder const folder;
    auto const object = encapsulated(folder / "report.dcm", samplePdf());
    auto const opened = openDocument(*object, Language::Chinese);
    REQUIRE(opened);
    PageSource const& pages = **opened;
    REQUIRE(pages.count() == 2);
    CHECK(pages.isSlow());
    CHECK(pages.size(0).width() == Approx(210).margin(0.5));
    CHECK(pages.size(0).height() == Approx(297).margin(0.5));
    CHECK(pages.size(1).width() == Approx(210).margin(0.5));
    CHECK(pages.size(1).height() == Approx(148).margin(0.5));
    CHECK(pages.words(0) == "Report");
    double const scale = GENERATE(1.0, 4.0, 8.0);
    auto const drawn = pages.picture(0, scale);
    REQUIRE(drawn);
    CHECK(drawn->width() == Approx(210 * scale).margin(2));
    auto const at = [&](double x, double y) { return qGray(drawn->pixel(int(x * scale), int(y * scale))); };
    CHECK(at(60, 110) < 30);
    CHECK(at(52, 102) < 30);
    CHECK(at(45, 110) > 220);
    CHECK(at(75, 110) > 220);
    CHECK(at(60, 95) > 220);
    CHECK(at(60, 125) > 220);
    auto const second = pages.picture(1, 2);
    REQUIRE(second);
    CHECK(qRed(second->pixel(10, 10)) > 200);
    CHECK(qBlue(second->pixel(10, 10)) < 60);
    CHECK_FALSE(pages.picture(2, 1));
}

TEST_CASE("what is no PDF is a sentence", "[pdf]")
{
    auto const whole = samplePdf();
    auto const bytes = GENERATE_COPY(std::vector<std::uint8_t>{'n', 'o', ' ', 'P', 'D', 'F'}, // words
                                     std::vector<std::uint8_t>{'%', 'P', 'D', 'F', '-', '1', '.', '4'},
                                     std::vector<std::uint8_t>(100'000, 0xFF),
                                     std::vector<std::uint8_t>(whole.begin(), whole.begin() + 40));
    test::TemporaryFolder const folder;
    auto const object = encapsulated(folder / "bad.dcm", bytes);
    auto const opened = openDocument(*object, Language::Chinese);
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().message, Catch::Contains("bad.dcm") && Catch::Contains("PDF"));
}

TEST_CASE("a program that crashes, hangs or talks nonsense over a PDF costs that page", "[pdf]")
{
    test::TemporaryFolder const folder;
    auto const pdf = samplePdf();
    struct Worker {
        char const* does;
        char const* said;
    };
    auto const worker = GENERATE(values<Worker>({
        {"[ \"$1\" = sizes ] && echo 100 100 && exit; kill -SEGV $$", "broke down"},
        {"[ \"$1\" = sizes ] && echo 100 100 && exit; sleep 30", "took too long"},
        {"[ \"$1\" = sizes ] && echo 100 100 && exit; printf 'P6\\n100 100\\n255\\nfew'", "can't be read"},
        {"[ \"$1\" = sizes ] && echo 100 100 && exit; printf 'P6\\n4294967295 4294967295\\n255\\n'", "can't be read"},
        // Three times their product is 26 in 64 bits.
        {"[ \"$1\" = sizes ] && echo 100 100 && exit; printf 'P6\\n3062868337 2007567422\\n255\\n26 bytes of a large "
         "image.'",
         "can't be read"},
        {"[ \"$1\" = sizes ] && echo 100 100 && exit; echo noise >&2; echo 'worker: the reason' >&2; exit 1",
         "the reason"},
    }));
    auto const file = PdfFile::open(pdf, {script(folder, worker.does), std::chrono::milliseconds(1500)});
    REQUIRE(file);
    auto const drawn = (*file)->draw(0, 100);
    REQUIRE_FALSE(drawn);
    CHECK_THAT(drawn.error().message, Catch::Contains(worker.said));
}

TEST_CASE("sizes that no page has are none", "[pdf]")
{
    test::TemporaryFolder const folder;
    auto const open = [&](char const* words) {
        return PdfFile::open(samplePdf(), {script(folder, words), std::chrono::seconds(20)});
    };
    CHECK(open("echo 100 inf; echo nan 100; echo 1e300 5").error().message == "the PDF has no pages");
    CHECK(open("echo 100 inf; echo 100 200").value()->pages().size() == 1);
    CHECK(open("yes '100 100' | head -c 3000000").error().message == "the page is too large");
}

TEST_CASE("a document that was replaced after it had been opened is nobody's", "[pdf]")
{
    test::TemporaryFolder const folder;
    auto const object = encapsulated(folder / "report.dcm", samplePdf());
    REQUIRE(openDocument(*object, Language::Chinese));
    encapsulated(folder / "other.dcm", samplePdf());
    std::filesystem::rename(folder / "other.dcm", folder / "report.dcm");
    auto const opened = openDocument(*object, Language::Chinese);
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().message, Catch::Contains("report.dcm: the file was changed"));
}

TEST_CASE("a worker that is not installed is named", "[pdf]")
{
    auto const file = PdfFile::open(samplePdf(), {"/nowhere/qianli-pdf-pages", std::chrono::seconds(5)});
    REQUIRE_FALSE(file);
    CHECK_THAT(file.error().message, Catch::Contains("/nowhere/qianli-pdf-pages"));
}

TEST_CASE("other objects without pictures say what they are", "[pdf]")
{
    test::TemporaryFolder const folder;
    for (char const* sopClass :
         {UID_EncapsulatedCDAStorage, UID_EncapsulatedSTLStorage, UID_RTPlanStorage, "1.2.276.0.99.1"}) {
        test::writeObject(folder / "other.dcm", sopClass);
        auto const opened = openDocument(*test::load(folder / "other.dcm"), Language::Chinese);
        REQUIRE(opened);
        REQUIRE((*opened)->count() == 1);
        auto const* const notice = dynamic_cast<NoticePage const*>(opened->get());
        REQUIRE(notice != nullptr);
        CHECK_FALSE(notice->title().isEmpty());
        CHECK(notice->text().contains("不能显示"));
        CHECK(drawPage(**opened, 0, 3));
    }
}

TEST_CASE("the shared Chinese PDF is drawn with the machine's fonts", "[pdf]")
{
    auto const file = test::sharedData("sr-pdf-pr/derived-chinese-report-pdf.dcm");
    if (!file)
        return;
    auto const opened = openDocument(*test::load(*file), Language::Chinese);
    REQUIRE(opened);
    auto const drawn = (*opened)->picture(0, 6);
    REQUIRE(drawn);
    int ink = 0;
    for (int y = 0; y < drawn->height(); ++y)
        for (int x = 0; x < drawn->width(); ++x)
            ink += qGray(drawn->pixel(x, y)) < 128 ? 1 : 0;
    CHECK(ink > 300);
}

TEST_CASE("the program that draws PDFs is ended before the one that waits for it, where memory is out", "[pdf]")
{
    auto const program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "qianli-pdf-pages";
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(ends[0], STDIN_FILENO); // it waits for its PDF
        ::execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    auto const wish = [](std::string const& process) {
        std::ifstream file("/proc/" + process + "/oom_score_adj");
        int number = -1;
        file >> number;
        return number;
    };
    int const own = wish("self");
    bool stands = false, ended = false;
    for (int i = 0; i < 5000 && !stands && !ended; ++i) {
        ended = ::waitpid(child, nullptr, WNOHANG) != 0;
        stands = wish(std::to_string(child)) > own + 100 || own > 800;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    CHECK(stands);
    if (!ended) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    ::close(ends[0]);
    ::close(ends[1]);
}
