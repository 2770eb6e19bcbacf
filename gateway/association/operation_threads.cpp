#include "gateway/association/operation_threads.h"

#include "common/base/log.h"

#include <chrono>
#include <exception>

namespace qianli::gateway {

namespace {

constexpr auto keptIdle = std::chrono::seconds(10);

}

OperationThreads::~OperationThreads()
{
    std::unique_lock lock(mutex_);
    ending_ = true;
    wake_.notify_all();
    while (!threads_.empty()) {
        wake_.wait(lock, [this] { return threads_.empty() || !ended_.empty(); });
        joinEnded(lock);
    }
    joinEnded(lock);
}

bool OperationThreads::run(std::function<void()> task)
{
    std::unique_lock lock(mutex_);
    joinEnded(lock);
    tasks_.push_back(std::move(task));
    if (idle_ >= tasks_.size()) {
        wake_.notify_one();
        return true;
    }
    auto const before = threads_.size();
    try {
        auto const self = threads_.emplace(threads_.end());
        *self = std::thread([this, self] { work(self); }); // it waits for the lock
        return true;
    } catch (std::exception const& error) { // no thread, or no memory; who stays in line would wait for ever
        tasks_.pop_back();
        if (threads_.size() > before)
            threads_.pop_back();
        log::error("DICOM: no thread for an operation: {}", error.what());
        return false;
    }
}

void OperationThreads::work(std::list<std::thread>::iterator self)
{
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        bool const work = wake_.wait_for(lock, keptIdle, [this] { return ending_ || !tasks_.empty(); });
        --idle_;
        if (tasks_.empty() && (ending_ || !work))
            break;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
    }
    ended_.splice(ended_.end(), threads_, self);
    wake_.notify_all();
}

void OperationThreads::joinEnded(std::unique_lock<std::mutex>& lock)
{
    std::list<std::thread> ended;
    ended.swap(ended_);
    lock.unlock();
    for (auto& thread : ended)
        thread.join();
    lock.lock();
}

} // namespace qianli::gateway
