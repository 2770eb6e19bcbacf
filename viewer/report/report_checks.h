// What must be true before a report may be signed.
#pragma once

#include "common/base/result.h"
#include "common/model/report.h"

#include <string_view>
#include <vector>

namespace qianli::viewer {

// The characters of a UTF-8 text that none of the PDF's fonts can draw, each once, in order. Needs a QGuiApplication.
std::vector<char32_t> charactersWithoutFont(std::string_view utf8);

// The images read, the task and the report must be about the same study, person and site: Study Instance UID, patient's
// name, ID, site. Refused naming the field that differs, with both values (a national ID masked); empty Study UID,
// name, ID or site is refused too.
Result<void> checkIdentity(model::ReportSubject const& images, model::ReportSubject const& task,
                           model::ReportSubject const& report);

// Refused: empty findings or diagnosis, no author, a character of the patient's name or of the text that is in no font.
// InvalidInput: UIDs not fixed yet, text that isn't UTF-8.
Result<void> checkBeforeSigning(model::Report const& report);

} // namespace qianli::viewer
