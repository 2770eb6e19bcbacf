// RefusedAllocation: one allocation that the system refuses, wherever it comes; for programs that link
// refused_allocation.cpp, which stands in for operator new. A promise that holds for each of them in turn holds for
// want of memory.
#pragma once

namespace qianli::test {

class RefusedAllocation {
public:
    enum class Of { ThisThread, OtherThreads };

    // The one behind so many that are given. One at a time in a program.
    RefusedAllocation(Of whose, int given);
    ~RefusedAllocation();
    RefusedAllocation(RefusedAllocation const&) = delete;
    RefusedAllocation& operator=(RefusedAllocation const&) = delete;
    bool hasHappened() const;
};

} // namespace qianli::test
