// CaliperLayer: two legs on millimetre paper: how long, how high, how often. On paper of known speed and gain only.
#pragma once

#include "viewer/render/page_source.h"
#include "viewer/ui/viewport_layer.h"

namespace qianli::viewer {

struct CaliperReading {
    std::optional<double> milliseconds, millivolts, perMinute;
};
// Of a way on paper, in millimetres; upwards is positive.
CaliperReading readCaliper(QPointF way, PaperScale const& scale);

class CaliperLayer : public ViewportLayer {
public:
    using ScaleOf = std::function<std::optional<PaperScale>(std::size_t page)>;
    explicit CaliperLayer(ScaleOf scaleOf) : scaleOf_(std::move(scaleOf)) {}

    void paint(QPainter& painter, LayerView const& view) override;
    bool press(LayerMouse const& mouse, LayerView const& view) override;
    void move(LayerMouse const& mouse, LayerView const& view) override;
    void release(LayerMouse const& mouse, LayerView const& view) override;
    bool doubleClick(LayerMouse const& mouse, LayerView const& view) override;
    void clear();
    // What the calipers of a page say; none when there are none.
    std::optional<CaliperReading> reading(std::size_t page) const;

private:
    enum class Held { Nothing, First, Second, Both };
    Held heldAt(QPointF at, LayerView const& view) const;

    ScaleOf scaleOf_;
    std::optional<std::size_t> page_;
    QPointF first_, second_; // millimetres on the sheet
    QPointF last_;
    Held held_ = Held::Nothing;
};

} // namespace qianli::viewer
