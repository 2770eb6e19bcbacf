// TopBar: the program's name, what the person is, whether the gateway is there, what waits in the outbox, the time.
#pragma once

#include "viewer/ui/workplace.h"

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

namespace qianli::viewer {

class TopBar : public QFrame {
    Q_OBJECT

public:
    explicit TopBar(QWidget* parent = nullptr);
    void setWorkplace(std::shared_ptr<Workplace> workplace);
    void setOnline(bool online);

signals:
    void signOutAsked();
    void outboxAsked();

private:
    void showOutbox();

    std::shared_ptr<Workplace> workplace_;
    QLabel *online_, *time_;
    QPushButton* outbox_;
    QToolButton* person_;
};

} // namespace qianli::viewer
