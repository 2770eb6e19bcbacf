// KeyBindings: a person's own keys on the images. A file says which key a function has instead of its usual one; the
// window then hears the usual key.
//
// Promise: what is wrong in the file changes nothing and is told; a key never has two functions.
#pragma once

#include <QKeyEvent>
#include <QKeySequence>
#include <QStringList>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace qianli::viewer {

class KeyBindings {
public:
    // Lines "name = key"; "#" begins a remark. Without the file all keys are as usual. What is wrong with it, a
    // sentence each.
    QStringList read(std::filesystem::path const& file);

    // The usual key for the pressed one; null where it has no function any more.
    std::unique_ptr<QKeyEvent> usual(QKeyEvent const& pressed) const;
    // What a person presses for a function's usual key: "M" → "F6".
    QString pressedFor(QString const& usualKey) const;
    // A tool tip that ends with two blanks and a key names the person's own.
    QString inTip(QString const& tip) const;
    bool areUsual() const { return usualOf_.empty(); }

    // Names and usual keys of all functions, for the file.
    static std::map<std::string, QKeySequence> const& functions();

private:
    std::map<QString, QString> usualOf_;   // pressed → usual, of what was changed
    std::map<QString, QString> pressedOf_; // and back
};

} // namespace qianli::viewer
