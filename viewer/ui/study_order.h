// StudyOrder: how another study of the patient stands to the case in time. Nothing is called earlier that isn't known
// to be: two studies of one day are told apart by their hour, and where that isn't known they are of the same day.
#pragma once

#include <QString>

#include <string>

namespace qianli::viewer {

enum class StudyOrder { Earlier, SameDay, Later, Unknown };

struct StudyMoment {
    std::string date, time; // as in DICOM
};

StudyOrder orderOf(StudyMoment const& other, StudyMoment const& ofCase);

// For a narrow place: "既往 2026-03-02", "既往 同日 08:30", "同日另一检查", "之后 2026-12-01".
QString briefOrderWords(StudyMoment const& other, StudyMoment const& ofCase);
// "既往", "既往（同日 08:30）", "同日另一检查", "之后的检查", and "另一检查" where nobody knows.
QString orderWords(StudyMoment const& other, StudyMoment const& ofCase);

} // namespace qianli::viewer
