// ReportEdit: one field of the report: plain text, and what is pasted arrives as words that can be printed.
#pragma once

#include <QPlainTextEdit>

namespace qianli::viewer {

// Text from elsewhere as it can be printed: other line ends become line ends, other spaces become spaces, and what
// cannot be seen (zero width, direction marks, byte order marks, control characters) goes away. Visible characters
// stay.
QString printableText(QString const& pasted);

class ReportEdit : public QPlainTextEdit {
    Q_OBJECT

public:
    using QPlainTextEdit::QPlainTextEdit;

protected:
    void insertFromMimeData(QMimeData const* source) override;
};

} // namespace qianli::viewer
