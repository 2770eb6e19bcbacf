// SeriesBar: the stacks of the case as small pictures; one click puts a stack into the active viewport.
#pragma once

#include "viewer/model/series.h"
#include "viewer/ui/picture_cache.h"

#include <QAbstractButton>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include <map>
#include <set>
#include <utility>

namespace qianli::viewer {

// One stack: its representative picture, its name, how many pictures it has.
class SeriesTile : public QAbstractButton {
    Q_OBJECT

public:
    SeriesTile(std::size_t study, std::size_t series, std::size_t stack, QWidget* parent);
    void show(Series const& series, Stack const& stack);
    void setThumbnail(QImage const& image)
    {
        thumbnail_ = image;
        drawn_ = wanted_;
        update();
    }
    // None yet, or of a picture that came first while the stack is whole by now.
    bool needsThumbnail() const
    {
        return thumbnail_.isNull() || (settled_ && (drawn_.image != wanted_.image || drawn_.frame != wanted_.frame));
    }
    StackEntry const& drawn() const { return drawn_; }
    StackEntry const& wanted() const { return wanted_; }
    void setShown(bool shown)
    {
        shown_ = shown;
        update();
    }
    void setOtherPatient(bool other)
    {
        otherPatient_ = other;
        update();
    }

    std::size_t const study, series, stack;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QImage thumbnail_;
    StackEntry wanted_, drawn_;
    bool settled_ = false;
    QString title_, count_;
    bool shown_ = false, otherPatient_ = false;
};

class SeriesBar : public QScrollArea {
    Q_OBJECT

public:
    explicit SeriesBar(PictureCache& cache, QWidget* parent = nullptr);
    ~SeriesBar() override;
    // What a picture is that is not one of the case.
    struct Standing {
        bool isOther = false; // somebody else's
        QString title;        // of its study
    };
    using StandingOf = std::function<Standing(ImageAttributes const&)>;
    // All studies that are there; the case's own first, `own` of them, and then the others, each under a title.
    void show(std::vector<Study> const& studies, std::size_t own, StandingOf const& standingOf);
    void clear();
    // Scrolls to a stack that was put on the screen by a key.
    void reveal(std::size_t study, std::size_t series, std::size_t stack);
    // Marks what the viewports show.
    void mark(std::vector<std::pair<std::string, Stack const*>> const& shown);

signals:
    void chosen(std::size_t study, std::size_t series, std::size_t stack);

private:
    void takeThumbnails();
    void takeArrived(quintptr image, unsigned frame);
    void placeTitles(std::size_t own, StandingOf const& standingOf);

    PictureCache& cache_;
    QWidget* column_;
    QVBoxLayout* layout_;
    std::vector<SeriesTile*> tiles_;
    std::vector<QLabel*> titles_;                           // of other studies
    std::set<std::pair<quintptr, unsigned>> wanted_;        // pictures for thumbnails, as the cache tells of them
    std::map<std::pair<quintptr, unsigned>, int> arrivals_; // of pictures that were gone before they were drawn
    std::vector<Study> studies_;
};

} // namespace qianli::viewer
