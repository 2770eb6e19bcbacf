// MainWindow's windows: one, or two where there is a second monitor: images here, list and report there.
#include "viewer/ui/main_window.h"

#include <QGuiApplication>
#include <QScreen>

namespace qianli::viewer {

void MainWindow::showList()
{
    pages_->setCurrentWidget(desk_ ? static_cast<QWidget*>(reading_) : list_);
    if (desk_)
        desk_->activateWindow();
    list_->focusTable();
}

void MainWindow::showReading()
{
    pages_->setCurrentWidget(reading_);
    reading_->focusImages();
}

bool MainWindow::isReading() const
{
    return desk_ ? reading_->task().has_value() : pages_->currentWidget() == reading_;
}

void MainWindow::setTwoWindows(bool two)
{
    if (two == hasTwoWindows() || list_ == nullptr)
        return;
    if (two) {
        reading_->setReportInside(false);
        desk_ = std::make_unique<DeskWindow>(list_, reading_->report());
        connect(desk_.get(), &DeskWindow::signAsked, reading_, &ReadingPage::sign);
        connect(desk_.get(), &DeskWindow::nextAsked, reading_, &ReadingPage::askForNext);
        connect(desk_.get(), &DeskWindow::reportAsked, reading_, &ReadingPage::focusReport);
        connect(desk_.get(), &DeskWindow::imagesAsked, reading_, &ReadingPage::focusImages);
        connect(
            desk_.get(), &DeskWindow::closeAsked, this, [this] { chooseWindows(false); }, Qt::QueuedConnection);
        auto const place = screens_.placeOf("desk");
        QScreen const* other = nullptr;
        for (QScreen const* screen : QGuiApplication::screens())
            if (screen != this->screen() && other == nullptr)
                other = screen;
        if (place)
            ScreenMemory::put(*desk_, *place);
        else if (other != nullptr)
            ScreenMemory::put(*desk_, {other->availableGeometry(), true});
        pages_->setCurrentWidget(reading_);
        desk_->show();
        return;
    }
    bool const reading = reading_->task().has_value();
    pages_->insertWidget(1, list_);
    reading_->setReportInside(true);
    desk_.reset();
    pages_->setCurrentWidget(reading ? static_cast<QWidget*>(reading_) : list_);
}

// A person's choice, for this set of screens.
void MainWindow::chooseWindows(bool two)
{
    rememberWindows();
    setTwoWindows(two);
    screens_.rememberTwoWindows(two);
    if (reading_->task())
        showReading();
    else
        showList();
}

void MainWindow::rememberWindows()
{
    screens_.remember("main", ScreenMemory::placeOf(*this));
    if (!desk_)
        return;
    screens_.remember("desk", ScreenMemory::placeOf(*desk_));
    screens_.rememberTwoWindows(true);
}

void MainWindow::screensChanged()
{
    if (!workplace_)
        return;
    setTwoWindows(screens_.wantsTwoWindows());
    auto const bring = [this](QWidget& window, char const* name) {
        auto const place = screens_.placeOf(name);
        QList<QRect> screens;
        for (QScreen const* screen : QGuiApplication::screens())
            screens << screen->availableGeometry();
        if (place)
            ScreenMemory::put(window, *place);
        else
            window.setGeometry(broughtOnto(screens, window.geometry()));
    };
    bring(*this, "main");
    if (desk_)
        bring(*desk_, "desk");
}

} // namespace qianli::viewer
