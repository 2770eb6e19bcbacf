// StudyMarks: what is odd about a study, in words: a short one for a row of the list, a badge, and a sentence that says
// what it means for the reader.
#pragma once

#include "common/model/reading_task.h"

#include <QColor>
#include <QLabel>
#include <QString>

#include <vector>

namespace qianli::viewer {

enum class MarkTone { Quiet, Caution, Danger };

struct StudyMark {
    MarkTone tone = MarkTone::Quiet;
    QString brief;   // 字符集
    QString badge;   // 字符集已纠正
    QString meaning; // a sentence
};

// The gravest first.
std::vector<StudyMark> marksOf(model::ReadingTask const& task);

bool hasIdentityConflict(model::ReadingTask const& task);
// Under the same Patient ID at the same site, or in the same Study Instance UID.
bool isRelated(model::ReadingTask const& one, model::ReadingTask const& other);
QString identityConflictWord(); // "身份冲突"
// What disagrees; who else is known under this Patient ID or in this Study UID is looked for among `known`. Empty when
// nothing does.
QString identityConflictWords(model::ReadingTask const& task, std::vector<model::ReadingTask> const& known);

// "收到 137 幅，应有 350 幅，缺 z 72.5 至 337.5 mm"; empty when nothing is said to be missing.
QString missingWords(model::ReadingTask const& task);

QString receivedOfExpected(model::ReadingTask const& task); // "137/350", or empty
// What to know before opening a study that is not whole; empty when it is.
QString incompleteWords(model::ReadingTask const& task);

// Minutes, hours or days as a length: "8小时", "25分钟", "9827天".
QString lengthOfTime(std::int64_t seconds);
// How text was read, from the rule that decided (domain.md 4.2): "按 GB18030 读".
QString charsetWords(int rule, QString const& declared = {}, QString const& used = {});
StudyMark charsetMark(bool certain, QString const& meaning);

// Text from the wire as a tool tip, which would take markup in it for its own.
QString plainTip(QString const& text);
QColor toneColour(MarkTone tone);
QLabel* newBadge(StudyMark const& mark, QWidget* parent);

} // namespace qianli::viewer
