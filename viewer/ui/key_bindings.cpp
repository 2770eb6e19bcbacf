#include "viewer/ui/key_bindings.h"

#include "viewer/i18n/language.h"

#include <QFile>

namespace qianli::viewer {

namespace {
QString nameOf(QKeySequence const& keys)
{
    return keys.toString(QKeySequence::PortableText);
}

// They work in the report, too, and in every window.
bool isReserved(QString const& key)
{
    static QStringList const reserved{"F1",  "F2",     "F4",     "Ctrl+Return",  "Ctrl+N", "Esc",  "Return", "Enter",
                                      "Tab", "Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z", "Del",    "PgUp", "PgDown"};
    bool const isPreset = key.size() == 1 && key >= "1" && key <= "9";
    return isPreset || reserved.contains(key, Qt::CaseInsensitive);
}

std::map<QString, QString> usualKeys()
{
    std::map<QString, QString> functionOf;
    for (auto const& [name, keys] : KeyBindings::functions())
        functionOf[nameOf(keys)] = QString::fromStdString(name);
    return functionOf;
}
} // namespace

std::map<std::string, QKeySequence> const& KeyBindings::functions()
{
    static std::map<std::string, QKeySequence> const all = [] {
        std::map<std::string, QKeySequence> made{{"invert", Qt::Key_I},
                                                 {"flip-left-right", Qt::Key_H},
                                                 {"flip-up-down", Qt::Key_V},
                                                 {"rotate", Qt::Key_R},
                                                 {"fit", Qt::Key_F},
                                                 {"reset", Qt::Key_Backspace},
                                                 {"mpr", Qt::Key_M},
                                                 {"cross-hair", Qt::Key_X},
                                                 {"volume", Qt::Key_D},
                                                 {"key-image", Qt::Key_K},
                                                 {"graphics", Qt::Key_B},
                                                 {"cine", Qt::Key_E},
                                                 {"cine-slower", Qt::Key_Comma},
                                                 {"cine-faster", Qt::Key_Period},
                                                 {"subtract", Qt::Key_U},
                                                 {"prior", Qt::Key_P},
                                                 {"link", Qt::Key_S},
                                                 {"reference-lines", Qt::Key_G},
                                                 {"previous-series", Qt::Key_BracketLeft},
                                                 {"next-series", Qt::Key_BracketRight},
                                                 {"first", Qt::Key_Home},
                                                 {"last", Qt::Key_End},
                                                 {"next-viewport", Qt::Key_Space},
                                                 {"up", Qt::Key_Up},
                                                 {"down", Qt::Key_Down},
                                                 {"length", Qt::Key_L},
                                                 {"angle", Qt::Key_A},
                                                 {"cobb", Qt::Key_C},
                                                 {"cardiothoracic", Qt::Key_T},
                                                 {"ellipse", Qt::Key_O}};
        return made;
    }();
    return all;
}

QStringList KeyBindings::read(std::filesystem::path const& path)
{
    usualOf_.clear();
    pressedOf_.clear();
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QStringList problems;
    std::map<std::string, QString> wanted;
    int number = 0;
    for (QString line : QString::fromUtf8(file.read(64 << 10)).split('\n')) {
        ++number;
        line = line.section('#', 0, 0).trimmed();
        if (line.isEmpty())
            continue;
        std::string const function = line.section('=', 0, 0).trimmed().toStdString();
        QKeySequence const keys = QKeySequence::fromString(line.section('=', 1).trimmed(), QKeySequence::PortableText);
        QString const name = nameOf(keys);
        if (!functions().contains(function))
            problems << say("第 %1 行：没有名为“%2”的功能", "line %1: there is no function “%2”")
                            .arg(number)
                            .arg(QString::fromStdString(function));
        else if (keys.count() != 1 || name.isEmpty() || keys[0].key() == Qt::Key_unknown)
            problems << say("第 %1 行：“%2”不是一个键", "line %1: “%2” is no key")
                            .arg(number)
                            .arg(line.section('=', 1).trimmed());
        else if (isReserved(name))
            problems << say("第 %1 行：%2 另有用处，不能改", "line %1: %2 has a use of its own").arg(number).arg(name);
        else
            wanted[function] = name;
    }
    // As all of them would be: no key may have two functions.
    std::map<QString, std::string> taken;
    for (auto const& [function, keys] : functions()) {
        auto const found = wanted.find(function);
        QString const key = found == wanted.end() ? nameOf(keys) : found->second;
        auto const [place, isNew] = taken.emplace(key, function);
        if (!isNew)
            problems << say("%1 有两个功能：%2 和 %3", "%1 has two functions: %2 and %3")
                            .arg(key, QString::fromStdString(place->second), QString::fromStdString(function));
    }
    if (!problems.isEmpty())
        return problems;
    for (auto const& [function, key] : wanted)
        if (QString const before = nameOf(functions().at(function)); before != key) {
            usualOf_[key] = before;
            pressedOf_[before] = key;
        }
    return {};
}

std::unique_ptr<QKeyEvent> KeyBindings::usual(QKeyEvent const& pressed) const
{
    auto const copy = [&pressed](int key, Qt::KeyboardModifiers modifiers) {
        return std::make_unique<QKeyEvent>(pressed.type(), key, modifiers, pressed.text(), pressed.isAutoRepeat());
    };
    Qt::KeyboardModifiers const keypad = pressed.modifiers() & Qt::KeypadModifier;
    QString const name =
        nameOf(QKeySequence(QKeyCombination(pressed.modifiers() & ~Qt::KeypadModifier, Qt::Key(pressed.key()))));
    if (auto const found = usualOf_.find(name); found != usualOf_.end()) {
        QKeyCombination const keys = QKeySequence::fromString(found->second, QKeySequence::PortableText)[0];
        return copy(keys.key(), keys.keyboardModifiers());
    }
    if (pressedOf_.contains(name))
        return nullptr;
    return copy(pressed.key(), (pressed.modifiers() & ~Qt::KeypadModifier) | keypad);
}

QString KeyBindings::pressedFor(QString const& usualKey) const
{
    auto const found = pressedOf_.find(nameOf(QKeySequence::fromString(usualKey, QKeySequence::PortableText)));
    return found == pressedOf_.end() ? usualKey : found->second;
}

QString KeyBindings::inTip(QString const& tip) const
{
    auto const at = tip.lastIndexOf("  ");
    static auto const functionOf = usualKeys();
    if (at < 0 || !functionOf.contains(tip.mid(at + 2)))
        return tip;
    return tip.left(at + 2) + pressedFor(tip.mid(at + 2));
}

} // namespace qianli::viewer
