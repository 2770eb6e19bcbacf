// Finding studies for the command line: words of options to queries of the index.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/cli/commands.h"
#include "gateway/index/study_index.h"

#include <optional>

namespace qianli::gateway::cli {

// The query that --site, --patient, --name, --from, --to, --modality and --accession say. InvalidInput for a date that
// is none.
Result<Query> studyQuery(StudyListArguments const& arguments);
Scope scopeOf(std::string const& site);

// "2026-11-22" or "2026-11-22 12:30" in local time. `End` with a date alone: the end of that day.
enum class Edge { Begin, End };
Result<std::optional<TimePoint>> parseLocalTime(std::string_view option, std::string const& text, Edge edge);

// The one study with that UID; NotFound, or Conflict when two sites or two patients have it and neither --site nor
// --part says which.
Result<StudyRecord> oneStudy(Context& context, StudyArguments const& arguments);
// Its instances, newest versions, by series and number.
Result<std::vector<InstanceRecord>> instancesOf(StudyIndex const& index, StudyRecord const& study);

} // namespace qianli::gateway::cli
