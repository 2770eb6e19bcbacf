#include "viewer/model/cut_line.h"

#include <algorithm>
#include <array>

namespace qianli::viewer {

namespace {
constexpr double parallelBelow = 0.05; // sine of about three degrees: the line would be anywhere

// Of the picture's outer corners, in patient millimetres, all the way round.
std::array<Vector3, 4> corners(PlacedPicture const& picture)
{
    auto const at = [&](double column, double row) {
        return picture.plane.position + picture.plane.row * ((column - 0.5) * picture.spacing.betweenColumns) +
               picture.plane.column * ((row - 0.5) * picture.spacing.betweenRows);
    };
    return {at(0, 0), at(picture.columns, 0), at(picture.columns, picture.rows), at(0, picture.rows)};
}

QPointF toImage(PlacedPicture const& picture, Vector3 point)
{
    Vector3 const from = point - picture.plane.position;
    return {dot(from, picture.plane.row) / picture.spacing.betweenColumns + 0.5,
            dot(from, picture.plane.column) / picture.spacing.betweenRows + 0.5};
}

// What of the line lies between two edges of one axis; false: nothing.
bool clip(double start, double way, double size, double& from, double& to)
{
    if (std::abs(way) < 1e-9)
        return start >= 0 && start <= size;
    double const first = -start / way, second = (size - start) / way;
    from = std::max(from, std::min(first, second));
    to = std::min(to, std::max(first, second));
    return from < to;
}
} // namespace

std::optional<PlacedPicture> placed(StackEntry const& entry)
{
    FrameAttributes const& frame = entry.attributes();
    if (!frame.plane || !frame.inPatient || !frame.spacing || frame.spacing->betweenColumns <= 0 ||
        frame.spacing->betweenRows <= 0)
        return {};
    return PlacedPicture{*frame.plane,
                         *frame.spacing,
                         static_cast<double>(entry.image->format.rows),
                         static_cast<double>(entry.image->format.columns),
                         entry.image->frameOfReferenceUid.value(),
                         entry.image->patient};
}

std::optional<QLineF> cutLine(PlacedPicture const& cutting, PlacedPicture const& shown)
{
    if (cutting.frameOfReference.empty() || cutting.frameOfReference != shown.frameOfReference ||
        !isSamePatient(cutting.patient, shown.patient))
        return {};
    Vector3 const normal = shown.plane.normal();
    if (length(cross(cutting.plane.normal(), normal)) < parallelBelow)
        return {};
    std::vector<Vector3> ends;
    auto const edges = corners(cutting);
    for (std::size_t index = 0; index < edges.size(); ++index) {
        Vector3 const here = edges[index], next = edges[(index + 1) % edges.size()];
        double const above = dot(here - shown.plane.position, normal), below = dot(next - shown.plane.position, normal);
        if ((above < 0) != (below < 0))
            ends.push_back(here + (next - here) * (above / (above - below)));
    }
    if (ends.size() != 2)
        return {};
    QLineF const line(toImage(shown, ends[0]), toImage(shown, ends[1]));
    double from = 0, to = 1;
    if (!clip(line.x1(), line.dx(), shown.columns, from, to) || !clip(line.y1(), line.dy(), shown.rows, from, to))
        return {};
    return QLineF(line.pointAt(from), line.pointAt(to));
}

} // namespace qianli::viewer
