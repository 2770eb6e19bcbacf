// ReportFields: where a report is written: findings, impression, recommendation, and the key images below.
#pragma once

#include "viewer/ui/report_desk.h"

#include <QBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>

namespace qianli::viewer {

class ReportFields : public QWidget {
    Q_OBJECT

public:
    explicit ReportFields(QWidget* parent = nullptr);
    void show(model::ReportText const& text);
    void showKeyImages(std::vector<MarkedImage> const& images);
    void setReadOnly(bool readOnly);
    void focusFindings() { findings_->setFocus(); }

signals:
    // By a person; what show() puts there is not announced.
    void edited(qianli::model::ReportText const& text);
    void keyImageClicked(std::size_t index);

private:
    void textEdited();

    QPlainTextEdit *findings_, *impression_, *recommendation_;
    QWidget* keyRow_;
    QLabel* keyTitle_;
    QHBoxLayout* keyImages_;
    bool showing_ = false;
};

} // namespace qianli::viewer
