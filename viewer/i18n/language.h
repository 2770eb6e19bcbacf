// The viewer's words: Chinese first, English by switch. Both stand side by side where they are used, so that neither
// can be missing.
#pragma once

#include "common/base/result.h"

#include <QString>

namespace qianli::viewer {

enum class DisplayLanguage { Chinese, English };

// Set once in main() before the first window.
void setDisplayLanguage(DisplayLanguage language);
DisplayLanguage displayLanguage();

// The words in the language that is set; UTF-8. Places are %1, %2 … for QString::arg().
QString say(char const* chinese, char const* english);

// A sentence of code that knows no window, or of the gateway's, as the reader of this window knows it; unchanged when
// it is in another's words.
QString inReadersWords(std::string const& english);

// An Error as one sentence for a person: what kind of trouble it is, then what it names.
QString sentence(Error const& error);

} // namespace qianli::viewer
