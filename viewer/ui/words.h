// How values read on the screen: names, ages, waiting times, dates, states, in the language that is set.
#pragma once

#include "common/base/clock.h"
#include "common/model/reading_task.h"

#include <QString>

namespace qianli::viewer {

QString stateWord(model::TaskState state);
QString sexWord(std::string const& sex); // "M" → "男"
QString patientName(model::ReadingTask const& task);
// By the birth date on the day of the study, or of receipt where the device's clock may be wrong; as the device says
// where that can't be.
QString patientAge(model::ReadingTask const& task);
std::string ageForReport(model::ReadingTask const& task); // the same as DICOM writes it: "058Y"
// What else the age may be, as a sentence; empty when nothing contradicts it.
QString ageDoubt(model::ReadingTask const& task);
// For wherever more than one pair of eyes may look: a national ID with its middle hidden.
QString shownId(std::string const& patientId);
QString dateWord(std::string const& dicomDate);       // "20261122" → "2026-11-22"
QString timeWord(std::string const& dicomTime);       // "123105.1" → "12:31"
QString clockWord(TimePoint time, TimePoint now);     // "12:31" today, "11-21 12:31" before
QString waitingWord(TimePoint since, TimePoint now);  // "8 分钟", "3 小时 05 分", "2 天"
QString bodyPartWord(std::string const& bodyPart);    // "HEAD" → "头部"; unknown ones as they are
QString examinedPart(model::ReadingTask const& task); // 头部 平扫
QString examination(model::ReadingTask const& task);  // "CT 头部 平扫"
QString identityLine(model::ReadingTask const& task); // "张昞 男 58岁"
QString taskStateLine(model::ReadingTask const& task, std::string const& me); // "陈强 书写中"

bool isOver(model::TaskState state);     // issued and what comes after
bool isUnderway(model::TaskState state); // somebody writes

bool isPressing(model::ReadingTask const& task); // urgent, and its report is still to come
QString urgencyMark();                           // "急": one glance in a row
QString urgencyWord();                           // "急诊优先"

} // namespace qianli::viewer
