#include "viewer/ui/measure_board.h"

#include "viewer/client/draft_marks.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostSteps = 200;

// What is kept reads the same when it comes back.
QPointF rounded(QPointF point)
{
    return {std::round(point.x() * 100) / 100, std::round(point.y() * 100) / 100};
}

Measurement rounded(Measurement measurement)
{
    for (QPointF& point : measurement.points)
        point = rounded(point);
    if (measurement.label)
        measurement.label = rounded(*measurement.label);
    return measurement;
}

bool contains(std::vector<Measurement> const& all, Measurement const& one)
{
    return std::find(all.begin(), all.end(), one) != all.end();
}

// In one list and not in the other.
std::vector<Measurement> difference(std::vector<Measurement> const& one, std::vector<Measurement> const& other)
{
    std::vector<Measurement> result;
    for (auto const& measurement : one)
        if (!contains(other, measurement))
            result.push_back(measurement);
    for (auto const& measurement : other)
        if (!contains(one, measurement))
            result.push_back(measurement);
    return result;
}

// A line, or an arm of an angle, without a length, or a flat ellipse.
bool hasNoSize(Measurement const& measurement)
{
    constexpr double least = 0.5; // pixels of the picture
    auto const& points = measurement.points;
    auto const way = [&](std::size_t from) { return points[from + 1] - points[from]; };
    if (measurement.kind == MeasurementKind::Ellipse)
        return std::abs(way(0).x()) < least || std::abs(way(0).y()) < least;
    std::size_t const step = measurement.kind == MeasurementKind::Angle ? 1 : 2;
    for (std::size_t from = 0; from + 1 < points.size(); from += step)
        if (std::hypot(way(from).x(), way(from).y()) < least)
            return true;
    return false;
}

} // namespace

void MeasureBoard::load(std::vector<Measurement> measurements)
{
    touched_.clear();
    for (auto const& measurement : difference(all_, measurements))
        touched_.insert(measurement.sopInstanceUid);
    all_ = std::move(measurements);
    before_.clear();
    after_.clear();
    selected_.reset();
    pending_.reset();
    waiting_.reset();
    emit repaintAsked();
}

void MeasureBoard::setTool(std::optional<MeasurementKind> tool)
{
    pending_.reset();
    waiting_.reset();
    tool_ = tool;
    emit toolChanged();
    emit repaintAsked();
}

void MeasureBoard::select(std::optional<std::size_t> index)
{
    if (index && *index >= all_.size())
        index.reset();
    if (selected_ == index)
        return;
    selected_ = index;
    emit repaintAsked();
}

void MeasureBoard::setPending(std::optional<Pending> pending)
{
    pending_ = std::move(pending);
    emit repaintAsked();
}

void MeasureBoard::put(std::vector<Measurement> measurements)
{
    touched_.clear();
    for (auto const& measurement : difference(all_, measurements))
        touched_.insert(measurement.sopInstanceUid);
    all_ = std::move(measurements);
    emit changed();
    emit repaintAsked();
}

void MeasureBoard::remember()
{
    before_.push_back(all_);
    if (before_.size() > mostSteps)
        before_.erase(before_.begin());
}

void MeasureBoard::finishPending()
{
    if (!pending_)
        return;
    Measurement const done = rounded(std::exchange(pending_, std::nullopt)->measurement);
    if (hasNoSize(done)) // a stray click
        return emit repaintAsked();
    if (done.kind == MeasurementKind::Calibration) {
        waiting_ = done;
        emit lengthAsked();
        emit repaintAsked();
        return;
    }
    if (all_.size() >= mostMeasurements) {
        emit full();
        emit repaintAsked();
        return;
    }
    remember();
    after_.clear();
    auto more = all_;
    more.push_back(done);
    selected_ = more.size() - 1;
    put(std::move(more));
}

void MeasureBoard::giveLength(double millimetres)
{
    if (!waiting_)
        return;
    auto calibration = *std::exchange(waiting_, std::nullopt);
    calibration.knownMillimetres = millimetres;
    remember();
    after_.clear();
    auto more = all_;
    // One calibration an object: the newest.
    std::erase_if(more, [&](Measurement const& other) {
        return other.kind == MeasurementKind::Calibration && other.studyUid == calibration.studyUid &&
               other.sopInstanceUid == calibration.sopInstanceUid;
    });
    more.push_back(calibration);
    selected_ = more.size() - 1;
    // What a ruler was laid on is measured next.
    tool_ = MeasurementKind::Length;
    put(std::move(more));
    emit toolChanged();
}

bool MeasureBoard::cancel()
{
    bool const had = pending_ || waiting_;
    pending_.reset();
    waiting_.reset();
    if (had)
        emit repaintAsked();
    return had;
}

void MeasureBoard::replace(std::size_t index, Measurement const& measurement)
{
    if (index >= all_.size() || all_[index] == rounded(measurement))
        return emit repaintAsked();
    remember();
    after_.clear();
    auto others = all_;
    others[index] = rounded(measurement);
    put(std::move(others));
}

bool MeasureBoard::removeSelected()
{
    if (!selected_)
        return false;
    remember();
    after_.clear();
    auto fewer = all_;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(*std::exchange(selected_, std::nullopt)));
    put(std::move(fewer));
    return true;
}

void MeasureBoard::step(std::vector<std::vector<Measurement>>& from, std::vector<std::vector<Measurement>>& to)
{
    auto const other = difference(all_, from.back());
    to.push_back(all_);
    auto measurements = std::move(from.back());
    from.pop_back();
    selected_.reset();
    put(std::move(measurements));
    if (!other.empty())
        emit turnedTo(other.front());
}

bool MeasureBoard::undo()
{
    if (cancel())
        return true;
    if (before_.empty())
        return false;
    step(before_, after_);
    return true;
}

bool MeasureBoard::redo()
{
    if (after_.empty())
        return false;
    step(after_, before_);
    return true;
}

} // namespace qianli::viewer
