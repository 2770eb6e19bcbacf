// ReadingPage's measurements: their tools and keys, kept with the draft, drawn on the key images.
#include "viewer/ui/measure_layer.h"
#include "viewer/ui/reading_page.h"

#include "viewer/client/draft_marks.h"
#include "viewer/i18n/language.h"
#include "viewer/ui/key_picture.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/tool_strip.h"

#include <QKeyEvent>

#include <map>

namespace qianli::viewer {

void ReadingPage::addMeasureTools(ToolStrip& bar)
{
    auto tool = [&](char const* name, Icon icon, QString const& text, QString const& tip, MeasurementKind kind) {
        auto* button = new QToolButton(&bar);
        button->setObjectName(name);
        button->setIcon(lineIcon(icon));
        button->setText(text);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setToolTip(tip);
        button->setFocusPolicy(Qt::NoFocus);
        button->setCheckable(true);
        bar.add(button);
        connect(button, &QToolButton::clicked, this, [this, kind] { measureWith(kind); });
        measureButtons_.emplace_back(kind, button);
    };
    tool("measure.length", Icon::Length, say("长度", "Length"), say("长度  L", "Length  L"), MeasurementKind::Length);
    tool("measure.angle", Icon::Angle, say("角度", "Angle"), say("角度  A", "Angle  A"), MeasurementKind::Angle);
    tool("measure.cobb", Icon::Cobb, "Cobb", say("Cobb 角：两条线之间  C", "Cobb: between two lines  C"),
         MeasurementKind::Cobb);
    tool("measure.ratio", Icon::HeartRatio, say("心胸比", "CTR"),
         say("心胸比：中线、心影两缘、胸廓两缘  T", "Cardiothoracic ratio  T"), MeasurementKind::CardiothoracicRatio);
    tool("measure.ellipse", Icon::Ellipse, say("椭圆", "Ellipse"),
         say("椭圆内的均值、标准差、面积  O", "Mean, deviation and area of an ellipse  O"), MeasurementKind::Ellipse);
    tool("measure.calibrate", Icon::Calibrate, say("标定", "Calibrate"),
         say("标定：画一条已知长度的线，此后这幅图像以毫米计", "Calibrate: a line of known length"),
         MeasurementKind::Calibration);
}

void ReadingPage::measureWith(MeasurementKind kind)
{
    if (board_.tool() == kind)
        return setLeftTool(ToolKind::WindowLevel); // and away again
    board_.setTool(kind);
    grid_->active().setFocus();
}

bool ReadingPage::measureKey(QKeyEvent const& event)
{
    static std::map<int, MeasurementKind> const tools{{Qt::Key_L, MeasurementKind::Length},
                                                      {Qt::Key_A, MeasurementKind::Angle},
                                                      {Qt::Key_C, MeasurementKind::Cobb},
                                                      {Qt::Key_T, MeasurementKind::CardiothoracicRatio},
                                                      {Qt::Key_O, MeasurementKind::Ellipse}};
    if (event.matches(QKeySequence::Undo))
        return board_.undo();
    if (event.matches(QKeySequence::Redo) || (event.key() == Qt::Key_Y && event.modifiers() == Qt::ControlModifier))
        return board_.redo();
    if (event.modifiers() != Qt::NoModifier && event.modifiers() != Qt::KeypadModifier)
        return false;
    if (event.key() == Qt::Key_Delete)
        return board_.removeSelected();
    auto const found = tools.find(event.key());
    if (found == tools.end())
        return false;
    measureWith(found->second);
    return true;
}

void ReadingPage::addMeasurements()
{
    for (Viewport* viewport : grid_->viewports())
        viewport->addLayer(std::make_unique<MeasureLayer>(board_, *viewport));
    connect(&board_, &MeasureBoard::toolChanged, this, [this] {
        for (auto const& [kind, button] : measureButtons_)
            button->setChecked(board_.tool() == kind);
        if (board_.tool())
            for (auto const& [kind, button] : toolButtons_)
                button->setChecked(false);
    });
    connect(&board_, &MeasureBoard::changed, this, [this] {
        ++measured_;
        report_->desk().setMeasurements(board_.all());
        redrawKeyPictures();
        if (task_ && !report_->desk().isWritable() && !std::exchange(saidNotKept_, true))
            notices_->show(
                NoticeBar::Weight::Information,
                say("这一例不由您书写，测量只在屏幕上，不会保存。",
                    "You don't write this case's report: measurements stay on the screen and are not kept."));
    });
    connect(&board_, &MeasureBoard::turnedTo, this, &ReadingPage::turnTo);
    connect(&board_, &MeasureBoard::full, this, [this] {
        notices_->show(NoticeBar::Weight::Information,
                       say("一例最多 %1 个测量。", "A case takes at most %1 measurements.").arg(mostMeasurements));
    });
    connect(&board_, &MeasureBoard::calibrationRefused, this, [this] {
        notices_->show(NoticeBar::Weight::Information,
                       say("这幅图像自己带有患者平面或超声区域的毫米，不需要标定。",
                           "This image has millimetres of its own; it takes no calibration."));
    });
    connect(&report_->desk(), &ReportDesk::measurementsLoaded, this, [this] {
        board_.load(report_->desk().measurements());
        ++measured_;
        redrawKeyPictures();
    });
}

// The picture that was changed by undo, where it can be seen in the active viewport's stack.
void ReadingPage::turnTo(Measurement const& measurement)
{
    Viewport& viewport = grid_->active();
    auto const& entries = viewport.stack().entries;
    for (std::size_t index = 0; index < entries.size() && !viewport.showsPlane(); ++index)
        if (entries[index].frame == measurement.frame && isOf(measurement, *entries[index].image))
            return viewport.change([index](ToolTarget const& target) { target.state.index = index; });
}

// What was measured belongs to the picture in the report. Where it isn't decoded now it is drawn beside the window.
void ReadingPage::redrawKeyPictures()
{
    bool isWaiting = false;
    for (MarkedImage const& marked : std::vector<MarkedImage>(report_->desk().keyImages())) {
        if (!board_.touched().contains(marked.reference.sopInstanceUid) || marked.picture.isNull())
            continue;
        QImage picture;
        for (Viewport const* viewport : grid_->viewports()) {
            StackEntry const* entry = viewport->showsPlane() ? nullptr : viewport->entry();
            if (entry != nullptr && viewport->pixels() && isPictureOf(*entry, marked.reference) &&
                viewport->isSubtracted() == marked.isSubtracted)
                picture = drawKeyPicture(*entry, *viewport->pixels(), marked.look, board_.all());
        }
        if (picture.isNull() && marked.isSubtracted)
            continue; // beside the window there are no differences
        isWaiting = isWaiting || picture.isNull();
        report_->desk().replaceKeyPicture(marked.reference, picture);
    }
    if (isWaiting)
        restoreKeyPictures();
}

} // namespace qianli::viewer
