#include "viewer/ui/calibration_field.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"

#include <QBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace qianli::viewer {

namespace {
constexpr double shortest = 1, longest = 2'000; // mm: a bead, a whole spine
}

CalibrationField::CalibrationField(MeasureBoard& board, QWidget& host)
    : QFrame(&host), board_(board), length_(new QLineEdit(this))
{
    setObjectName("calibration");
    setProperty("role", "panel");
    setAutoFillBackground(true);
    length_->setObjectName("calibration.length");
    length_->setFixedWidth(72);
    length_->setPlaceholderText("mm");
    auto* accept = new QToolButton(this);
    accept->setObjectName("calibration.accept");
    accept->setText(say("标定", "Calibrate"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->addWidget(new QLabel(say("这条线实际长", "This line is"), this));
    layout->addWidget(length_);
    layout->addWidget(new QLabel("mm", this));
    layout->addWidget(accept);
    connect(length_, &QLineEdit::returnPressed, this, &CalibrationField::accept);
    connect(accept, &QToolButton::clicked, this, &CalibrationField::accept);
    connect(length_, &QLineEdit::textEdited, this, [this] { length_->setStyleSheet({}); });
    hide();
}

void CalibrationField::ask(QPoint beside)
{
    length_->clear();
    length_->setStyleSheet({});
    adjustSize();
    QRect const room = parentWidget()->rect().adjusted(4, 4, -4, -4);
    QPoint place = beside + QPoint(14, 14);
    place.setX(std::clamp(place.x(), room.left(), std::max(room.left(), room.right() - width())));
    place.setY(std::clamp(place.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    move(place);
    show();
    raise();
    length_->setFocus();
}

void CalibrationField::accept()
{
    bool isNumber = false;
    QString text = length_->text().trimmed();
    double const millimetres = text.replace(',', '.').replace(QStringLiteral("。"), ".").toDouble(&isNumber);
    if (!isNumber || !(millimetres >= shortest && millimetres <= longest)) {
        length_->setStyleSheet("border: 1px solid " + QColor(colour::red).name() + ";");
        length_->setToolTip(say("%1 到 %2 之间的毫米数", "millimetres between %1 and %2").arg(shortest).arg(longest));
        return;
    }
    hide();
    parentWidget()->setFocus();
    board_.giveLength(millimetres);
}

} // namespace qianli::viewer
