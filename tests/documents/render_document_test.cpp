// `qianli-viewer render` of documents: the page that was asked for, with whose it is above it.
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/render/page_strip.h"
#include "viewer/render/render_document.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

TEST_CASE("a page of a document is drawn as large as asked for, under its identity", "[render]")
{
    test::TemporaryFolder const folder;
    test::writeWaveform(folder / "ecg.dcm", test::twelveLeads(25));
    auto const object = test::load(folder / "ecg.dcm");
    auto const studies = arrange({object});
    REQUIRE(documentToDraw(studies) == object);
    RenderArguments arguments;
    auto const plain = drawDocument(arguments, *object);
    REQUIRE(plain);
    CHECK(plain->width() > 1500);
    arguments.size = QSize(800, 600);
    arguments.overlay = Overlay::Corners;
    auto const sized = drawDocument(arguments, *object);
    REQUIRE(sized);
    CHECK(sized->size() == QSize(800, 600));
    int letters = 0;
    for (int y = 0; y < pageStripHeight; ++y)
        for (int x = 0; x < 200; ++x)
            letters += qGray(sized->pixel(x, y)) > 150 ? 1 : 0;
    CHECK(letters > 50);
    arguments.frame = 3;
    CHECK(drawDocument(arguments, *object));
    arguments.frame = 4;
    auto const beyond = drawDocument(arguments, *object);
    REQUIRE_FALSE(beyond);
    CHECK_THAT(beyond.error().message, Catch::Contains("no page 4"));
}

TEST_CASE("documents are stacks of their own, after the pictures; presentation states are none", "[render]")
{
    test::TemporaryFolder const folder;
    test::writeReport(folder / "sr.dcm", "ISO_IR 192", [](DcmDataset&) {});
    test::writeObject(folder / "pr.dcm", UID_GrayscaleSoftcopyPresentationStateStorage,
                      [](DcmDataset& dataSet) { dataSet.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.99"); });
    auto const studies = arrange({test::load(folder / "pr.dcm"), test::load(folder / "sr.dcm")});
    REQUIRE(studies.size() == 1);
    Series const& series = studies[0].series.at(0);
    CHECK(series.documents.size() == 2);
    REQUIRE(series.stacks.size() == 1);
    CHECK(series.stacks[0].kind == StackKind::Document);
    CHECK(series.pictureCount() == 0);
}

TEST_CASE("a name wider than its strip ends in a sign, and is not cut in the middle of a letter", "[render]")
{
    auto const drawn = [](QString const& name) {
        QImage image(300, pageStripHeight, QImage::Format_RGB32);
        image.fill(Qt::black);
        QPainter painter(&image);
        CornerText text;
        text.topLeft = QStringList{name};
        paintPageStrip(painter, image.rect(), text);
        return image;
    };
    auto const inkRightOf = [](QImage const& image, int from) {
        int ink = 0;
        for (int y = 0; y < image.height() / 2; ++y)
            for (int x = from; x < image.width(); ++x)
                ink += qGray(image.pixel(x, y)) > 90 ? 1 : 0;
        return ink;
    };
    // Of a row of full blocks only the sign is thin.
    QString const wide(200, QChar(0x2588));
    CHECK(inkRightOf(drawn(wide), 294) == 0);
    CHECK(inkRightOf(drawn(wide), 284) < 60);
    CHECK(inkRightOf(drawn(wide), 200) > 200);
}
