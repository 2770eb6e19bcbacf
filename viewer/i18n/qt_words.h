// QtWords: Qt's own few words (the menus of text fields) in Chinese, so that no window speaks two languages.
#pragma once

#include <QTranslator>

namespace qianli::viewer {

class QtWords : public QTranslator {
public:
    using QTranslator::QTranslator;
    QString translate(char const* context, char const* sourceText, char const* disambiguation, int n) const override;
    bool isEmpty() const override { return false; }
};

} // namespace qianli::viewer
