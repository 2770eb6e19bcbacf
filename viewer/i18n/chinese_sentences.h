// The sentences of code that knows no window (common/, viewer/model to viewer/report, the gateway's answers) in
// Chinese.
//
// Such code says what went wrong in one English sentence, for logs and commands; here it becomes a person's. A test
// reads the sources and fails for a sentence that could reach the window and is not in the table.
#pragma once

#include <QString>

#include <optional>
#include <string>

namespace qianli::viewer {

// Nothing when the sentence is not known. A place before it ("file.dcm: …") stays; the values in it stay, too.
std::optional<QString> inChinese(std::string const& english);

} // namespace qianli::viewer
