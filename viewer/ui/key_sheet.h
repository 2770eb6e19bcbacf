// KeySheet: which key and which mouse button does what, beside the images (F1).
#pragma once

#include "viewer/ui/key_bindings.h"

#include <QFrame>
#include <QLabel>

#include <utility>
#include <vector>

namespace qianli::viewer {

class KeySheet : public QFrame {
    Q_OBJECT

public:
    explicit KeySheet(QWidget* parent = nullptr);
    // A person's own keys instead of the usual ones.
    void useKeys(KeyBindings const& keys);

private:
    std::vector<std::pair<QLabel*, QString>> keys_; // with the usual words
};

} // namespace qianli::viewer
