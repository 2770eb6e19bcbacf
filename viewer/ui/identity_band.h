// IdentityBand: a red strip that says who else this may be. It can't be dismissed: it goes when the conflict is gone.
#pragma once

#include <QFrame>
#include <QLabel>

namespace qianli::viewer {

class IdentityBand : public QFrame {
    Q_OBJECT

public:
    explicit IdentityBand(QString const& name, QWidget* parent = nullptr);
    // Empty: nothing is wrong, and no strip.
    void show(QString const& words);
    QString words() const { return words_->text(); }

private:
    QLabel* words_;
};

} // namespace qianli::viewer
