// AnswerCharset: in which Specific Character Set a caller is answered (PS3.4 C.4.1.1.3.2).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/dicom/tag.h"

namespace qianli::gateway {

// Terms as (0008,0005) is sent with them.
struct AnswerCharset {
    std::string preferred; // what the caller declared, in the standard's spelling; else what its site's devices mean
    std::string larger;    // for what has no place in that one
};

// `declared`: the request's (0008,0005); `siteCharset`: "" for callers that are no site.
AnswerCharset answerCharsetFor(std::string_view declared, std::string_view siteCharset);

// The one to write this answer in: "" where all is ASCII.
std::string fittingCharset(AnswerCharset const& charset, std::map<dicom::Tag, std::string> const& values);

} // namespace qianli::gateway
