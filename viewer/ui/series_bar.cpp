#include "viewer/ui/series_bar.h"

#include "viewer/i18n/language.h"
#include "viewer/model/document_kind.h"
#include "viewer/render/picture_graphics.h"
#include "viewer/ui/document_tile.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <QPainter>

namespace qianli::viewer {

namespace {
constexpr int barWidth = 128, edge = 96;
constexpr int mostArrivals = 3;
} // namespace

SeriesTile::SeriesTile(std::size_t studyIndex, std::size_t seriesIndex, std::size_t stackIndex, QWidget* parent)
    : QAbstractButton(parent), study(studyIndex), series(seriesIndex), stack(stackIndex)
{
    setObjectName(QString("series.%1.%2.%3").arg(studyIndex).arg(seriesIndex).arg(stackIndex));
    setFixedSize(barWidth - 12, edge + 40);
    setFocusPolicy(Qt::NoFocus);
    setAttribute(Qt::WA_Hover);
}

void SeriesTile::show(Series const& shown, Stack const& pictures)
{
    StackEntry const& representative = pictures.entries[pictures.representative()];
    wanted_ = representative;
    settled_ = pictures.geometry != nullptr;
    QString const description = QString::fromStdString(shown.identity.description);
    title_ = QString::number(shown.identity.number) + "  " +
             (description.isEmpty()
                  ? QString::fromStdString(shown.identity.modality) + " " + bodyPartWord(shown.identity.bodyPart)
                  : description);
    count_ = pictures.kind == StackKind::Document    ? documentWord(*representative.image)
             : pictures.kind == StackKind::Cine      ? say("%1 帧", "%1 frames").arg(pictures.entries.size())
             : pictures.kind == StackKind::Localizer ? say("定位 %1", "localizer %1").arg(pictures.entries.size())
                                                     : say("%1 幅", "%1 images").arg(pictures.entries.size());
    if (!pictures.label.empty() && pictures.kind != StackKind::Localizer)
        count_ = say(pictures.label.chinese.c_str(), pictures.label.english.c_str()) + " · " + count_;
    setToolTip(plainTip(title_ + "\n" + count_));
    setAccessibleName(title_ + " " + count_);
    update();
}

void SeriesTile::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    QRect const picture((width() - edge) / 2, 4, edge, edge);
    if (underMouse() || shown_)
        painter.fillRect(rect(), QColor(shown_ ? colour::selected : colour::hover));
    painter.fillRect(picture, Qt::black);
    if (!thumbnail_.isNull()) {
        QSize const size = thumbnail_.size().scaled(picture.size(), Qt::KeepAspectRatio);
        QRect target(QPoint(), size);
        target.moveCenter(picture.center());
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.drawImage(target, thumbnail_);
    }
    QFont small = font();
    small.setPixelSize(12);
    painter.setFont(small);
    painter.setPen(QColor(shown_ ? colour::strong : colour::text));
    painter.drawText(QRect(6, edge + 6, width() - 12, 16), Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(title_, Qt::ElideRight, width() - 12));
    painter.setPen(QColor(colour::quiet));
    painter.drawText(QRect(6, edge + 22, width() - 12, 16), Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(count_, Qt::ElideRight, width() - 12));
    if (shown_)
        painter.fillRect(QRect(0, 0, 2, height()), QColor(colour::accent));
    if (otherPatient_)
        painter.fillRect(QRect(picture.left(), picture.top(), picture.width(), 5), QColor(colour::otherPatient));
}

SeriesBar::SeriesBar(PictureCache& cache, QWidget* parent)
    : QScrollArea(parent), cache_(cache), column_(new QWidget(this)), layout_(new QVBoxLayout(column_))
{
    setObjectName("series");
    setFixedWidth(barWidth);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setWidget(column_);
    setFocusPolicy(Qt::NoFocus);
    layout_->setContentsMargins(4, 4, 4, 4);
    layout_->setSpacing(4);
    layout_->addStretch();
    connect(&cache_, &PictureCache::arrived, this, &SeriesBar::takeArrived, Qt::QueuedConnection);
}

SeriesBar::~SeriesBar()
{
    cache_.forget(this);
}

void SeriesBar::clear()
{
    cache_.forget(this);
    wanted_.clear();
    arrivals_.clear();
    for (SeriesTile* tile : tiles_)
        tile->deleteLater();
    tiles_.clear();
    for (QLabel* title : titles_)
        title->deleteLater();
    titles_.clear();
    studies_.clear();
}

void SeriesBar::show(std::vector<Study> const& studies, std::size_t own, StandingOf const& standingOf)
{
    studies_ = studies;
    for (QLabel* title : titles_)
        layout_->removeWidget(title); // places are counted in tiles
    std::size_t place = 0;
    for (std::size_t study = 0; study < studies.size(); ++study)
        for (std::size_t series = 0; series < studies[study].series.size(); ++series)
            for (std::size_t stack = 0; stack < studies[study].series[series].stacks.size(); ++stack, ++place) {
                bool const known = place < tiles_.size() && tiles_[place]->study == study &&
                                   tiles_[place]->series == series && tiles_[place]->stack == stack;
                if (!known) {
                    while (tiles_.size() > place) {
                        tiles_.back()->deleteLater();
                        tiles_.pop_back();
                    }
                    auto* tile = new SeriesTile(study, series, stack, column_);
                    layout_->insertWidget(static_cast<int>(place), tile);
                    connect(tile, &SeriesTile::clicked, this,
                            [this, study, series, stack] { emit chosen(study, series, stack); });
                    tiles_.push_back(tile);
                    tile->QWidget::show();
                }
                Series const& shown = studies[study].series[series];
                StackEntry const before = tiles_[place]->wanted();
                tiles_[place]->show(shown, shown.stacks[stack]);
                if (before.image && !shown.stacks[stack].holds(before))
                    tiles_[place]->setThumbnail({});
                tiles_[place]->setOtherPatient(standingOf(*tiles_[place]->wanted().image).isOther);
            }
    while (tiles_.size() > place) {
        tiles_.back()->deleteLater();
        tiles_.pop_back();
    }
    placeTitles(own, standingOf);
    takeThumbnails();
}

void SeriesBar::placeTitles(std::size_t own, StandingOf const& standingOf)
{
    std::size_t used = 0;
    for (std::size_t study = own; study < studies_.size(); ++study) {
        auto const first = std::find_if(tiles_.begin(), tiles_.end(),
                                        [study](SeriesTile const* tile) { return tile->study == study; });
        if (first == tiles_.end())
            continue;
        if (used == titles_.size()) {
            titles_.push_back(new QLabel(column_));
            titles_.back()->setObjectName(QString("series.title.%1").arg(used));
            titles_.back()->setTextFormat(Qt::PlainText);
            titles_.back()->setProperty("role", "section");
            titles_.back()->setFixedWidth(barWidth - 12);
        }
        QLabel* title = titles_[used++];
        title->setText(standingOf(*(*first)->wanted().image).title);
        layout_->insertWidget(layout_->indexOf(*first), title);
        title->show();
    }
    while (titles_.size() > used) {
        titles_.back()->deleteLater();
        titles_.pop_back();
    }
}

// Of the hundreds of pictures that arrive in a second most are nobody's thumbnail.
void SeriesBar::takeArrived(quintptr image, unsigned frame)
{
    if (!wanted_.contains({image, frame}))
        return;
    ++arrivals_[{image, frame}];
    takeThumbnails();
}

void SeriesBar::takeThumbnails()
{
    std::vector<StackEntry> missing;
    // Where more is wanted than fits, a picture may be pushed out before it is drawn, again and again.
    auto const isHopeless = [this](StackEntry const& entry) {
        auto const found = arrivals_.find({reinterpret_cast<quintptr>(entry.image.get()), entry.frame});
        return found != arrivals_.end() && found->second >= mostArrivals;
    };
    for (SeriesTile* tile : tiles_) {
        if (!tile->needsThumbnail() || !tile->wanted().image)
            continue;
        if (documentKind(*tile->wanted().image) != DocumentKind::None) {
            showDocumentOn(*tile, edge * 2);
            continue;
        }
        auto const picture = cache_.find(tile->wanted());
        if (picture.pixels)
            tile->setThumbnail(renderThumbnail(*picture.pixels, *tile->wanted().image, tile->wanted().frame, edge * 2));
        else if (!picture.error && !isHopeless(tile->wanted()))
            missing.push_back(tile->wanted());
    }
    wanted_.clear();
    for (StackEntry const& entry : missing)
        wanted_.emplace(reinterpret_cast<quintptr>(entry.image.get()), entry.frame);
    cache_.want(this, std::move(missing));
}

void SeriesBar::reveal(std::size_t study, std::size_t series, std::size_t stack)
{
    for (SeriesTile* tile : tiles_)
        if (tile->study == study && tile->series == series && tile->stack == stack)
            ensureWidgetVisible(tile, 0, layout_->spacing());
}

void SeriesBar::mark(std::vector<std::pair<std::string, Stack const*>> const& shown)
{
    for (SeriesTile* tile : tiles_) {
        Series const& series = studies_[tile->study].series[tile->series];
        Stack const& stack = series.stacks[tile->stack];
        tile->setShown(std::any_of(shown.begin(), shown.end(), [&](auto const& view) {
            if (view.first != series.identity.uid.value() || view.second == nullptr || view.second->empty())
                return false;
            // A cut through a volume is no picture of any stack: it is marked where its kind is.
            StackEntry const& first = view.second->entries.front();
            bool const isPicture = std::any_of(series.stacks.begin(), series.stacks.end(),
                                               [&first](Stack const& any) { return any.holds(first); });
            return isPicture ? stack.holds(first) : view.second->kind == stack.kind && !stack.isOneObject();
        }));
    }
}

} // namespace qianli::viewer
