// The report of the restore drill is written as the viewer writes it, which needs fonts, hence a QGuiApplication
// without a display.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <QGuiApplication>

#include <cstdlib>

int main(int argc, char* argv[])
{
    ::setenv("QT_QPA_PLATFORM", "offscreen", 0);
    ::setenv("TCP_NODELAY", "1", 1);
    QGuiApplication const application(argc, argv);
    return Catch::Session().run(argc, argv);
}
