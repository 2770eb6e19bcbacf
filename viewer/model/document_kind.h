// DocumentKind: what an object without pixels is, as far as a viewport can show it.
#pragma once

#include "viewer/model/image.h"

#include <string_view>

namespace qianli::viewer {

enum class DocumentKind {
    None,             // pictures, and presentation states, which are nothing to look at by themselves
    Waveform,         // PS3.3 A.34
    StructuredReport, // A.35
    Pdf,              // A.45.1
    Other             // shown as a page that says what it is
};

DocumentKind documentKind(ImageAttributes const& object);
// Of an object without pixels, by its SOP class.
DocumentKind documentKind(std::string_view sopClassUid);

} // namespace qianli::viewer
