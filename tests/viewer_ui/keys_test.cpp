// A person's own keys.
#include "tests/support/support.h"
#include "viewer/ui/reading_page.h"

#include <catch2/catch.hpp>

#include <QTest>

#include <fstream>

using namespace qianli;
using namespace qianli::viewer;

namespace {
struct Keys {
    QStringList read(char const* text)
    {
        std::ofstream(folder / "keys.ini") << text;
        return bindings.read(folder / "keys.ini");
    }
    int usual(int key, Qt::KeyboardModifiers modifiers = {}) const
    {
        auto const event = bindings.usual(QKeyEvent(QEvent::KeyPress, key, modifiers));
        return event ? event->key() : 0;
    }
    test::TemporaryFolder folder;
    KeyBindings bindings;
};
} // namespace

TEST_CASE("a function has the key that the file says, and its usual key is free", "[ui][keys]")
{
    Keys keys;
    CHECK(keys.bindings.read(keys.folder / "none.ini").isEmpty());
    CHECK(keys.usual(Qt::Key_M) == Qt::Key_M);
    CHECK(keys.read("# mine\nmpr = F6\nprior = M\n\nkey-image = Ctrl+K # as before\n").isEmpty());
    CHECK(keys.usual(Qt::Key_F6) == Qt::Key_M);
    CHECK(keys.usual(Qt::Key_M) == Qt::Key_P);
    CHECK(keys.usual(Qt::Key_P) == 0);
    CHECK(keys.usual(Qt::Key_K, Qt::ControlModifier) == Qt::Key_K);
    CHECK(keys.usual(Qt::Key_K) == 0);
    CHECK(keys.usual(Qt::Key_I) == Qt::Key_I);
    CHECK(keys.bindings.inTip("三平面重建  M") == "三平面重建  F6");
    CHECK(keys.bindings.inTip("反色  I") == "反色  I");
}

TEST_CASE("a keys file that is wrong changes nothing and is told", "[ui][keys]")
{
    Keys keys;
    CHECK(keys.read("mpr = P\n") == QStringList{"P 有两个功能：mpr 和 prior"});
    CHECK(keys.usual(Qt::Key_P) == Qt::Key_P);
    CHECK(keys.read("mpr = F6\nprior = F6\n").size() == 1);
    CHECK(keys.read("fly = F6\nmpr = F4\nprior = Nokey\nlink = \n").size() == 4);
    CHECK(keys.usual(Qt::Key_F6) == Qt::Key_F6);
    // What the guide says can't be changed: presets and pages.
    CHECK(keys.read("invert = 5\n") == QStringList{"第 1 行：5 另有用处，不能改"});
    CHECK(keys.read("invert = PgUp\nlink = PgDown\n").size() == 2);
    CHECK(keys.usual(Qt::Key_5) == Qt::Key_5);
    CHECK(keys.read("invert = Ctrl+5\n").isEmpty());
    CHECK(keys.read("invert = 0\nmpr = P\n").size() == 1);
    CHECK(keys.bindings.areUsual());
}

TEST_CASE("the reading window hears a person's own keys and names them", "[ui][keys]")
{
    Keys keys;
    keys.read("link = F6\n");
    ReadingPage page;
    page.show();
    auto& link = *page.findChild<QToolButton*>("tool.link");
    REQUIRE(page.useKeys(keys.folder / "keys.ini").isEmpty());
    CHECK(link.toolTip().endsWith("  F6"));
    QTest::keyClick(&page.grid().active(), Qt::Key_S);
    CHECK_FALSE(link.isChecked());
    QTest::keyClick(&page.grid().active(), Qt::Key_F6);
    CHECK(link.isChecked());
    // Somebody else signs in, who has no file.
    page.useKeys(keys.folder / "none.ini");
    CHECK(link.toolTip().endsWith("  S"));
    QTest::keyClick(&page.grid().active(), Qt::Key_S);
    CHECK_FALSE(link.isChecked());
}
