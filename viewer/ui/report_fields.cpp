#include "viewer/ui/report_fields.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/report_edit.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/theme.h"

#include <QToolButton>

namespace qianli::viewer {

namespace {
QPlainTextEdit* field(char const* name, int minimumHeight, QWidget* parent)
{
    auto* edit = new ReportEdit(parent);
    edit->setObjectName(name);
    edit->setTabChangesFocus(true);
    edit->setMinimumHeight(minimumHeight);
    QFont font = edit->font();
    font.setPixelSize(14);
    edit->setFont(font);
    return edit;
}
} // namespace

ReportFields::ReportFields(QWidget* parent)
    : QWidget(parent), findings_(field("report.findings", 64, this)), impression_(field("report.impression", 44, this)),
      recommendation_(field("report.recommendation", 44, this)), keyRow_(new QWidget(this)),
      keyTitle_(new QLabel(this)), keyImages_(new QHBoxLayout)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    auto add = [&](QString const& title, QPlainTextEdit* edit, int stretch) {
        auto* label = new QLabel(title, this);
        setRole(label, "section");
        layout->addWidget(label);
        layout->addWidget(edit, stretch);
        layout->addSpacing(3);
        connect(edit, &QPlainTextEdit::textChanged, this, &ReportFields::textEdited);
    };
    add(say("检查所见", "Findings"), findings_, 5);
    add(say("影像诊断", "Impression"), impression_, 3);
    add(say("建议", "Recommendation"), recommendation_, 1);
    setRole(keyTitle_, "section");
    auto* row = new QVBoxLayout(keyRow_);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(keyTitle_);
    keyImages_->setSpacing(6);
    keyImages_->addStretch();
    row->addLayout(keyImages_);
    layout->addWidget(keyRow_);
}

void ReportFields::show(model::ReportText const& text)
{
    showing_ = true;
    findings_->setPlainText(QString::fromStdString(text.findings));
    impression_->setPlainText(QString::fromStdString(text.impression));
    recommendation_->setPlainText(QString::fromStdString(text.recommendation));
    findings_->moveCursor(QTextCursor::End);
    showing_ = false;
}

void ReportFields::setReadOnly(bool readOnly)
{
    for (QPlainTextEdit* edit : {findings_, impression_, recommendation_})
        edit->setReadOnly(readOnly);
}

void ReportFields::textEdited()
{
    if (!showing_)
        emit edited({findings_->toPlainText().toStdString(), impression_->toPlainText().toStdString(),
                     recommendation_->toPlainText().toStdString()});
}

void ReportFields::showKeyImages(std::vector<MarkedImage> const& images)
{
    while (keyImages_->count() > 1) {
        QLayoutItem* item = keyImages_->takeAt(0);
        item->widget()->hide();
        item->widget()->deleteLater(); // it may be the one that was clicked
        delete item;
    }
    keyTitle_->setText(images.empty()
                           ? say("关键图：在图像上按 K 标记", "Key images: press K on a picture")
                           : say("关键图 %1/%2", "Key images %1/%2").arg(images.size()).arg(maximumKeyImages));
    for (std::size_t index = 0; index < images.size(); ++index) {
        auto* key = new QToolButton(keyRow_);
        key->setObjectName(QString("report.key.%1").arg(index));
        key->setFixedSize(56, 56);
        key->setIconSize({54, 54});
        key->setFocusPolicy(Qt::NoFocus);
        key->setStyleSheet("QToolButton { background: #000; border: 1px solid #2A2E34; padding: 0; }");
        if (!images[index].picture.isNull())
            key->setIcon(QPixmap::fromImage(
                images[index].picture.scaled(54, 54, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
        key->setToolTip(plainTip(QString::fromStdString(images[index].caption) + "\n" +
                                 say("点击取消标记", "Click to take the mark away")));
        connect(key, &QToolButton::clicked, this, [this, index] { emit keyImageClicked(index); });
        keyImages_->insertWidget(static_cast<int>(index), key);
    }
}

} // namespace qianli::viewer
