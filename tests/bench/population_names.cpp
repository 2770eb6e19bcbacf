// population_names: fills an index with the studies of many patients, named as people in a county are, and measures how
// long the search by name takes for each way to type one (docs/decisions/0013). No archive is written. Built on demand
// (target population_names).
#include "common/base/text.h"
#include "gateway/archive/object_path.h"
#include "gateway/index/study_index.h"
#include "tests/support/chinese_names.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <random>
#include <time.h>

using namespace qianli;
using namespace qianli::gateway;

namespace {

constexpr char const* usage =
    "population_names FILE PATIENTS [STUDIES] [ask=200] [limit=50]\n"
    "  PATIENTS persons with two studies each, or STUDIES studies in all, unless FILE holds them already\n";

template <typename T>
T checked(Result<T> result)
{
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().message);
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

test::MadeName nameOf(std::uint64_t patient)
{
    std::mt19937_64 random(patient * 2654435761 + 17);
    return test::makeName(random);
}

// A third as "Zhang^San=张^三", a tenth in letters only, the others in characters.
std::string sentName(std::uint64_t patient)
{
    auto const name = nameOf(patient);
    switch (patient % 30) {
    case 0:
    case 1:
    case 2:
        return name.letters();
    case 3:
        return name.characters() + "(急)";
    default:
        return patient % 3 == 0 ? name.letters() + "=" + name.component() : name.component(patient % 2 == 0 ? "^" : "");
    }
}

IndexedObject study(std::uint64_t number, std::uint64_t patients)
{
    IndexedObject made;
    Receipt& receipt = made.receipt;
    dicom::InstanceHeader& header = made.header;
    std::uint64_t const patient = number * 7919 % patients;
    std::string const root = fmt::format("1.2.840.113619.2.55.3.{}.{}", 600'000'000 + number % 50 * 7919, number);
    receipt.sequence = number + 1;
    receipt.site = {fmt::format("site{:03}", patient % 50)};
    receipt.callingAe = "CT1";
    receipt.calledAe = "QIANLI";
    receipt.address = "10.20.1.15";
    receipt.receivedAt = TimePoint(std::chrono::milliseconds(1'800'000'000'000 + number * 3700));
    receipt.study = header.studyUid = dicom::Uid::ofKnown(root);
    receipt.series = header.seriesUid = dicom::Uid::ofKnown(root + ".1");
    receipt.sopInstance = header.sopInstanceUid = dicom::Uid::ofKnown(root + ".1.1");
    receipt.sopClass = header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.1.1");
    receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.4.70");
    receipt.location = {objectPath(receipt.site, receipt.study, receipt.sopInstance, 1), 340, 200'000};
    header.charset = {"GB18030", "GB18030", 4, true};
    header.patientName = sentName(patient);
    header.patientId = fmt::format("P{:08}", patient);
    header.patientBirthDate = fmt::format("19{:02}{:02}{:02}", 30 + patient % 70, 1 + patient % 12, 1 + patient % 28);
    header.patientSex = patient % 2 == 0 ? "M" : "F";
    header.studyDate =
        fmt::format("20{:02}{:02}{:02}", 10 + number * 16 / (2 * patients + 1), 1 + number % 12, 1 + number % 28);
    header.studyTime = "101500";
    header.modality = "DX";
    header.bodyPart = "CHEST";
    header.studyDescription = "胸部正位";
    header.accessionNumber = fmt::format("A{:011}", number);
    return made;
}

// What a busy machine takes from us is not in it.
double cpuSeconds()
{
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

void fill(StudyIndex& index, std::uint64_t studies, std::uint64_t patients)
{
    std::uint64_t const first = index.appliedSequence();
    double applying = 0;
    std::vector<IndexedObject> group;
    for (std::uint64_t number = first; number < studies; ++number) {
        group.push_back(study(number, patients));
        if (group.size() < 64 && number + 1 < studies)
            continue;
        double const begun = cpuSeconds();
        checked(index.apply(group));
        applying += cpuSeconds() - begun;
        group.clear();
        if (number % 8192 < 64)
            checked(index.checkpoint());
    }
    checked(index.checkpoint());
    if (studies > first)
        fmt::print("{} studies applied, {:.1f} us of CPU each\n", studies - first,
                   applying * 1e6 / static_cast<double>(studies - first));
}

std::string joined(std::vector<std::vector<std::string>> const& syllables, std::size_t from, std::size_t to,
                   bool initials)
{
    std::string all;
    for (std::size_t i = from; i < std::min(to, syllables.size()); ++i)
        all += initials ? syllables[i][0].substr(0, 1) : syllables[i][0];
    return all;
}

std::vector<std::pair<std::string, std::string>> waysToType(test::MadeName const& name)
{
    auto const syllables = name.syllables();
    std::size_t const family = name.surnameLength(), all = syllables.size();
    std::string const characters = name.characters();
    std::string const full = joined(syllables, 0, all, false);
    return {{"characters", characters},
            {"two characters", characters.substr(0, 6)},
            {"given name in characters", characters.substr(name.surname.characters.size())},
            {"surname in characters", name.surname.characters},
            {"pinyin", full},
            {"pinyin, unfinished", full.substr(0, full.size() - 1)},
            {"given name in pinyin", joined(syllables, family, all, false)},
            {"surname in pinyin", joined(syllables, 0, family, false)},
            {"three letters", full.substr(0, 3)},
            {"one letter", full.substr(0, 1)},
            {"initials", joined(syllables, 0, all, true)},
            {"given name, initials", joined(syllables, family, all, true)},
            {"zhangxd", joined(syllables, 0, family, false) + joined(syllables, family, all, true)},
            {"zxiaodong", joined(syllables, 0, family, true) + joined(syllables, family, all, false)},
            {"nobody", full + "xq"}};
}

void ask(StudyIndex const& index, std::uint64_t patients, std::uint64_t questions, std::size_t limit)
{
    struct Kind {
        std::vector<double> first, all, cpu;
        std::uint64_t answers = 0;
    };
    std::map<std::string, Kind> kinds;
    std::vector<double> every, everyCpu;
    std::mt19937_64 random(7);
    Scope const everything{true, {}, true};
    for (std::uint64_t n = 0; n < questions; ++n)
        for (auto const& [kind, typed] : waysToType(nameOf(random() % patients))) {
            Kind& here = kinds[kind];
            double const cpuBegun = cpuSeconds();
            auto const begun = std::chrono::steady_clock::now();
            auto const passed = [&] {
                return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
            };
            bool isFirst = true;
            checked(index.find(everything, {Level::Study, {}, limit, true, {typed, names::NameReach::Anywhere}},
                               [&](Answer const&) {
                                   if (std::exchange(isFirst, false))
                                       here.first.push_back(passed());
                                   ++here.answers;
                                   return true;
                               }));
            here.all.push_back(passed());
            here.cpu.push_back((cpuSeconds() - cpuBegun) * 1e3);
            every.push_back(here.all.back());
            everyCpu.push_back(here.cpu.back());
        }
    auto const at = [](std::vector<double>& times, double part) {
        std::ranges::sort(times);
        return times.empty() ? 0.0 : times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
    };
    for (auto& [kind, here] : kinds)
        fmt::print(
            "{:<26} {:5.1f} answers, first p95 {:6.2f} ms, all p50 {:6.2f} p95 {:6.2f} max {:6.2f} ms, CPU p50 {:6.2f} "
            "p95 {:6.2f} ms\n",
            kind, static_cast<double>(here.answers) / static_cast<double>(questions), at(here.first, 0.95),
            at(here.all, 0.5), at(here.all, 0.95), at(here.all, 1), at(here.cpu, 0.5), at(here.cpu, 0.95));
    fmt::print("{:<26} all p50 {:6.2f} p95 {:6.2f} max {:6.2f} ms, CPU p50 {:6.2f} p95 {:6.2f} ms\n", "every kind",
               at(every, 0.5), at(every, 0.95), at(every, 1), at(everyCpu, 0.5), at(everyCpu, 0.95));
}

} // namespace

int main(int count, char** words)
{
    if (count < 3) {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    std::uint64_t const patients = std::strtoull(words[2], nullptr, 10);
    std::uint64_t studies = 2 * patients, questions = 200;
    std::size_t limit = 50;
    for (int i = 3; i < count; ++i) {
        std::string const word = words[i];
        if (word.starts_with("ask="))
            questions = std::strtoull(word.c_str() + 4, nullptr, 10);
        else if (word.starts_with("limit="))
            limit = std::strtoull(word.c_str() + 6, nullptr, 10);
        else
            studies = std::strtoull(word.c_str(), nullptr, 10);
    }
    if (patients == 0) {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    auto index = checked(StudyIndex::open(words[1]));
    fill(*index, studies, patients);
    auto const bytes = std::filesystem::file_size(words[1]);
    fmt::print("{} patients, {} studies: {} bytes, {:.1f} a study\n", patients, studies, bytes,
               static_cast<double>(bytes) / static_cast<double>(studies));
    ask(*index, patients, questions, limit);
    return 0;
}
