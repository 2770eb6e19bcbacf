// Findings: everything that can be wrong with a gateway, as far as it can tell: one entry a code, from which alarms are
// explained, `doctor` speaks, and docs/operations.md is checked.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace qianli::gateway {

struct FindingKind {
    std::string_view code;  // also of the alarm, where it is one
    std::string_view what;  // is wrong
    std::string_view means; // for the townships and the readers
    std::string_view todo;  // in general; the finding itself has the names
};

// The more it hurts, the earlier.
std::span<FindingKind const> findingKinds();
// Nothing known of it: an empty one.
FindingKind findingKind(std::string_view code);

struct Finding {
    std::string code, subject;
    std::string text;   // what is wrong; never a patient's name
    std::string advice; // what to do now
};

} // namespace qianli::gateway
