// NoMoreDescriptors: this process may open nothing more, until its end.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace qianli::test {

class NoMoreDescriptors {
public:
    NoMoreDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        int const next = ::dup(0);
        ::close(next);
        // Lower ones are all in use.
        rlimit const none{static_cast<rlim_t>(next), before_.rlim_max};
        isSet_ = next >= 0 && ::setrlimit(RLIMIT_NOFILE, &none) == 0;
    }
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoMoreDescriptors(NoMoreDescriptors const&) = delete;
    NoMoreDescriptors& operator=(NoMoreDescriptors const&) = delete;
    bool isSet() const { return isSet_; }

private:
    rlimit before_{};
    bool isSet_ = false;
};

} // namespace qianli::test
