// Whose volume is shown where another one was asked for before the first was built.
#include "tests/support/support.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/mpr_view.h"

#include <catch2/catch.hpp>

#include <QTest>

using namespace qianli;
using namespace qianli::viewer;

TEST_CASE("a volume that was asked for of another series is shown nowhere", "[ui][mpr]")
{
    test::TemporaryFolder const folder;
    test::WrittenCase const one{"2.25.7601", "Bing^Yi", "病^一", "P1"};
    for (int slice = 1; slice <= 12; ++slice) {
        test::writeSlice(folder.path(), one, slice);
        test::writeSlice(folder.path(), one, slice, 'x');
    }
    StartOptions options;
    options.paths = {folder.path()};
    MainWindow window(std::move(options));
    window.resize(1366, 768);
    window.show();
    auto& reading = window.reading();
    REQUIRE(
        QTest::qWaitFor([&] { return !reading.images().isLoading() && reading.images().study() != nullptr; }, 20'000));
    auto& grid = reading.grid();
    Viewport &first = *grid.viewports()[0], &second = *grid.viewports()[1];
    grid.setLayoutKind(ViewportGrid::Layout::Two);
    grid.activate(&second);
    window.findChild<QAbstractButton*>("series.0.1.0")->click();
    REQUIRE(second.seriesUid() == "2.25.7601.2");
    REQUIRE(first.seriesUid() == "2.25.7601.1");
    REQUIRE(QTest::qWaitFor([&] { return first.isLoaded() && second.isLoaded(); }, 20'000));
    // Asked for, given up, and asked for of the other one before the first volume is done.
    grid.activate(&first);
    QTest::keyClick(&first, Qt::Key_M);
    QTest::keyClick(&first, Qt::Key_M);
    grid.activate(&second);
    QTest::keyClick(&second, Qt::Key_M);
    REQUIRE(QTest::qWaitFor([&] { return grid.viewports()[2]->showsPlane(); }, 20'000));
    CHECK(grid.viewports()[3]->seriesUid() == "2.25.7601.2");
    auto const& volume = *qobject_cast<MprView*>(grid.viewports()[0]->volumeView())->model().volume();
    auto const reach = volume.reach({0, 0, 1});
    CHECK(reach.second - reach.first == Approx(30)); // sixteen rows of 2 mm; the other has twelve slices of 5 mm
}
