#include "viewer/ui/render_bar.h"

#include "viewer/i18n/language.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QToolButton>

namespace qianli::viewer {

RenderBar::RenderBar(QWidget* parent) : QWidget(parent), presets_(new QComboBox(this))
{
    presets_->setObjectName("render.preset");
    presets_->setFocusPolicy(Qt::NoFocus);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(new QLabel(say("三维", "3D"), this));
    layout->addSpacing(6);
    layout->addWidget(presets_);
    layout->addSpacing(6);
    using Side = RenderedView::Side;
    struct {
        Side side;
        char const *name, *chinese, *english;
    } const sides[] = {{Side::Front, "front", "前", "A"}, {Side::Back, "back", "后", "P"},
                       {Side::Left, "left", "左", "L"},   {Side::Right, "right", "右", "R"},
                       {Side::Head, "head", "头", "H"},   {Side::Feet, "feet", "足", "F"}};
    for (auto const& [side, name, chinese, english] : sides) {
        auto* button = new QToolButton(this);
        button->setObjectName(QString("render.%1").arg(name));
        button->setText(say(chinese, english));
        button->setToolTip(say("从这一侧看", "Look from this side"));
        button->setFocusPolicy(Qt::NoFocus);
        layout->addWidget(button);
        connect(button, &QToolButton::clicked, this, [this, side = side] {
            if (view_)
                view_->lookFrom(side);
        });
    }
    connect(presets_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (view_ && index >= 0)
            view_->setPreset(static_cast<std::size_t>(index));
    });
    hide();
}

void RenderBar::setView(std::shared_ptr<RenderedView> view)
{
    view_ = std::move(view);
    setVisible(view_ != nullptr);
    if (!view_)
        return;
    QSignalBlocker const quiet(presets_);
    presets_->clear();
    for (RenderPreset const& preset : view_->presets())
        presets_->addItem(presetWord(preset));
    presets_->setCurrentIndex(static_cast<int>(view_->preset()));
}

} // namespace qianli::viewer
