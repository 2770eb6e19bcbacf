// DeskWindow: the second window, for the second monitor: the reading list and the report; the first one then holds
// nothing but images. The keys of the reading window work here, too.
#pragma once

#include <QSplitter>

namespace qianli::viewer {

class DeskWindow : public QWidget {
    Q_OBJECT

public:
    // Takes both from wherever they are. They must be taken back before it goes.
    DeskWindow(QWidget* list, QWidget* report);

signals:
    void signAsked();
    void nextAsked();
    void reportAsked();
    void imagesAsked();
    // One window again.
    void closeAsked();

protected:
    void closeEvent(QCloseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QSplitter* splitter_;
};

} // namespace qianli::viewer
