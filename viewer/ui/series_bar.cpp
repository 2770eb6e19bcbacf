#include "viewer/ui/series_bar.h"

#include "viewer/i18n/language.h"
#include "viewer/render/image_renderer.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <QPainter>

namespace qianli::viewer {

namespace {
constexpr int barWidth = 128, edge = 96;
}

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
    QString const description = QString::fromStdString(shown.identity.description);
    title_ = QString::number(shown.identity.number) + "  " +
             (description.isEmpty()
                  ? QString::fromStdString(shown.identity.modality) + " " + bodyPartWord(shown.identity.bodyPart)
                  : description);
    count_ = pictures.kind == StackKind::Cine        ? say("%1 帧", "%1 frames").arg(pictures.entries.size())
             : pictures.kind == StackKind::Localizer ? say("定位 %1", "localizer %1").arg(pictures.entries.size())
                                                     : say("%1 幅", "%1 images").arg(pictures.entries.size());
    setToolTip(plainTip(title_ + "\n" + count_));
    setAccessibleName(title_);
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
    painter.drawText(QRect(6, edge + 22, width() - 12, 16), Qt::AlignLeft | Qt::AlignVCenter, count_);
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
    connect(
        &cache_, &PictureCache::arrived, this, [this] { takeThumbnails(); }, Qt::QueuedConnection);
}

SeriesBar::~SeriesBar()
{
    cache_.forget(this);
}

void SeriesBar::clear()
{
    cache_.forget(this);
    for (SeriesTile* tile : tiles_)
        tile->deleteLater();
    tiles_.clear();
    studies_.clear();
}

void SeriesBar::show(std::vector<Study> const& studies, PatientIdentity const* patientOfCase)
{
    studies_ = studies;
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
                bool const otherClip =
                    shown.stacks[stack].kind == StackKind::Cine && before.image != tiles_[place]->wanted().image;
                if (before.image && (otherClip || before.image->series.uid != shown.identity.uid))
                    tiles_[place]->setThumbnail({});
                tiles_[place]->setOtherPatient(patientOfCase != nullptr &&
                                               !isSamePatient(tiles_[place]->wanted().image->patient, *patientOfCase));
            }
    while (tiles_.size() > place) {
        tiles_.back()->deleteLater();
        tiles_.pop_back();
    }
    takeThumbnails();
}

void SeriesBar::takeThumbnails()
{
    std::vector<StackEntry> missing;
    for (SeriesTile* tile : tiles_) {
        if (tile->hasThumbnail() || !tile->wanted().image)
            continue;
        auto const picture = cache_.find(tile->wanted());
        if (picture.pixels)
            tile->setThumbnail(renderThumbnail(*picture.pixels, tile->wanted().attributes(),
                                               tile->wanted().image->series.modality, edge * 2));
        else if (!picture.error)
            missing.push_back(tile->wanted());
    }
    cache_.want(this, std::move(missing));
}

void SeriesBar::mark(std::vector<std::pair<std::string, Stack const*>> const& shown)
{
    for (SeriesTile* tile : tiles_) {
        Series const& series = studies_[tile->study].series[tile->series];
        Stack const& stack = series.stacks[tile->stack];
        tile->setShown(std::any_of(shown.begin(), shown.end(), [&](auto const& view) {
            return view.first == series.identity.uid.value() && view.second != nullptr && !view.second->empty() &&
                   view.second->kind == stack.kind &&
                   (stack.kind != StackKind::Cine || view.second->entries.front().image == stack.entries.front().image);
        }));
    }
}

} // namespace qianli::viewer
