#include "viewer/ui/mpr_bar.h"

#include "viewer/i18n/language.h"

#include <QHBoxLayout>
#include <QSignalBlocker>

namespace qianli::viewer {

MprBar::MprBar(QWidget* parent)
    : QFrame(parent), thickness_(new QDoubleSpinBox(this)), mode_(new QComboBox(this)), lines_(new QToolButton(this)),
      hint_(new QLabel(this)), rendered_(new RenderBar(this))
{
    setObjectName("mprBar");
    setProperty("role", "bar");
    setFixedHeight(34);
    thickness_->setObjectName("mpr.thickness");
    thickness_->setRange(0, 100);
    thickness_->setDecimals(1);
    thickness_->setSuffix(" mm");
    thickness_->setSpecialValueText(say("薄层", "Thin"));
    thickness_->setFocusPolicy(Qt::ClickFocus);
    thickness_->setToolTip(say("切面厚度（Shift+滚轮）", "Thickness of the cuts (Shift+wheel)"));
    mode_->setObjectName("mpr.mode");
    mode_->addItems(
        {say("最大密度 MIP", "Maximum (MIP)"), say("最小密度 MinIP", "Minimum (MinIP)"), say("平均", "Average")});
    mode_->setFocusPolicy(Qt::NoFocus);
    lines_->setObjectName("mpr.lines");
    lines_->setText(say("十字线", "Cross-hair"));
    lines_->setToolTip(say("显示或隐藏十字线  X", "Show or hide the cross-hair  X"));
    lines_->setCheckable(true);
    lines_->setFocusPolicy(Qt::NoFocus);
    auto* reset = new QToolButton(this);
    reset->setObjectName("mpr.reset");
    reset->setText(say("摆正", "Straighten"));
    reset->setToolTip(say("三个面回到正中、摆正、薄层", "Three straight, thin planes through the middle"));
    reset->setFocusPolicy(Qt::NoFocus);
    hint_->setText(say("拖中心：移动   拖线：移动一个面   拖线上的圆圈：转动",
                       "Drag the middle or a line to move, a circle on a line to turn"));
    hint_->setProperty("role", "quiet");
    hint_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(8);
    layout->addWidget(new QLabel(say("层厚", "Slab"), this));
    layout->addWidget(thickness_);
    layout->addWidget(mode_);
    layout->addWidget(lines_);
    layout->addWidget(reset);
    layout->addWidget(hint_, 1);
    layout->addWidget(rendered_);
    connect(thickness_, &QDoubleSpinBox::valueChanged, this, &MprBar::setSlab);
    connect(mode_, &QComboBox::currentIndexChanged, this, &MprBar::setSlab);
    connect(lines_, &QToolButton::toggled, this, [this](bool shown) {
        if (model_)
            model_->setShowsLines(shown);
    });
    connect(reset, &QToolButton::clicked, this, [this] {
        if (model_)
            model_->reset();
    });
    hide();
}

void MprBar::setModel(std::shared_ptr<MprModel> model)
{
    if (model_)
        model_->disconnect(this);
    model_ = std::move(model);
    setVisible(model_ != nullptr);
    if (!model_)
        return;
    connect(model_.get(), &MprModel::changed, this, &MprBar::follow);
    follow();
}

void MprBar::setRendered(std::shared_ptr<RenderedView> view)
{
    rendered_->setView(std::move(view));
}

void MprBar::setSlab()
{
    if (model_)
        model_->setSlab({thickness_->value(), static_cast<SlabMode>(mode_->currentIndex())});
}

void MprBar::follow()
{
    QSignalBlocker const thickness(thickness_), mode(mode_), lines(lines_);
    thickness_->setValue(model_->slab().thickness);
    mode_->setCurrentIndex(static_cast<int>(model_->slab().mode));
    lines_->setChecked(model_->showsLines());
}

} // namespace qianli::viewer
