#include "viewer/ui/top_bar.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/theme.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QMenu>
#include <QTimer>

namespace qianli::viewer {

namespace {
QString roleWord(model::Role role)
{
    switch (role) {
    case model::Role::Radiologist:
        return say("报告医师", "Radiologist");
    case model::Role::Reviewer:
        return say("审核医师", "Reviewer");
    case model::Role::Site:
        return say("基层机构", "Site");
    case model::Role::Admin:
        break;
    }
    return say("管理员", "Administrator");
}
} // namespace

TopBar::TopBar(QWidget* parent)
    : QFrame(parent), online_(new QLabel(this)), time_(new QLabel(this)), outbox_(new QPushButton(this)),
      person_(new QToolButton(this))
{
    setProperty("role", "bar");
    setFixedHeight(42);
    auto* name = new QLabel(say("千里", "Qianli"), this);
    name->setStyleSheet("color: #E8EBF0; font-size: 17px; font-weight: bold; letter-spacing: 2px;");
    online_->setObjectName("top.online");
    outbox_->setObjectName("top.outbox");
    outbox_->setProperty("role", "link");
    outbox_->setFocusPolicy(Qt::NoFocus);
    person_->setObjectName("top.person");
    person_->setPopupMode(QToolButton::InstantPopup);
    person_->setFocusPolicy(Qt::NoFocus);
    person_->setStyleSheet("font-size: 13px;");
    auto* menu = new QMenu(person_);
    menu->addAction(say("退出登录", "Sign out"), this, &TopBar::signOutAsked);
    person_->setMenu(menu);
    time_->setProperty("role", "quiet");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 0, 16, 0);
    layout->setSpacing(14);
    layout->addWidget(name);
    layout->addStretch();
    layout->addWidget(outbox_);
    layout->addWidget(person_);
    layout->addWidget(online_);
    layout->addWidget(time_);
    connect(outbox_, &QPushButton::clicked, this, &TopBar::outboxAsked);
    auto* clock = new QTimer(this);
    auto tell = [this] { time_->setText(QDateTime::currentDateTime().toString("HH:mm")); };
    connect(clock, &QTimer::timeout, this, tell);
    clock->start(5000);
    tell();
    setOnline(false);
}

void TopBar::setWorkplace(std::shared_ptr<Workplace> workplace)
{
    if (workplace_)
        workplace_->outbox().disconnect(this);
    workplace_ = std::move(workplace);
    outbox_->hide();
    if (!workplace_)
        return;
    auto const& user = workplace_->session().user;
    person_->setText(QString::fromStdString(user.displayName.empty() ? user.name : user.displayName) + "  " +
                     roleWord(user.role) + " ▾");
    connect(&workplace_->outbox(), &ReportOutbox::changed, this, &TopBar::showOutbox);
    showOutbox();
}

void TopBar::setOnline(bool online)
{
    // Shape, word and colour together: a full dot is there, an empty one is not.
    online_->setText(
        online ? say("<span style='color:#2FA39A'>●</span> 在线", "<span style='color:#2FA39A'>●</span> Online")
               : say("<span style='color:#D9A441'>○ 离线</span>", "<span style='color:#D9A441'>○ Offline</span>"));
}

void TopBar::showOutbox()
{
    auto const entries = workplace_->outbox().entries();
    bool const refused = std::any_of(entries.begin(), entries.end(),
                                     [](auto const& entry) { return entry.state == OutboxEntry::State::Refused; });
    outbox_->setVisible(!entries.empty());
    outbox_->setText(say("发件箱 %1", "Outbox %1").arg(entries.size()));
    outbox_->setStyleSheet(refused ? "color: #E05252;" : "color: #D9A441;");
    QStringList lines;
    for (auto const& entry : entries)
        lines << QString::fromStdString(entry.patientName) + "  " +
                     (entry.state == OutboxEntry::State::Sending ? say("正在发送", "sending")
                      : entry.lastProblem.isEmpty()              ? say("等待发送", "waiting")
                                                                 : entry.lastProblem);
    outbox_->setToolTip(plainTip(lines.join('\n')));
}

} // namespace qianli::viewer
