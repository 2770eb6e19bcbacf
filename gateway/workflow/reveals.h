// Reveals: who saw national IDs in full on the command line. Written before anything is shown.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

class Workflow;

struct Reveal {
    TimePoint at{};
    std::string person; // of the operating system
    std::string command;
};

Result<void> noteReveal(Workflow& workflow, std::string_view person, std::string_view command);
// Newest first.
Result<std::vector<Reveal>> revealsOf(Workflow& workflow, std::size_t limit);

} // namespace qianli::gateway
