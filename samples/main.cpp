// qianli-samples: data and traffic with no patient in it.
#include "samples/modality.h"
#include "samples/studies.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>
#include <fmt/format.h>
#include <map>
#include <regex>

namespace qianli::samples {
namespace {

struct MakeWords {
    std::string folder, date = "20261122", institution = "普子乡卫生院";
    std::uint64_t seed = 1;
    int studies = 0;
    std::map<std::string, int> wanted; // by option: "ct", "dx", "ecg", "us"
    bool small = false;
};

// Which kinds, in order. Without any word: one of each kind.
std::vector<Kind> chosenKinds(MakeWords const& words)
{
    static std::map<std::string, std::vector<Kind>> const families = {
        {"ct", {Kind::CtHead, Kind::CtChest, Kind::CtHeadTilted}},
        {"dx", {Kind::ChestRadiograph, Kind::HandRadiograph}},
        {"ecg", {Kind::Ecg}},
        {"us", {Kind::Ultrasound}}};
    std::vector<Kind> chosen;
    for (auto const& [family, count] : words.wanted)
        for (int i = 0; i < count; ++i)
            chosen.push_back(families.at(family)[static_cast<std::size_t>(i) % families.at(family).size()]);
    int const more = words.studies > 0 ? words.studies - static_cast<int>(chosen.size()) : chosen.empty() ? kinds : 0;
    for (int i = 0; i < more; ++i)
        chosen.push_back(static_cast<Kind>(i % kinds));
    return chosen;
}

// One line a study on standard output: number, kind, Study Instance UID, Patient ID, name.
void make(MakeWords const& words)
{
    auto const chosen = chosenKinds(words);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        SampleStudy study;
        study.seed = words.seed;
        study.number = static_cast<int>(i);
        study.date = words.date;
        study.time = fmt::format("{:02}{:02}00", 8 + i / 6 % 10, i * 10 % 60);
        study.institution = words.institution;
        study.person = inventPerson(words.seed, study.number, static_cast<Writing>(i % writings), words.date);
        auto const folder = std::filesystem::path(words.folder) / fmt::format("{:03}-{}", i + 1, word(chosen[i]));
        makeStudy(chosen[i], study, words.small ? Detail::Small : Detail::Full, folder);
        fmt::print("{:03}\t{}\t{}\t{}\t{}\n", i + 1, word(chosen[i]), study.uid("study"), study.person.patientId,
                   study.person.name);
    }
}

struct SiteWords {
    std::string folder, to, as = "MODALITY";
    double rate = 0, pause = 0;
    std::uint64_t abortAfter = 0;
};

int send(SiteWords const& words)
{
    static std::regex const address("([^@]{1,16})@(.+):([0-9]{1,5})");
    std::smatch parts;
    if (!std::regex_match(words.to, parts, address) || std::stoi(parts[3]) < 1 || std::stoi(parts[3]) > 65535) {
        fmt::print(stderr, "qianli-samples: --to: expected AE@HOST:PORT, found \"{}\"\n", words.to);
        return 2;
    }
    ModalitySettings settings;
    settings.calledAe = parts[1];
    settings.host = parts[2];
    settings.port = static_cast<std::uint16_t>(std::stoi(parts[3]));
    settings.callingAe = words.as;
    settings.imagesPerSecond = words.rate;
    settings.pause = Duration(static_cast<Duration::rep>(words.pause * 1000));
    settings.abortAfter = words.abortAfter;
    auto const sent = sendAsModality(words.folder, settings);
    if (!sent) {
        fmt::print(stderr, "qianli-samples: {}\n", sent.error().message);
        return 1;
    }
    fmt::print("{} objects, {} bytes accepted{}{}\n", sent->objects, sent->bytes,
               sent->refused > 0 ? fmt::format(", {} refused", sent->refused) : "",
               sent->brokenOff ? "; broken off as asked" : "");
    return sent->refused > 0 ? 1 : 0;
}

int run(int argc, char** argv)
{
    CLI::App app{"Sample studies and simulated sites: data and traffic with no patient in it.", "qianli-samples"};
    app.require_subcommand(1);
    MakeWords makeWords;
    auto* making = app.add_subcommand(
        "make", "write sample studies of invented people into a folder; the same seed gives the same bytes");
    making->add_option("DIR", makeWords.folder, "where to")->required();
    making->add_option("--studies", makeWords.studies, "how many in all; without any count one of each kind")
        ->check(CLI::Range(0, 100000));
    making->add_option("--seed", makeWords.seed, "which people and pictures")->capture_default_str();
    for (char const* family : {"ct", "dx", "ecg", "us"})
        making->add_option(fmt::format("--{}", family), makeWords.wanted[family], fmt::format("how many {}", family))
            ->check(CLI::Range(0, 100000));
    making->add_option("--date", makeWords.date, "study date")
        ->capture_default_str()
        ->check([](std::string const& text) {
            return std::regex_match(text, std::regex("[12][0-9]{3}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"))
                       ? ""
                       : "expected YYYYMMDD";
        });
    making->add_option("--institution", makeWords.institution, "where they were examined")->capture_default_str();
    making->add_flag("--small", makeWords.small, "few and small pictures, for tests");
    SiteWords siteWords;
    auto* sending = app.add_subcommand("site", "send a folder's studies as a township's modality would");
    sending->add_option("DIR", siteWords.folder, "what to send")->required()->check(CLI::ExistingDirectory);
    sending->add_option("--to", siteWords.to, "AE@HOST:PORT of the gateway")->required();
    sending->add_option("--as", siteWords.as, "own AE title")->capture_default_str();
    sending->add_option("--rate", siteWords.rate, "objects a second; 0: as fast as it goes")
        ->check(CLI::NonNegativeNumber);
    sending->add_option("--pause", siteWords.pause, "seconds between two studies")->check(CLI::NonNegativeNumber);
    sending->add_option("--abort-after", siteWords.abortAfter, "cut the line after so many objects");
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (sending->parsed())
        return send(siteWords);
    make(makeWords);
    return 0;
}

} // namespace
} // namespace qianli::samples

int main(int argc, char** argv)
{
    ::setenv("TCP_NODELAY", "1", 1);
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    try {
        return qianli::samples::run(argc, argv);
    } catch (std::exception const& error) {
        fmt::print(stderr, "qianli-samples: {}\n", error.what());
        return 1;
    }
}
