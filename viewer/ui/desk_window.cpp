#include "viewer/ui/desk_window.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/screen_memory.h"
#include "viewer/ui/theme.h"

#include <QCloseEvent>
#include <QPainter>
#include <QScreen>
#include <QShortcut>
#include <QVBoxLayout>

namespace qianli::viewer {

DeskWindow::DeskWindow(QWidget* list, QWidget* report) : splitter_(new QSplitter(Qt::Horizontal, this))
{
    setObjectName("desk");
    setWindowTitle(say("千里 · 列表和报告", "Qianli: list and report"));
    splitter_->addWidget(list);
    splitter_->addWidget(report);
    splitter_->setStretchFactor(0, 1);
    splitter_->setCollapsible(0, false);
    splitter_->setCollapsible(1, false);
    splitter_->setSizes({900, 460});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter_);
    list->show();
    report->show();
    setGeometry(firstPlace(screen()->availableGeometry(), {1366, 768}));
    auto const key = [this](char const* keys, void (DeskWindow::*signal)()) {
        auto* shortcut = new QShortcut(QKeySequence(keys), this);
        connect(shortcut, &QShortcut::activated, this, signal);
        return shortcut;
    };
    key("Ctrl+Return", &DeskWindow::signAsked);
    key("Ctrl+N", &DeskWindow::nextAsked);
    key("F2", &DeskWindow::reportAsked);
    key("F4", &DeskWindow::closeAsked);
    // In the list Esc clears the search.
    auto* toImages = new QShortcut(QKeySequence("Escape"), report);
    toImages->setContext(Qt::WidgetWithChildrenShortcut);
    connect(this, &QObject::destroyed, toImages, &QObject::deleteLater);
    connect(toImages, &QShortcut::activated, this, &DeskWindow::imagesAsked);
}

void DeskWindow::closeEvent(QCloseEvent* event)
{
    event->ignore();
    emit closeAsked();
}

void DeskWindow::paintEvent(QPaintEvent*)
{
    QPainter(this).fillRect(rect(), QColor(colour::window));
}

} // namespace qianli::viewer
