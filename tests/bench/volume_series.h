// A CT of a body that nobody is: 512x512, as many slices as asked for, with bones, vessels, lungs, skin and noise.
#pragma once

#include <filesystem>

namespace qianli::bench {

// The same files each time. The folder is made.
void writeVolumeSeries(std::filesystem::path const& folder, int slices);

} // namespace qianli::bench
