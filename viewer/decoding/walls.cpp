#include "viewer/decoding/walls.h"

#include <csignal>
#include <memory>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace qianli::viewer {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool isInstrumented = true; // its shadow alone takes terabytes of addresses
#else
constexpr bool isInstrumented = false;
#endif

// What a program needs that computes and talks over descriptors which it has. Everything else fails with EPERM, so
// that a library's optional wish is no crash.
constexpr int allowed[] = {SCMP_SYS(read),
                           SCMP_SYS(pread64),
                           SCMP_SYS(write),
                           SCMP_SYS(writev),
                           SCMP_SYS(lseek),
                           SCMP_SYS(close),
                           SCMP_SYS(fstat),
                           SCMP_SYS(recvmsg),
                           SCMP_SYS(sendto),
                           SCMP_SYS(ftruncate),
                           SCMP_SYS(munmap),
                           SCMP_SYS(mremap),
                           SCMP_SYS(madvise),
                           SCMP_SYS(brk),
                           SCMP_SYS(futex),
                           SCMP_SYS(set_robust_list),
                           SCMP_SYS(rseq),
                           SCMP_SYS(exit),
                           SCMP_SYS(exit_group),
                           SCMP_SYS(rt_sigaction),
                           SCMP_SYS(rt_sigprocmask),
                           SCMP_SYS(rt_sigreturn),
                           SCMP_SYS(sigaltstack),
                           SCMP_SYS(getpid),
                           SCMP_SYS(gettid),
                           SCMP_SYS(getrandom),
                           SCMP_SYS(clock_gettime),
                           SCMP_SYS(gettimeofday),
                           SCMP_SYS(time),
                           SCMP_SYS(sysinfo),
                           SCMP_SYS(sched_yield),
                           SCMP_SYS(getrusage),
                           SCMP_SYS(sched_getaffinity)};

bool addRules(scmp_filter_ctx filter)
{
    auto const allow = [filter](int call, scmp_arg_cmp const& argument) {
        return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &argument) == 0;
    };
    for (int const call : allowed)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0)
            return false;
    // The undefined-behaviour sanitizer asks through a pipe whether memory can be read.
    if (isInstrumented && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(pipe), 0) +
                                  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(pipe2), 0) !=
                              0)
        return false;
    // Data, never code.
    scmp_arg_cmp const noCode = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    // Ourselves only: the viewer runs as the same user.
    scmp_arg_cmp const ownLimits = {0, SCMP_CMP_EQ, 0, 0};
    scmp_arg_cmp const ownThreads = {0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0};
    // fstat() of today's C library: the descriptor itself, no path.
    scmp_arg_cmp const noPath = {3, SCMP_CMP_MASKED_EQ, 0x1000 /* AT_EMPTY_PATH */, 0x1000};
    return allow(SCMP_SYS(mmap), noCode) && allow(SCMP_SYS(mprotect), noCode) &&
           allow(SCMP_SYS(prlimit64), ownLimits) && allow(SCMP_SYS(tgkill), ownThreads) &&
           allow(SCMP_SYS(newfstatat), noPath);
}

bool limit(__rlimit_resource resource, rlim_t most)
{
    rlimit const value{most, most};
    return setrlimit(resource, &value) == 0;
}

} // namespace

Result<void> limitResources(std::uint64_t memory)
{
    if ((!isInstrumented && !limit(RLIMIT_AS, memory)) || !limit(RLIMIT_FSIZE, memory) || !limit(RLIMIT_CORE, 0) ||
        !limit(RLIMIT_NOFILE, 64))
        return failErrno("limiting a decoder");
    return {};
}

Result<void> closeWalls()
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return failErrno("closing the walls of a decoder");
    std::unique_ptr<void, decltype(&seccomp_release)> const filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)),
                                                                   &seccomp_release);
    if (!filter || !addRules(filter.get()) || seccomp_load(filter.get()) != 0)
        return fail(ErrorCode::Unavailable, "the walls of a decoder can't be closed");
    return {};
}

void limitProcessorTime(std::uint32_t seconds)
{
    rusage used{};
    rlimit value{};
    if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &value) != 0)
        return;
    rlim_t const until = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 2 + seconds;
    if (value.rlim_max == RLIM_INFINITY || until <= value.rlim_max)
        value.rlim_cur = until;
    setrlimit(RLIMIT_CPU, &value);
}

} // namespace qianli::viewer
