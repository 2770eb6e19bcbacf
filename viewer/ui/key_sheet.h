// KeySheet: which key and which mouse button does what, beside the images (F1).
#pragma once

#include <QFrame>

namespace qianli::viewer {

class KeySheet : public QFrame {
    Q_OBJECT

public:
    explicit KeySheet(QWidget* parent = nullptr);
};

} // namespace qianli::viewer
