#include "viewer/ui/page_bar.h"

#include "viewer/i18n/language.h"

#include <QHBoxLayout>

#include <algorithm>

namespace qianli::viewer {

PageBar::PageBar(PageSource const& source, QWidget* viewport)
    : QFrame(viewport), page_(new QLabel(this)), words_(new QLabel(this))
{
    setObjectName("pageBar");
    setProperty("role", "bar");
    setAttribute(Qt::WA_StyledBackground);
    setCursor(Qt::ArrowCursor);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(1);
    page_->setObjectName("pageBar.page");
    words_->setObjectName("pageBar.words");
    words_->setProperty("role", "quiet");
    words_->setMinimumWidth(0);
    words_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    words_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    layout->addWidget(page_);
    for (PageChoices& choices : source.choices()) {
        layout->addSpacing(10);
        Group group{choices, {}, 0};
        std::size_t const index = groups_.size();
        for (std::size_t choice = 0; choice < choices.size(); ++choice) {
            QToolButton* const button = addButton(choices[choice].name, choices[choice].label, choices[choice].tip);
            button->setCheckable(true);
            button->setChecked(choices[choice].current);
            if (choices[choice].current)
                group.current = choice;
            connect(button, &QToolButton::clicked, this, [this, index, choice] { choose(index, choice); });
            group.buttons.push_back(button);
        }
        groups_.push_back(std::move(group));
    }
    layout->addSpacing(10);
    connect(addButton("page.whole", say("整页", "Page"), say("整页  F", "Whole page  F")), &QToolButton::clicked, this,
            &PageBar::wholeAsked);
    connect(addButton("page.width", say("满宽", "Width"), say("与视口同宽", "As wide as the viewport")),
            &QToolButton::clicked, this, &PageBar::widthAsked);
    actual_ = addButton("page.actual", "1:1",
                        say("纸上 1 毫米在屏上也是 1 毫米", "A millimetre of paper is one on the screen"));
    connect(actual_, &QToolButton::clicked, this, &PageBar::actualAsked);
    layout->addWidget(words_, 1);
}

QToolButton* PageBar::addButton(QString const& name, QString const& label, QString const& tip)
{
    auto* button = new QToolButton(this);
    button->setObjectName(name);
    button->setText(label);
    button->setToolTip(tip);
    button->setFocusPolicy(Qt::NoFocus);
    button->setFixedHeight(24);
    layout()->addWidget(button);
    return button;
}

void PageBar::choose(std::size_t group, std::size_t choice)
{
    Group& of = groups_[group];
    std::size_t const next = narrow_ ? (of.current + 1) % of.choices.size() : choice;
    of.buttons[choice]->setChecked(choice == of.current);
    if (next != of.current)
        emit chosen(of.choices[next].make());
}

void PageBar::showState(std::size_t page, std::size_t count, QString const& words, QString const& scale)
{
    page_->setText(count > 1 ? say("第 %1/%2 页", "Page %1/%2").arg(page + 1).arg(count) : QString());
    pageWords_ = words;
    scale_ = scale;
    makeRoom();
}

void PageBar::resizeEvent(QResizeEvent*)
{
    makeRoom();
}

void PageBar::makeRoom()
{
    QString const all = pageWords_.isEmpty() ? scale_ : pageWords_ + "   " + scale_;
    auto const widthOf = [this](QString const& words) { return words_->fontMetrics().horizontalAdvance(words); };
    int needed = 40 + page_->sizeHint().width() + widthOf(all);
    for (QToolButton const* button : findChildren<QToolButton*>())
        needed += button->sizeHint().width() + 4;
    narrow_ = needed > width();
    for (Group const& group : groups_)
        for (std::size_t choice = 0; choice < group.buttons.size(); ++choice)
            group.buttons[choice]->setVisible(!narrow_ || choice == group.current);
    int room = width() - 40 - page_->sizeHint().width();
    for (QToolButton const* button : findChildren<QToolButton*>())
        room -= button->isHidden() ? 0 : button->sizeHint().width() + 4;
    words_->setText(widthOf(all) <= room ? all : widthOf(scale_) <= room ? scale_ : QString());
    words_->setToolTip(all);
}

} // namespace qianli::viewer
