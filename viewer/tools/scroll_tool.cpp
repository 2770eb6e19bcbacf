#include "viewer/tools/scroll_tool.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

namespace {
std::size_t moved(std::size_t index, long long steps, std::size_t count)
{
    if (count == 0)
        return 0;
    auto const last = static_cast<long long>(count) - 1;
    return static_cast<std::size_t>(std::clamp(static_cast<long long>(index) + steps, 0LL, last));
}
} // namespace

void ScrollTool::begin(ToolTarget const& target, QPointF at)
{
    start_ = at;
    index_ = target.state.index;
}

void ScrollTool::drag(ToolTarget const& target, QPointF at)
{
    double const wayOfOne =
        std::clamp(target.viewport.height() * 0.8 / std::max<double>(1, static_cast<double>(target.count)), 2.0, 20.0);
    target.state.index = moved(index_, std::llround((at.y() - start_.y()) / wayOfOne), target.count);
}

void scrollBy(ToolTarget const& target, int steps)
{
    target.state.index = moved(target.state.index, steps, target.count);
}

} // namespace qianli::viewer
