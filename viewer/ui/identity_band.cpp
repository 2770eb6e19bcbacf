#include "viewer/ui/identity_band.h"

#include "viewer/ui/study_marks.h"

#include <QHBoxLayout>

namespace qianli::viewer {

IdentityBand::IdentityBand(QString const& name, QWidget* parent) : QFrame(parent), words_(new QLabel(this))
{
    setObjectName(name);
    setProperty("role", "danger-band");
    words_->setObjectName(name + ".words");
    words_->setProperty("role", "danger-words");
    words_->setTextFormat(Qt::PlainText); // names come from the wire
    words_->setWordWrap(true);
    words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* plate = new QLabel(identityConflictWord(), this);
    plate->setProperty("role", "mark-danger");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(10, 5, 10, 5);
    layout->setSpacing(10);
    layout->addWidget(plate, 0, Qt::AlignTop);
    layout->addWidget(words_, 1);
    hide();
}

void IdentityBand::show(QString const& words)
{
    words_->setText(words);
    setVisible(!words.isEmpty());
}

} // namespace qianli::viewer
