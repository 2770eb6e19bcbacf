// What is fuzzed, each as a function of bytes: it hands them to the real parsers as a peer's bytes come to them, and
// ends the process when something that must hold does not. Nothing is left behind that changes what the next bytes do.
//
// Promise: the same bytes do the same in every process that has the same `prepare` folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::fuzz {

using Input = std::span<std::uint8_t const>;
using Corpus = std::vector<std::string>;

void pduStream(Input input);         // PDUs, A-ASSOCIATE-RQ, command sets
void dataSet(Input input);           // data sets and files: scan, header, DCMTK's parser behind them
void queryPath(Input input);         // identifiers of C-FIND and of retrieves, down to the index
void webRequest(Input input);        // HTTP requests, down to the workflow
void signedReport(Input input);      // reports as files: reading and verification
void configurationFile(Input input); // gateway.toml

// What mutation starts from, made by our own writers; the same in every run, but for what is signed.
Corpus pduStreamCorpus();
Corpus dataSetCorpus();
Corpus queryPathCorpus();
Corpus webRequestCorpus();
Corpus signedReportCorpus();
Corpus configurationFileCorpus();

// What signedReport() has to know beside the bytes: the authority, and the data sets that were really signed. Writes
// it; called once, before the corpus is asked for. signedReport() reads it at `reportsFolder()`.
void prepareReports(std::filesystem::path const& folder);
// $QIANLI_FUZZ_REPORTS
std::filesystem::path reportsFolder();

struct Target {
    std::string_view name;
    void (*run)(Input);
    Corpus (*corpus)();
};
std::span<Target const> targets();

} // namespace qianli::fuzz
