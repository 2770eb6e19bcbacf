// The list of real pictures with what several decoders agreed on (MANIFEST.tsv beside the shared files).
#pragma once

#include <map>
#include <string>
#include <vector>

namespace qianli::test {

using ManifestRow = std::map<std::string, std::string>; // column name to value

// Empty where the shared files are not present.
std::vector<ManifestRow> readManifest();

} // namespace qianli::test
