// Reads back the text of a PDF's pages, as far as PDFs of our viewer (QPdfWriter's) go: enough to find the report's UID
// on each page.
//
// The gateway's main process links no PDF library: it is for documents whose signature has been verified, and a PDF
// built in another way is refused, never misread. Tests compare with pdftotext.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace qianli::crypto {

// One text a page, in the order of the pages, UTF-8, text runs separated by newlines. InvalidInput when the PDF is not
// built as we build it.
Result<std::vector<std::string>> pdfPageTexts(std::string_view pdf);

// True when the UID stands in the text as a whole: not as part of a longer one.
bool holdsUid(std::string_view text, std::string_view uid);

} // namespace qianli::crypto
