// PriorReports: the patient's earlier studies and their reports, readable beside the one being written.
#pragma once

#include "viewer/client/gateway_client.h"

#include <QBoxLayout>
#include <QTextEdit>
#include <QToolButton>

namespace qianli::viewer {

// "2026-03-02 CT 头部 · 县医院": the site where it is another than the case's.
QString priorLine(PriorStudy const& prior);
// "既往检查 2", "之后的检查 1", "既往检查 2，同日 1，之后 1": beside a study of `studyDate`. Only what is of an earlier
// day, or of nobody knows which, is called earlier.
QString priorsTitle(std::vector<PriorStudy> const& priors, std::string const& studyDate);
// The line of one of them in such a list.
QString priorLine(PriorStudy const& prior, std::string const& studyDate);

class PriorReports : public QWidget {
    Q_OBJECT

public:
    explicit PriorReports(QWidget* parent = nullptr);
    void clear();
    void show(Result<std::vector<PriorStudy>> const& priors, std::string const& studyDate);

private:
    void choose(std::size_t index);

    QToolButton* toggle_;
    QWidget* body_;
    QVBoxLayout* list_;
    QTextEdit* text_;
    std::vector<PriorStudy> priors_;
};

} // namespace qianli::viewer
