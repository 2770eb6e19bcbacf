// OperationThreads: threads for operations that send for as long as the caller reads (find, get, move): as many as are
// needed at the same time, and no longer than they are.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace qianli::gateway {

class OperationThreads {
public:
    OperationThreads() = default;
    ~OperationThreads(); // waits for what runs
    OperationThreads(OperationThreads const&) = delete;
    OperationThreads& operator=(OperationThreads const&) = delete;

    // False when the system has no thread for it.
    bool run(std::function<void()> task);

private:
    void work(std::list<std::thread>::iterator self);
    void joinEnded(std::unique_lock<std::mutex>& lock);

    std::mutex mutex_; // guards all below
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    std::list<std::thread> threads_, ended_;
    std::size_t idle_ = 0;
    bool ending_ = false;
};

} // namespace qianli::gateway
