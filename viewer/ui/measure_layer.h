// MeasureLayer: the measurements of the picture shown: drawn, made, dragged; and the value under the mouse.
#pragma once

#include "viewer/ui/measure_board.h"
#include "viewer/ui/viewport_layer.h"

#include <QWidget>

namespace qianli::viewer {

class CalibrationField;

class MeasureLayer : public ViewportLayer {
public:
    // `host`: the viewport it lies on.
    MeasureLayer(MeasureBoard& board, QWidget& host);
    ~MeasureLayer() override;

    void paint(QPainter& painter, LayerView const& view) override;
    bool press(LayerMouse const& mouse, LayerView const& view) override;
    void move(LayerMouse const& mouse, LayerView const& view) override;
    void release(LayerMouse const& mouse, LayerView const& view) override;
    void hover(LayerMouse const& mouse, LayerView const& view) override;
    bool doubleClick(LayerMouse const& mouse, LayerView const& view) override;

private:
    enum class Part { Handle, Body, Label };
    struct Hit {
        std::size_t index = 0;
        Part part = Part::Body;
        std::size_t handle = 0;
    };
    struct Drag {
        Hit hit;
        QPointF from; // image coordinates
        Measurement original, current;
    };
    struct Words { // of one measurement, as they were worked out last
        Measurement measurement;
        Pixels const* pixels = nullptr;
        std::optional<PixelSpacing> own;
        QStringList lines;
    };

    bool isHere(Measurement const& measurement, LayerView const& view) const;
    std::optional<Hit> hitAt(QPointF at, LayerView const& view) const;
    QStringList words(std::size_t slot, Measurement const& measurement, LayerView const& view);
    void paintCorner(QPainter& painter, LayerView const& view);
    QStringList promptLines(LayerView const& view) const;
    void startPending(QPointF place, LayerView const& view);
    void placeNext(QPointF place);
    void askLength();

    MeasureBoard& board_;
    QWidget& host_;
    std::unique_ptr<QObject> watch_; // tells when the mouse has left
    CalibrationField* field_ = nullptr;
    std::optional<QPointF> mouse_;
    std::optional<Drag> drag_;
    QPointF pressedAt_;
    std::vector<Words> words_;
    std::vector<std::pair<std::size_t, QRectF>> labels_; // where they were painted
};

} // namespace qianli::viewer
