#include "viewer/ui/trace.h"

#include <QCoreApplication>
#include <QEvent>
#include <QJsonDocument>
#include <QWidget>
#include <QWindow>

namespace qianli::viewer {

namespace {
Trace* active = nullptr;

double milliseconds(qint64 nanoseconds)
{
    return static_cast<double>(nanoseconds / 1000) / 1000.0;
}

char const* causeOf(QEvent::Type type)
{
    switch (type) {
    case QEvent::Wheel:
        return "wheel";
    case QEvent::KeyPress:
        return "key";
    case QEvent::MouseMove:
        return "mouse-move";
    case QEvent::MouseButtonPress:
        return "mouse-press";
    default:
        return nullptr;
    }
}
} // namespace

Result<std::unique_ptr<Trace>> Trace::open(QString const& file)
{
    std::unique_ptr<Trace> trace(new Trace);
    trace->file_.setFileName(file);
    if (!trace->file_.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return fail(ErrorCode::Unavailable, (file + ": " + trace->file_.errorString()).toStdString());
    trace->clock_.start();
    active = trace.get();
    QCoreApplication::instance()->installEventFilter(trace.get());
    return trace;
}

Trace::~Trace()
{
    if (active == this)
        active = nullptr;
}

Trace* Trace::current()
{
    return active;
}

void Trace::caseOpened(std::string const& studyUid)
{
    study_ = studyUid;
    opened_ = clock_.nsecsElapsed();
    firstShown_ = false;
    write({{"event", "opened"}});
}

void Trace::caseLoaded(int images)
{
    if (opened_)
        write({{"event", "loaded"}, {"ms", milliseconds(clock_.nsecsElapsed() - *opened_)}, {"images", images}});
}

void Trace::viewChanged()
{
    if (input_)
        input_->changed = true;
}

void Trace::picturePainted()
{
    painted_ = true;
}

bool Trace::eventFilter(QObject* watched, QEvent* event)
{
    auto* widget = qobject_cast<QWidget*>(watched);
    if (event->type() == QEvent::UpdateRequest && widget != nullptr && widget->isWindow()) {
        // Painting and flushing happen within this event: it is handled here, to know when it is through.
        watched->event(event);
        flushed();
        return true;
    }
    char const* cause = causeOf(event->type());
    // Where it enters the program: the window, or in a test the widget itself.
    bool const enters = cause != nullptr && (qobject_cast<QWindow*>(watched) != nullptr || widget != nullptr);
    if (enters && (!input_ || !input_->changed))
        input_ = Wait{clock_.nsecsElapsed(), cause, false};
    return QObject::eventFilter(watched, event);
}

void Trace::flushed()
{
    if (!std::exchange(painted_, false))
        return;
    qint64 const now = clock_.nsecsElapsed();
    if (opened_ && !std::exchange(firstShown_, true))
        write({{"event", "first-image"}, {"ms", milliseconds(now - *opened_)}});
    if (input_ && input_->changed) {
        write({{"event", "frame"}, {"cause", input_->cause}, {"ms", milliseconds(now - input_->since)}});
        input_.reset();
    }
}

void Trace::write(QJsonObject line)
{
    line["at"] = milliseconds(clock_.nsecsElapsed());
    line["study"] = QString::fromStdString(study_);
    file_.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
    file_.flush();
}

} // namespace qianli::viewer
