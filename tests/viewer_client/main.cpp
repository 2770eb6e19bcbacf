// The client's tests need an event loop, and a home of their own: no test reads or writes a person's profile.
#define CATCH_CONFIG_RUNNER
#include "tests/support/support.h"
#include "viewer/ui/theme.h"

#include <catch2/catch.hpp>

#include <QApplication>

int main(int argc, char** argv)
{
    qianli::test::TemporaryFolder const home;
    for (char const* variable : {"XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HOME"})
        setenv(variable, (home / variable).c_str(), 1);
    QApplication application(argc, argv);
    QApplication::setOrganizationName("Qianli");
    QApplication::setApplicationName("qianli-viewer");
    qianli::viewer::applyTheme(application);
    return Catch::Session().run(argc, argv);
}
