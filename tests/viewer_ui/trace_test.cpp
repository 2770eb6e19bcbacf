// What --trace writes: each wait of a person once, with its cause.
#include "common/base/file.h"
#include "tests/support/support.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/trace.h"

#include <catch2/catch.hpp>

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace qianli;
using namespace qianli::viewer;

namespace {
std::vector<QJsonObject> linesOf(std::filesystem::path const& file, QString const& event)
{
    std::vector<QJsonObject> lines;
    auto const text = QByteArray::fromStdString(readFile(file, 1 << 20).value());
    for (QByteArray const& line : text.split('\n'))
        if (QJsonObject const object = QJsonDocument::fromJson(line).object(); object["event"] == event)
            lines.push_back(object);
    return lines;
}
} // namespace

SCENARIO("waits are traced: opening, first picture, all there, and each turn of the wheel", "[ui][trace]")
{
    auto const folder = test::sharedData("ct/siemens-abdomen-49");
    if (!folder)
        return;
    test::TemporaryFolder const output;
    auto const file = output / "trace.jsonl";
    auto trace = Trace::open(QString::fromStdString(file.string()));
    REQUIRE(trace);
    StartOptions options;
    options.paths = {*folder};
    MainWindow window(std::move(options));
    window.resize(1366, 768);
    window.show();
    Viewport& viewport = window.reading().grid().active();
    REQUIRE(QTest::qWaitFor([&] { return linesOf(file, "loaded").size() == 1; }, 30'000));
    REQUIRE(QTest::qWaitFor([&] { return linesOf(file, "first-image").size() == 1; }, 30'000));
    CHECK(linesOf(file, "opened").size() == 1);
    CHECK(linesOf(file, "loaded").front()["images"].toInt() == 49);
    CHECK(linesOf(file, "first-image").front()["ms"].toDouble() > 0);
    CHECK(linesOf(file, "frame").empty()); // nobody has touched anything

    auto const turn = [&] {
        QPointF const at(viewport.rect().center());
        QWheelEvent event(at, viewport.mapToGlobal(at), {}, {0, -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                          false);
        QApplication::sendEvent(&viewport, &event);
    };
    for (std::size_t times = 1; times <= 3; ++times) {
        turn();
        REQUIRE(QTest::qWaitFor([&] { return linesOf(file, "frame").size() == times; }, 20'000));
        CHECK(linesOf(file, "frame").back()["cause"] == "wheel");
        CHECK(linesOf(file, "frame").back()["ms"].toDouble() > 0);
    }
    // A key that changes nothing on the screen waits for nothing.
    QTest::keyClick(&viewport, Qt::Key_F12);
    QTest::keyClick(&viewport, Qt::Key_I);
    REQUIRE(QTest::qWaitFor([&] { return linesOf(file, "frame").size() == 4; }, 20'000));
    CHECK(linesOf(file, "frame").back()["cause"] == "key");
    trace->reset();
    turn();
    QTest::qWait(100);
    CHECK(linesOf(file, "frame").size() == 4);
    CHECK(Trace::current() == nullptr);
    CHECK_FALSE(Trace::open("/nonexistent/folder/trace"));
}
