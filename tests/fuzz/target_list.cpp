#include "tests/fuzz/targets.h"

#include <array>

namespace qianli::fuzz {

std::span<Target const> targets()
{
    static constexpr std::array<Target, 6> all{{{"pdu_stream", pduStream, pduStreamCorpus},
                                                {"data_set", dataSet, dataSetCorpus},
                                                {"query_path", queryPath, queryPathCorpus},
                                                {"web_request", webRequest, webRequestCorpus},
                                                {"signed_report", signedReport, signedReportCorpus},
                                                {"configuration_file", configurationFile, configurationFileCorpus}}};
    return all;
}

} // namespace qianli::fuzz
