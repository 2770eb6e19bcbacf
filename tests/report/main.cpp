// The report's tests need fonts, hence a QGuiApplication; without a display.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <QGuiApplication>

#include <cstdlib>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>

int main(int argc, char* argv[])
{
    ::setenv("QT_QPA_PLATFORM", "offscreen", 0);
    // Thousands of damaged objects are parsed here: DCMTK's remarks on each would bury the result.
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    QGuiApplication const application(argc, argv);
    return Catch::Session().run(argc, argv);
}
