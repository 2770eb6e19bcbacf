// PinSetup: makes the person's signing key, in place: the PIN twice, one button.
#pragma once

#include "viewer/client/key_store.h"

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QWidget>

namespace qianli::viewer {

class PinSetup : public QWidget {
    Q_OBJECT

public:
    // The fields are called `name`.new, `name`.repeat and `name`.create.
    explicit PinSetup(QString const& name, QWidget* parent = nullptr);
    void start(KeyStore& keys);

signals:
    void done();

private:
    void create();

    KeyStore* keys_ = nullptr;
    QLineEdit *pin_, *repeated_;
    QLabel* message_;
    QPushButton* create_;
};

} // namespace qianli::viewer
