// DeathAtSync: the gateway's end at a chosen sync of the disk.
#pragma once

#include "tests/support/gateway_program.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace qianli::test {

// Ends the gateway with SIGKILL when one of its threads enters its n-th sync from now on.
class DeathAtSync {
public:
    DeathAtSync(GatewayProgram& gateway, int sync, int number)
        : gateway_(gateway), program_({"strace", "-f", "-p", std::to_string(gateway.program().pid()), "-e",
                                       "trace=fsync,fdatasync,syncfs,sync_file_range,msync", "-e",
                                       "inject=fsync,fdatasync,syncfs,msync:signal=KILL:when=" + std::to_string(sync)},
                                      gateway.folder() / ("strace-" + std::to_string(number)))
    {
        REQUIRE(program_.waitForLog("attached"));
    }
    // True when it struck within the time that a step may take; otherwise by hand now.
    bool struck()
    {
        for (int i = 0; i < 30 && gateway_.program().isRunning(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        bool const ended = !gateway_.program().isRunning();
        gateway_.killHard();
        return ended;
    }

private:
    GatewayProgram& gateway_;
    RunningProgram program_;
};

// strace needs it; not every ordinary user has it.
inline bool mayTrace()
{
    std::ifstream file("/proc/sys/kernel/yama/ptrace_scope");
    int scope = 0;
    if (::geteuid() == 0 || !(file >> scope) || scope == 0)
        return true;
    WARN("this user may not trace programs (kernel.yama.ptrace_scope): the kills at each sync are left out");
    return false;
}

} // namespace qianli::test
