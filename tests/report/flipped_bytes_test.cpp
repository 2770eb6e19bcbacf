// Every byte of the data set, one after the other: no byte may change without the verification failing. There is no
// list of exceptions: padding is fixed by DICOM's rules, and what those leave open must be as DCMTK writes it.
#include "tests/report/sample_report.h"

#include "viewer/report/encapsulated_pdf.h"

#include <QBuffer>
#include <QPainter>
#include <QPdfWriter>

#include <atomic>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <mutex>
#include <thread>

using namespace qianli;

namespace {

// Where the data set of a file of ours begins: behind the meta header, whose length is its first element's value.
std::size_t dataSetOffset(std::string const& file)
{
    std::uint32_t length = 0;
    for (std::size_t i = 4; i > 0; --i)
        length = (length << 8) | static_cast<unsigned char>(file[132 + 8 + i - 1]);
    return 132 + 12 + length;
}

// The positions where a changed byte went unnoticed.
std::vector<std::string> unnoticed(std::string const& file, crypto::Trust const& trust,
                                   std::vector<unsigned char> const& masks)
{
    std::vector<std::string> found;
    std::mutex mutex; // guards found
    std::atomic<std::size_t> next = dataSetOffset(file);
    auto const work = [&] {
        std::string changed = file;
        for (std::size_t at = next++; at < file.size(); at = next++) {
            for (unsigned char const mask : masks) {
                changed[at] = static_cast<char>(file[at] ^ mask);
                if (crypto::verifyReport(changed, trust, test::sampleTime())) {
                    std::lock_guard const guard(mutex);
                    found.push_back(fmt::format("byte {} ^ {:02X}", at, mask));
                }
            }
            changed[at] = file[at];
        }
    };
    std::thread other(work);
    work();
    other.join();
    return found;
}

// A PDF of one page with nothing but the UID, so that all of its bytes can be tried.
std::string smallPdf(std::string const& srUid)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        QPainter painter(&writer);
        painter.drawText(QPointF(100, 100), QString::fromStdString(srUid));
    }
    return bytes.toStdString();
}

} // namespace

SCENARIO("no byte of a signed report can change unnoticed", "[report][signature][flip]")
{
    crypto::Trust const trust = test::signers().trust();

    GIVEN("a signed structured report")
    {
        std::string const file = test::signedStructuredReport(test::sampleReport());
        REQUIRE(crypto::verifyReport(file, trust, test::sampleTime()));
        THEN("each byte of its data set is protected, in its lowest and its highest bit")
        {
            CHECK(unnoticed(file, trust, {0x01, 0x80}) == std::vector<std::string>{});
        }
    }

    GIVEN("a signed PDF object of one small page")
    {
        test::TemporaryFolder const folder;
        model::Report const report = test::sampleReport();
        test::writeAll(folder / "small.pdf", smallPdf(report.srUid));
        REQUIRE(viewer::writeEncapsulatedPdf(report, folder / "small.pdf", folder / "pdf.dcm"));
        REQUIRE(crypto::signReportFile(folder / "pdf.dcm", test::signers().key, report.signedAt));
        std::string const file = test::readAll(folder / "pdf.dcm");
        auto const verified = crypto::verifyReport(file, trust, test::sampleTime());
        INFO((verified ? std::string() : verified.error().message));
        REQUIRE(verified);
        THEN("each byte of its data set is protected")
        {
            CHECK(unnoticed(file, trust, {0x01}) == std::vector<std::string>{});
        }
    }
}

// What a flip of one bit can't find: padding of another kind, and spaces where a NUL belongs.
TEST_CASE("each byte of a signed report, changed to a space, a NUL or another case", "[report][signature][flip]")
{
    crypto::Trust const trust = test::signers().trust();
    std::string const file = test::signedStructuredReport(test::sampleReport());
    CHECK(unnoticed(file, trust, {0x20}) == std::vector<std::string>{});
}
