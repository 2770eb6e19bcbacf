#include "viewer/render/line_workers.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace qianli::viewer {
namespace {

class Helper {
public:
    Helper() : thread_([this] { run(); }) {}
    ~Helper()
    {
        {
            std::lock_guard const lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

    void share(int count, std::function<void(int, int)> const& work)
    {
        std::unique_lock const turn(turn_, std::try_to_lock);
        if (!turn.owns_lock())
            return work(0, count);
        int const middle = count / 2;
        {
            std::lock_guard const lock(mutex_);
            work_ = &work;
            begin_ = middle;
            end_ = count;
        }
        changed_.notify_all();
        work(0, middle);
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return work_ == nullptr; });
    }

private:
    void run()
    {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return stopping_ || work_ != nullptr; });
            if (stopping_)
                return;
            auto const& work = *work_;
            lock.unlock();
            work(begin_, end_);
            lock.lock();
            work_ = nullptr;
            changed_.notify_all();
        }
    }

    std::mutex turn_;  // held by the caller whose picture the thread works on
    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::function<void(int, int)> const* work_ = nullptr;
    int begin_ = 0;
    int end_ = 0;
    bool stopping_ = false;
    std::thread thread_; // last: it uses the members above
};

} // namespace

void forEachLineRange(int count, std::function<void(int, int)> const& work)
{
    static Helper helper;
    helper.share(count, work);
}

} // namespace qianli::viewer
