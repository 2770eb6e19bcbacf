// CalibrationField: asks, beside the line just drawn, how many millimetres it is long.
#pragma once

#include "viewer/ui/measure_board.h"

#include <QFrame>
#include <QLineEdit>

namespace qianli::viewer {

class CalibrationField : public QFrame {
    Q_OBJECT

public:
    CalibrationField(MeasureBoard& board, QWidget& host);
    void ask(QPoint beside);

private:
    void accept();

    MeasureBoard& board_;
    QLineEdit* length_;
};

} // namespace qianli::viewer
