// MeasureBoard: the measurements of a case: the tool in hand, what is drawn, what is selected, and the way back.
//
// Promise: each change can be undone, deleting too; what is drawn lies on its own picture and frame and nowhere else.
#pragma once

#include "viewer/model/measurement.h"

#include <QObject>

#include <optional>
#include <set>

namespace qianli::viewer {

class MeasureBoard : public QObject {
    Q_OBJECT

public:
    // A measurement under construction: the last point follows the mouse, the others are placed.
    struct Pending {
        Measurement measurement;
        std::size_t placed = 0;
    };

    std::vector<Measurement> const& all() const { return all_; }
    // Of another case, or as they came from elsewhere: nothing to undo.
    void load(std::vector<Measurement> measurements);

    std::optional<MeasurementKind> tool() const { return tool_; }
    // Stays until another is taken.
    void setTool(std::optional<MeasurementKind> tool);

    std::optional<std::size_t> selected() const { return selected_; }
    void select(std::optional<std::size_t> index);

    std::optional<Pending> const& pending() const { return pending_; }
    void setPending(std::optional<Pending> pending);
    // Complete: taken over, or, for a calibration, asked for its length.
    void finishPending();
    // A calibration whose line waits for its length in millimetres.
    std::optional<Measurement> const& waiting() const { return waiting_; }
    void giveLength(double millimetres);

    // Lets go of what is half done. False when there was nothing.
    bool cancel();
    void replace(std::size_t index, Measurement const& measurement);
    bool removeSelected();
    bool undo();
    bool redo();
    // The objects whose measurements differ since before the last change.
    std::set<std::string> const& touched() const { return touched_; }

signals:
    void changed();
    // Its picture was changed by undo() or redo(): it should be seen.
    void turnedTo(qianli::viewer::Measurement const& measurement);
    void toolChanged();
    void lengthAsked();
    void repaintAsked();
    void full();
    // The object knows the patient's plane itself.
    void calibrationRefused();

private:
    void put(std::vector<Measurement> measurements);
    void remember(); // a step to undo
    void step(std::vector<std::vector<Measurement>>& from, std::vector<std::vector<Measurement>>& to);

    std::vector<Measurement> all_;
    std::vector<std::vector<Measurement>> before_, after_;
    std::optional<MeasurementKind> tool_;
    std::optional<std::size_t> selected_;
    std::optional<Pending> pending_;
    std::optional<Measurement> waiting_;
    std::set<std::string> touched_;
};

} // namespace qianli::viewer
