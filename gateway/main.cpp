#include "gateway/cli/command_line.h"

#include <cstdlib>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>

int main(int argc, char** argv)
{
    // DCMTK reads it when it opens a socket; without it each message waits for a delayed acknowledgement.
    ::setenv("TCP_NODELAY", "1", 1);
    // What DCMTK has to say comes back as results; its own lines would show patients' names.
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    return qianli::gateway::runCommandLine(argc, argv);
}
