// Trace: how long a person waits, as JSON lines: from mouse or key to the flushed frame, to a case's first picture,
// until all of it is there. For `--trace FILE`; without it there is none, and nothing is measured.
#pragma once

#include "common/base/result.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonObject>
#include <QObject>

#include <memory>
#include <optional>

namespace qianli::viewer {

class Trace : public QObject {
    Q_OBJECT

public:
    // Measures until it goes; one at a time.
    static Result<std::unique_ptr<Trace>> open(QString const& file);
    ~Trace() override;
    static Trace* current(); // or nullptr

    void caseOpened(std::string const& studyUid);
    void caseLoaded(int images);
    // Mouse or key changed what a viewport shows: the frame that shows it ends the wait.
    void viewChanged();
    // A viewport has painted its picture; on the screen when the window's update is through.
    void picturePainted();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    Trace() = default;
    void flushed();
    void write(QJsonObject line);

    QFile file_;
    QElapsedTimer clock_;
    struct Wait {
        qint64 since; // nanoseconds
        char const* cause;
        bool changed;
    };
    std::optional<Wait> input_; // the oldest one that no frame has answered
    std::optional<qint64> opened_;
    std::string study_;
    bool painted_ = false, firstShown_ = false;
};

} // namespace qianli::viewer
