// Viewport: one picture of one stack on the screen: painted by the CPU, annotated, scrolled, windowed.
#pragma once

#include "viewer/model/corner_text.h"
#include "viewer/model/series.h"
#include "viewer/tools/drag_tool.h"
#include "viewer/ui/picture_cache.h"
#include "viewer/ui/viewport_layer.h"
#include "viewer/ui/viewport_marks.h"
#include "viewer/ui/volume_view.h"

#include <QImage>
#include <QTimer>
#include <QWidget>

namespace qianli::viewer {

class CineBar;
class Mask;
class PageView;

class Viewport : public QWidget {
    Q_OBJECT

public:
    Viewport(int number, PictureCache& cache, QWidget* parent = nullptr);
    ~Viewport() override;

    // A stack of a study. The same stack grown keeps the picture on screen and how it is seen.
    void showStack(Stack const& stack, SeriesIdentity const& series);
    // A cut through the volume made of `source`, or the whole of it.
    void showVolume(std::shared_ptr<VolumeView> view, Stack const& source, SeriesIdentity const& series);
    void clear();

    // The pages of a document; a stack of that kind is opened by showStack(). Null: it shows pictures.
    PageView* pages() const { return pages_; }
    // Plays the frames while the stack is a clip. Null: it never was one.
    CineBar* cine() const { return cine_; }
    // Of an X-ray clip: its frames without the mask, and back.
    void toggleSubtraction();
    bool isEmpty() const { return stack_.empty(); }
    // By the reader, since the stack came.
    bool isTouched() const { return touched_; }
    bool isSubtracted() const { return mask_ != nullptr; }
    // Every picture of the stack is decoded, or can't be.
    bool isLoaded() const;
    bool showsPlane() const { return view_ != nullptr; }
    VolumeView* volumeView() const { return view_.get(); }
    Stack const& stack() const { return stack_; }
    std::string const& seriesUid() const { return seriesUid_; }
    ViewState const& state() const { return state_; }
    std::shared_ptr<Pixels const> pixels() const { return pixels_; }
    FrameAttributes const* attributes() const;
    StackEntry const* entry() const;

    void setActive(bool active);
    void setLeftTool(ToolKind tool) { leftTool_ = tool; }
    void setKnown(KnownOfCase const& known);
    void setBand(ViewportBand const& band);
    ViewportBand const& band() const { return band_; }
    // What stands in the corners now.
    CornerText annotation() const;
    void setKeyImage(bool key);
    void setWaitingText(QString const& text);
    QString const& waitingText() const { return waitingText_; }
    // Drawn over the picture in the order in which they were added; the last one sees the mouse first.
    void addLayer(std::unique_ptr<ViewportLayer> layer);
    // Nothing when there is no picture to lie over.
    std::optional<LayerView> layerView() const;

    // Changes the way the picture is seen, and draws it.
    void change(std::function<void(ToolTarget const&)> const& act);
    void setState(ViewState const& state);
    void resetView();
    // All of the stack is there: what opened with the slice that came first goes to the middle, unless the reader has
    // turned to something or it lies near there.
    void settle();
    // The picture without annotation, for the report.
    QImage render(QSize size) const;

signals:
    void activated(qianli::viewer::Viewport* viewport);
    void maximiseAsked(qianli::viewer::Viewport* viewport);
    void pictureChanged(qianli::viewer::Viewport* viewport);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void showDocument(Stack const& stack, SeriesIdentity const& series);
    void followPages(); // their place, and whose they are
    void leavePages();
    void followClip(); // whether there is one, and where it is
    void placeClip();
    int clipHeight() const;
    bool takeMask(); // of the frame shown; false: none, or not decoded yet
    void leaveMask();
    void followMask();
    Window windowOfDifferences();
    std::shared_ptr<Pixels const> withoutMask(std::shared_ptr<Pixels const> const& pixels) const;
    void takePicture();
    // What the window is made from where the object has none: of slices the middle one, else what is shown.
    std::size_t leadingIndex() const;
    VoiChoice openingVoi();
    bool takeLeading(quintptr image, unsigned frame);
    void followView();
    void leaveView();
    void wish();
    void updateImage();
    QRect pictureArea() const;
    QRect scrollTrack() const;
    void paintMessage(QPainter& painter, QString const& text);
    void scrollTo(QPoint at);
    LayerMouse layerMouse(QMouseEvent const& event) const;
    bool pressLayer(LayerMouse const& mouse);

    int const number_;
    PictureCache& cache_;
    Stack stack_;
    std::shared_ptr<VolumeView> view_;
    std::shared_ptr<ImageAttributes> viewImage_;  // stands for the picture of the view; follows it
    PageView* pages_ = nullptr;                   // over all of this widget but the band
    CineBar* cine_ = nullptr;                     // under the picture
    std::shared_ptr<ImageAttributes const> clip_; // that cine_ plays
    std::shared_ptr<Mask const> mask_;            // null: nothing is subtracted
    VoiChoice plainVoi_;                          // without it
    std::string seriesUid_;
    ViewState state_;
    bool voiChosen_ = false;
    bool voiAwaitsLeading_ = false; // from the pixels of another slice, until those of the leading one are there
    bool touched_ = false;
    std::shared_ptr<Pixels const> pixels_;
    std::optional<Error> error_;
    QImage image_;
    bool imageCurrent_ = false;
    bool active_ = false, keyImage_ = false, draggingScroll_ = false;
    KnownOfCase known_;
    ViewportBand band_;
    int bandHeight_ = 0;
    QString waitingText_;
    ToolKind leftTool_ = ToolKind::WindowLevel;
    std::unique_ptr<DragTool> drag_;
    std::vector<std::unique_ptr<ViewportLayer>> layers_;
    ViewportLayer* pressed_ = nullptr; // took the press that is still down
    int wheelRest_ = 0;
    QTimer barIsOld_; // since a picture arrived; the scroll bar shows it soon
};

} // namespace qianli::viewer
