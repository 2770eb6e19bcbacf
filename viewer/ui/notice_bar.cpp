#include "viewer/ui/notice_bar.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"

#include <QHBoxLayout>
#include <QPainter>

#include <algorithm>

namespace qianli::viewer {

NoticeBar::NoticeBar(QString const& name, QWidget* parent)
    : QFrame(parent), text_(new QLabel(this)), action_(new QPushButton(this)), second_(new QPushButton(this)),
      dismiss_(new QPushButton(say("知道了", "Dismiss"), this))
{
    setObjectName(name);
    text_->setObjectName(name + ".text");
    text_->setTextFormat(Qt::PlainText);
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    action_->setObjectName(name + ".action");
    second_->setObjectName(name + ".second");
    dismiss_->setObjectName(name + ".dismiss");
    dismiss_->setProperty("role", "link");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(32, 5, 10, 5);
    layout->addWidget(text_, 1);
    for (QPushButton* button : {action_, second_, dismiss_}) {
        button->setFocusPolicy(Qt::NoFocus);
        layout->addWidget(button);
    }
    connect(dismiss_, &QPushButton::clicked, this, &NoticeBar::dismiss);
    auto const answer = [this](Choice Said::*chosen) {
        if (said_.empty())
            return;
        auto const act = (said_.back().*chosen).act;
        dismiss();
        if (act)
            act();
    };
    connect(action_, &QPushButton::clicked, this, [answer] { answer(&Said::first); });
    connect(second_, &QPushButton::clicked, this, [answer] { answer(&Said::second); });
    hide();
}

void NoticeBar::show(Weight weight, QString const& text)
{
    put({Kind::Passing, weight, text, {}, {}});
}

void NoticeBar::show(Weight weight, QString const& text, QString const& action, std::function<void()> act)
{
    put({Kind::Passing, weight, text, {action, std::move(act)}, {}});
}

void NoticeBar::show(Weight weight, QString const& text, Choice first, Choice second)
{
    put({Kind::Passing, weight, text, std::move(first), std::move(second)});
}

void NoticeBar::ask(QString const& text, Choice first, Choice second)
{
    put({Kind::Asking, Weight::Warning, text, std::move(first), std::move(second)});
}

void NoticeBar::insist(Weight weight, QString const& text, Choice remedy)
{
    put({Kind::Insisting, weight, text, std::move(remedy), {}});
}

void NoticeBar::stand(Weight weight, QString const& text, Choice remedy)
{
    put({Kind::Standing, weight, text, std::move(remedy), {}});
}

void NoticeBar::settle()
{
    std::erase_if(said_, [](Said const& said) { return said.kind == Kind::Standing; });
    refresh();
}

void NoticeBar::dismiss()
{
    if (!said_.empty())
        said_.pop_back();
    refresh();
}

void NoticeBar::withdraw(QString const& text)
{
    std::erase_if(said_, [&text](Said const& said) { return said.text == text; });
    refresh();
}

void NoticeBar::clear()
{
    said_.clear();
    refresh();
}

void NoticeBar::put(Said said)
{
    std::erase_if(said_, [&said](Said const& before) {
        return before.kind == said.kind && (said.kind != Kind::Insisting || before.text == said.text);
    });
    auto const before = [](Said const& one, Said const& other) { return one.kind < other.kind; };
    said_.insert(std::upper_bound(said_.begin(), said_.end(), said, before), std::move(said));
    refresh();
}

void NoticeBar::refresh()
{
    Said const top = said_.empty() ? Said() : said_.back();
    text_->setText(top.text);
    action_->setText(top.first.words);
    action_->setVisible(!top.first.words.isEmpty());
    second_->setText(top.second.words);
    second_->setVisible(!top.second.words.isEmpty());
    dismiss_->setVisible(top.kind != Kind::Asking);
    setVisible(!said_.empty());
    update();
}

void NoticeBar::paintEvent(QPaintEvent*)
{
    Weight const weight = said_.empty() ? Weight::Information : said_.back().weight;
    QColor const ink(weight == Weight::Failure   ? colour::red
                     : weight == Weight::Warning ? colour::amber
                                                 : colour::accent);
    QPainter painter(this);
    painter.fillRect(rect(), QColor(0xFF212429));
    painter.fillRect(QRect(0, 0, 3, height()), ink);
    painter.fillRect(QRect(0, height() - 1, width(), 1), QColor(colour::line));
    // A shape beside the colour: a triangle warns, a cross failed, a dot tells.
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(ink, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    QRectF const box(12, height() / 2.0 - 5.5, 11, 11);
    if (weight == Weight::Warning) {
        painter.drawPolygon(QPolygonF({{box.center().x(), box.top()}, box.bottomRight(), box.bottomLeft()}));
        painter.drawLine(box.center() - QPointF(0, 1.5), box.center() + QPointF(0, 1.5));
    } else if (weight == Weight::Failure) {
        painter.drawLine(box.topLeft(), box.bottomRight());
        painter.drawLine(box.topRight(), box.bottomLeft());
    } else {
        painter.setBrush(ink);
        painter.drawEllipse(box.center(), 3, 3);
    }
}

} // namespace qianli::viewer
