// TaskPreview: the selected row without opening it: who, what, when, what is odd, earlier studies.
#pragma once

#include "viewer/client/report_outbox.h"

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

namespace qianli::viewer {

class TaskPreview : public QFrame {
    Q_OBJECT

public:
    explicit TaskPreview(GatewayClient& gateway, QWidget* parent = nullptr);
    // `known`: where somebody else under the same Patient ID or Study UID is looked for.
    void show(model::ReadingTask const& task, std::string const& me, std::vector<model::ReadingTask> const& known,
              std::optional<OutboxEntry::State> outgoing);
    void clear();

signals:
    void openAsked();
    void releaseAsked();

private:
    void showMarks(std::vector<model::ReadingTask> const& known);
    void showPriors(std::vector<PriorStudy> const& priors);
    void askPriors();

    GatewayClient& gateway_;
    std::optional<model::ReadingTask> task_;
    QLabel *name_, *urgency_, *examination_, *warning_, *priorsTitle_, *linked_, *empty_;
    QWidget* content_;
    QLabel* values_[9] = {};
    QVBoxLayout *marks_, *priors_;
    QPushButton *open_, *release_;
    QTimer delay_;
};

} // namespace qianli::viewer
