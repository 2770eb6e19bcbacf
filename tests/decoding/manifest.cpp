#include "tests/decoding/manifest.h"

#include "common/base/text.h"
#include "tests/support/support.h"

#include <fstream>

namespace qianli::test {

std::vector<ManifestRow> readManifest()
{
    auto const path = sharedData("MANIFEST.tsv");
    if (!path)
        return {};
    std::ifstream file(*path);
    std::string line;
    std::getline(file, line);
    auto const names = text::split(line, '\t');
    std::vector<ManifestRow> rows;
    while (std::getline(file, line)) {
        auto const values = text::split(line, '\t');
        ManifestRow row;
        for (std::size_t i = 0; i < names.size(); ++i)
            row[names[i]] = i < values.size() ? values[i] : "";
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace qianli::test
