// Work beside the window: a function runs in a thread of its own, its result comes back to the thread of `owner`.
//
// Promise: `then` runs in owner's thread, or not at all when owner is gone.
#pragma once

#include "common/base/result.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include <exception>
#include <functional>
#include <memory>

namespace qianli::viewer {

template <typename T>
void inBackground(QObject* owner, std::function<Result<T>()> work, std::function<void(Result<T>)> then)
{
    QPointer<QObject> const alive(owner);
    QThreadPool::globalInstance()->start([alive, work = std::move(work), then = std::move(then)] {
        auto result = std::make_shared<Result<T>>(fail(ErrorCode::Internal, "not done"));
        // A library's exception (memory, most likely) costs this piece of work, not the program.
        try {
            *result = work();
        } catch (std::exception const& error) {
            *result = fail(ErrorCode::Internal, error.what());
        }
        // Delivered through the application: `owner` may be dying in its own thread right now.
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [alive, result, then] {
                if (alive)
                    then(std::move(*result));
            },
            Qt::QueuedConnection);
    });
}

// At the end of a program, before its libraries put their memory away: a thread that ends later leaves its own behind.
inline void waitForBackground()
{
    QThreadPool::globalInstance()->waitForDone();
}

} // namespace qianli::viewer
