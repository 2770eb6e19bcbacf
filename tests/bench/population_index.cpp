// population_index: fills an index with made-up studies and measures what it costs: CPU and time for each instance,
// bytes on disk, answers to the usual questions. No archive is written. Built on demand (target population_index).
#include "gateway/archive/object_path.h"
#include "gateway/archive/receipt_line.h"
#include "gateway/archive/receipt_log.h"
#include "gateway/index/study_index.h"
#include "tests/bench/population_queue.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <sys/resource.h>
#include <xxhash.h>

using namespace qianli;
using namespace qianli::gateway;
namespace tag = dicom::tag;

namespace {

constexpr char const* usage =
    "population_index FILE STUDIES INSTANCES [group=8] [streams=1] [uids=device|random] [sites=50] [ask=200]\n"
    "    [archive=FOLDER] [queries=FOLDER] [queue=FILE]\n"
    "  STUDIES studies of one series with INSTANCES instances each, added to what FILE holds already\n"
    "  group: instances of one commit; streams: series that arrive side by side; ask: questions of each kind\n"
    "  archive: writes the receipts, too, but no objects: a gateway starts with it and answers C-FIND\n"
    "  queries: writes the questions there instead of asking them, as C-FIND identifiers\n"
    "  queue: a workflow.db, brought up to the index, of which the newest 500 studies wait for a reader; asked too\n";

struct Options {
    std::filesystem::path file, archive, queries, queue;
    std::uint64_t studies = 0, instances = 0, group = 8, streams = 1, sites = 50, ask = 200;
    bool randomUids = false;
};

constexpr std::uint64_t studiesADay = 50;

struct Word {
    char const *latin, *han;
};
constexpr Word families[] = {{"Wang", "王"},  {"Li", "李"},   {"Zhang", "张"}, {"Liu", "刘"},  {"Chen", "陈"},
                             {"Yang", "杨"},  {"Zhao", "赵"}, {"Huang", "黄"}, {"Zhou", "周"}, {"Wu", "吴"},
                             {"Xu", "徐"},    {"Sun", "孙"},  {"Hu", "胡"},    {"Zhu", "朱"},  {"Gao", "高"},
                             {"Lin", "林"},   {"He", "何"},   {"Guo", "郭"},   {"Ma", "马"},   {"Luo", "罗"},
                             {"Liang", "梁"}, {"Song", "宋"}, {"Zheng", "郑"}, {"Xie", "谢"},  {"Ouyang", "欧阳"}};
constexpr Word given[] = {{"Wei", "伟"},  {"Fang", "芳"},  {"Na", "娜"},  {"Min", "敏"},  {"Jing", "静"},
                          {"Li", "丽"},   {"Qiang", "强"}, {"Lei", "磊"}, {"Jun", "军"},  {"Yang", "洋"},
                          {"Yong", "勇"}, {"Yan", "艳"},   {"Jie", "杰"}, {"Juan", "娟"}, {"Tao", "涛"},
                          {"Ming", "明"}, {"Chao", "超"},  {"Xia", "霞"}, {"Ping", "平"}, {"Gang", "刚"},
                          {"Rui", "瑞"},  {"Xin", "欣"},   {"Hua", "华"}, {"Hong", "红"}, {"Bo", "博"}};

// A number that looks random and is always the same for the same question.
std::uint64_t drawn(std::uint64_t of, std::uint64_t which)
{
    std::uint64_t const words[] = {of, which};
    return XXH3_64bits(words, sizeof words);
}

std::string nameOf(std::uint64_t patient)
{
    Word const& family = families[drawn(patient, 1) % std::size(families)];
    Word const& first = given[drawn(patient, 2) % std::size(given)];
    Word const& second = given[drawn(patient, 3) % std::size(given)];
    std::string const han = fmt::format("{}^{}{}", family.han, first.han, second.han);
    return patient % 2 == 0 ? fmt::format("{}^{}{}={}", family.latin, first.latin, second.latin, han) : han;
}

// "zxm": one letter for each character of "张晓明", two for the surname 欧阳.
std::string initialsOf(std::uint64_t patient)
{
    std::string const family = families[drawn(patient, 1) % std::size(families)].latin;
    std::string initials = family == "Ouyang" ? "oy" : family.substr(0, 1);
    for (std::uint64_t const which : {2, 3})
        initials += given[drawn(patient, which) % std::size(given)].latin[0];
    std::ranges::transform(initials, initials.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    return initials;
}

std::uint64_t patientOf(std::uint64_t study)
{
    return drawn(study, 4) % 800'000;
}

std::string patientIdOf(std::uint64_t study)
{
    return fmt::format("P{:08}", patientOf(study));
}

std::string accessionOf(std::uint64_t study)
{
    return fmt::format("A{:011}", study);
}

std::string dateOf(std::uint64_t study)
{
    std::chrono::sys_days const day = std::chrono::sys_days(std::chrono::year(2012) / 1 / 1) +
                                      std::chrono::days(static_cast<int>(study / studiesADay));
    std::chrono::year_month_day const date(day);
    return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

class Population {
public:
    explicit Population(Options const& options) : options_(options) {}

    // Instance `k` of a study; the sequence is the caller's.
    IndexedObject object(std::uint64_t study, std::uint64_t k, std::uint64_t sequence) const
    {
        IndexedObject made;
        Receipt& receipt = made.receipt;
        dicom::InstanceHeader& header = made.header;
        std::uint64_t const site = study % options_.sites;
        std::string const root = fmt::format("1.2.840.113619.2.55.3.{}", 600'000'000 + site * 7919);
        std::uint64_t const began = 1'325'376'000 + study * 432;
        auto const uid = [&](std::string const& like, std::uint64_t which) {
            if (!options_.randomUids)
                return dicom::Uid::ofKnown(like);
            return dicom::Uid::ofKnown(
                fmt::format("2.25.{}{:019}", drawn(study, which) >> 1, drawn(study, which + 1) >> 1));
        };
        receipt.sequence = sequence;
        receipt.site = {fmt::format("site{:03}", site)};
        receipt.callingAe = fmt::format("CT{:03}", site);
        receipt.calledAe = "QIANLI";
        receipt.address = fmt::format("10.20.{}.15", site);
        receipt.charset = "GB18030";
        receipt.receivedAt = TimePoint(std::chrono::milliseconds(1'800'000'000'000 + sequence * 37 + sequence % 11));
        receipt.study = header.studyUid = uid(fmt::format("{}.{}.{}.101", root, study % 999, began), 100);
        receipt.series = header.seriesUid = uid(fmt::format("{}.{}.{}.232", root, study % 999, began + 61), 200);
        receipt.sopInstance = header.sopInstanceUid =
            uid(fmt::format("{}.{}.{}.{}.{}", root, study % 999, began + 61, 233 + k / 100, k + 1), 300 + 2 * k);
        bool const slices = options_.instances > 4;
        receipt.sopClass = header.sopClassUid =
            dicom::Uid::ofKnown(slices ? "1.2.840.10008.5.1.4.1.1.2" : "1.2.840.10008.5.1.4.1.1.1.1");
        receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.4.70");
        XXH128_hash_t const digest = XXH3_128bits_withSeed(&k, sizeof k, study);
        std::memcpy(receipt.digest.data(), &digest, receipt.digest.size());
        receipt.location = {objectPath(receipt.site, receipt.study, receipt.sopInstance, 1),
                            static_cast<std::uint32_t>(340 + sequence % 3), 200'000 + drawn(study, k + 7) % 50'000};
        header.transferSyntaxUid = receipt.transferSyntax.value();
        header.charset = {"GB18030", "GB18030", 4, true};
        std::uint64_t const patient = patientOf(study);
        header.patientName = nameOf(patient);
        header.patientId = patientIdOf(study);
        header.patientBirthDate =
            fmt::format("19{:02}{:02}{:02}", 30 + patient % 70, 1 + patient % 12, 1 + patient % 28);
        header.patientSex = patient % 2 == 0 ? "F" : "M";
        header.patientAge = fmt::format("{:03}Y", 20 + patient % 70);
        header.studyDate = header.seriesDate = header.contentDate = dateOf(study);
        header.studyTime = fmt::format("{:02}{:02}{:02}", 8 + study % 10, study % 60, study * 7 % 60);
        header.seriesTime = header.studyTime + ".120";
        header.contentTime = header.studyTime + fmt::format(".{:06}", 120'000 + k * 1'250);
        header.accessionNumber = accessionOf(study);
        header.studyId = std::to_string(study % 100'000);
        header.studyDescription = slices ? "胸部CT平扫+三维重建" : "胸部正位";
        header.referringPhysician = "李^医生";
        header.seriesNumber = "2";
        header.seriesDescription = slices ? "肺窗 1.0mm B60f" : "胸部正位 PA";
        header.modality = slices ? "CT" : study % 4 == 1 ? "CR" : "DX";
        header.bodyPart = "CHEST";
        header.protocolName = "5.1 Chest Routine";
        header.stationName = fmt::format("CT{:03}", site);
        header.institutionName = "第一人民医院";
        header.manufacturer = "GE MEDICAL SYSTEMS";
        header.instanceNumber = std::to_string(k + 1);
        if (slices) {
            header.imagePosition = fmt::format("-182.500\\-180.000\\{:.3f}", 120.0 - 1.25 * static_cast<double>(k));
            header.imageOrientation = "1.000000\\0.000000\\0.000000\\0.000000\\1.000000\\0.000000";
            header.acquisitionNumber = "1";
        }
        header.rows = slices ? "512" : "3000";
        header.columns = slices ? "512" : "2500";
        header.imageType = slices ? "ORIGINAL\\PRIMARY\\AXIAL" : "DERIVED\\PRIMARY";
        return made;
    }

private:
    Options const& options_;
};

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

double cpuSeconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval const& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double secondsSince(std::chrono::steady_clock::time_point begin)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::uint64_t sizeOf(std::filesystem::path const& file)
{
    std::error_code none;
    auto const size = std::filesystem::file_size(file, none);
    return none ? 0 : size;
}

// What the committer does for each object of a group, and the group itself.
struct Spent {
    double make = 0, lookUps = 0, apply = 0, checkpoints = 0;
};

// An archive whose objects nobody asks for.
class Receipts {
public:
    explicit Receipts(std::filesystem::path folder) : folder_(std::move(folder))
    {
        for (char const* name : {"incoming", "receipts", "objects"})
            std::filesystem::create_directories(folder_ / name);
        log_ = checked(ReceiptLog::open(folder_ / "receipts", ReceiptLog::Access::Write));
    }
    void append(std::span<IndexedObject const> group)
    {
        std::string lines;
        for (IndexedObject const& object : group)
            appendReceiptLine(lines, object.receipt, group.front().receipt.sequence);
        checked(log_->append(lines, group.size()));
    }
    void close()
    {
        std::ofstream(folder_ / "checkpoint")
            << frameLine(fmt::format("{{\"sequence\":{},\"bytes\":{}}}", log_->lastSequence(), 0));
        log_.reset();
    }

private:
    std::filesystem::path folder_;
    std::unique_ptr<ReceiptLog> log_;
};

void fill(StudyIndex& index, Options const& options, std::uint64_t firstStudy)
{
    std::optional<Receipts> receipts;
    if (!options.archive.empty())
        receipts.emplace(options.archive);
    Population const population(options);
    std::uint64_t sequence = index.appliedSequence();
    std::uint64_t const total = options.studies * options.instances;
    Spent all, lap;
    std::vector<IndexedObject> group;
    std::uint64_t sinceCheckpoint = 0, done = 0, inLap = 0;
    std::uint64_t const lapSize = std::max<std::uint64_t>(total / 10, 1);
    auto const commit = [&] {
        if (group.empty())
            return;
        if (receipts)
            receipts->append(group);
        double const begun = cpuSeconds();
        for (IndexedObject const& object : group) {
            checked(index.findBySopInstance(object.receipt.site, object.receipt.sopInstance));
            checked(index.sitesOfStudy(object.receipt.study));
        }
        double const looked = cpuSeconds();
        checked(index.apply(group));
        double const applied = cpuSeconds();
        sinceCheckpoint += group.size();
        if (sinceCheckpoint >= 2000) {
            sinceCheckpoint = 0;
            checked(index.checkpoint());
        }
        lap.lookUps += looked - begun;
        lap.apply += applied - looked;
        lap.checkpoints += cpuSeconds() - applied;
        done += group.size();
        inLap += group.size();
        group.clear();
        if (inLap >= lapSize || done == total) {
            auto const each = [&](double seconds) { return seconds * 1e6 / static_cast<double>(inLap); };
            fmt::print("{:>9} instances: look-ups {:5.1f}, apply {:5.1f}, checkpoints {:5.1f} us of CPU each\n", done,
                       each(lap.lookUps), each(lap.apply), each(lap.checkpoints));
            std::fflush(stdout);
            all.lookUps += lap.lookUps;
            all.apply += lap.apply;
            all.checkpoints += lap.checkpoints;
            lap = {};
            inLap = 0;
        }
    };
    for (std::uint64_t first = 0; first < options.studies; first += options.streams) {
        std::uint64_t const last = std::min(first + options.streams, options.studies);
        for (std::uint64_t k = 0; k < options.instances; ++k) {
            for (std::uint64_t study = first; study < last; ++study) {
                group.push_back(population.object(firstStudy + study, k, ++sequence));
                if (group.size() >= options.group)
                    commit();
            }
        }
    }
    commit();
    checked(index.checkpoint());
    if (receipts)
        receipts->close();
    auto const each = [&](double seconds) { return seconds * 1e6 / static_cast<double>(total); };
    fmt::print("all {} instances: look-ups {:.1f}, apply {:.1f}, checkpoints {:.1f} us of CPU each\n", total,
               each(all.lookUps), each(all.apply), each(all.checkpoints));
}

// A kind of question, and how it is asked for one study.
struct Question {
    std::string name;
    std::function<Query(std::uint64_t study)> about;
    bool ofOneSite = false; // asked by the site whose study it is
};

std::vector<Question> questions(Options const& options)
{
    Population const population(options);
    bool const manyInstances = options.instances > 4;
    auto const value = [](dicom::Tag attribute, std::string text) {
        return Match{Match::Kind::Value, attribute, {std::move(text)}};
    };
    auto const beginning = [](dicom::Tag attribute, std::string text) {
        return Match{Match::Kind::Wildcard, attribute, {text + "*"}};
    };
    auto const day = [](std::uint64_t study) {
        return Match{Match::Kind::Range, tag::studyDate, {dateOf(study), dateOf(study)}};
    };
    using Keys = std::vector<Match>;
    return {
        {"patient ID",
         [=](auto i) {
             return Query{Level::Study, Keys{value(tag::patientId, patientIdOf(i))}, 0, true};
         }},
        {"patient ID, patient level",
         [=](auto i) {
             return Query{Level::Patient, Keys{value(tag::patientId, patientIdOf(i))}, 0, true};
         }},
        {"Latin name prefix",
         [=](auto i) {
             std::string const name = nameOf(patientOf(i) & ~1ull);
             return Query{Level::Study, Keys{beginning(tag::patientName, name.substr(0, name.find('=') - 1))}, 50,
                          true};
         }},
        {"Chinese name prefix",
         [=](auto i) {
             std::string const name = nameOf(patientOf(i) | 1ull);
             return Query{Level::Study, Keys{beginning(tag::patientName, name)}, 50, true};
         }},
        {"one day",
         [=](auto i) {
             return Query{Level::Study, Keys{day(i)}, 50, true};
         }},
        {"one day + modality",
         [=](auto i) {
             return Query{Level::Study, Keys{day(i), value(tag::modalitiesInStudy, manyInstances ? "CT" : "CR")}, 0,
                          true};
         }},
        {"one site, one day + modality",
         [=](auto i) {
             return Query{Level::Study, Keys{day(i), value(tag::modalitiesInStudy, manyInstances ? "CT" : "CR")}, 0,
                          true};
         },
         true},
        {"pinyin initials",
         [=](auto i) {
             return Query{Level::Study, {}, 50, true, {initialsOf(patientOf(i)), names::NameReach::Anywhere}};
         }},
        {"accession number",
         [=](auto i) {
             return Query{Level::Study, Keys{value(tag::accessionNumber, accessionOf(i))}, 0, true};
         }},
        {"a study's series",
         [=](auto i) {
             auto const uid = population.object(i, 0, 1).header.studyUid.value();
             return Query{Level::Series, Keys{value(tag::studyInstanceUid, uid)}, 0, true};
         }},
        {"a study's images",
         [=](auto i) {
             auto const uid = population.object(i, 0, 1).header.studyUid.value();
             return Query{Level::Image, Keys{value(tag::studyInstanceUid, uid)}, 0, true};
         }},
        {"first of 5,000 answers",
         [=](auto i) {
             return Query{Level::Study, Keys{{Match::Kind::Range, tag::studyDate, {dateOf(i), ""}}}, 5000, true};
         }},
    };
}

// As files of C-FIND identifiers in Implicit VR, each after its length, for a program that asks a running gateway.
void writeQueries(Options const& options, std::uint64_t studies)
{
    std::mt19937_64 random(7);
    std::filesystem::create_directories(options.queries);
    for (auto const& [what, about, ofOneSite] : questions(options)) {
        if (about(0).level != Level::Study || about(0).matches.empty() || ofOneSite)
            continue;
        std::string name = what;
        std::erase(name, ',');
        std::ranges::replace(name, ' ', '-');
        std::ofstream file(options.queries / (name + ".pack"), std::ios::binary);
        for (std::uint64_t n = 0; n < options.ask; ++n) {
            Query const query = about(random() % studies);
            std::map<dicom::Tag, std::string> values = {{tag::specificCharacterSet, "ISO_IR 192"},
                                                        {tag::queryRetrieveLevel, "STUDY "}};
            for (dicom::Tag const wanted :
                 {tag::studyDate, tag::studyTime, tag::accessionNumber, tag::modalitiesInStudy, tag::studyDescription,
                  tag::patientName, tag::patientId, tag::patientBirthDate, tag::patientSex, tag::studyInstanceUid,
                  tag::studyId})
                values[wanted];
            for (Match const& match : query.matches)
                values[match.tag] =
                    match.kind == Match::Kind::Range ? match.values[0] + "-" + match.values[1] : match.values[0];
            std::string identifier;
            auto const number = [](std::string& out, std::uint32_t bytes, std::uint32_t from) {
                for (std::uint32_t i = 0; i < bytes; ++i)
                    out += static_cast<char>(from >> 8 * i);
            };
            for (auto& [attribute, text] : values) {
                if (text.size() % 2 != 0)
                    text += attribute == tag::studyInstanceUid ? '\0' : ' ';
                number(identifier, 2, attribute.group);
                number(identifier, 2, attribute.element);
                number(identifier, 4, static_cast<std::uint32_t>(text.size()));
                identifier += text;
            }
            std::string length;
            number(length, 4, static_cast<std::uint32_t>(identifier.size()));
            file << length << identifier;
        }
    }
}

void ask(StudyIndex const& index, Options const& options, std::uint64_t studies)
{
    Scope const everything{true, {}, true};
    std::mt19937_64 random(7);
    for (auto const& [what, question, ofOneSite] : questions(options)) {
        std::vector<double> first, whole;
        std::uint64_t answers = 0;
        for (std::uint64_t n = 0; n < options.ask; ++n) {
            std::uint64_t const study = random() % studies;
            Query const query = question(study);
            Scope const scope =
                ofOneSite ? Scope{false, {{fmt::format("site{:03}", study % options.sites)}}, false} : everything;
            auto const begun = std::chrono::steady_clock::now();
            std::uint64_t here = 0;
            checked(index.find(scope, query, [&](Answer const&) {
                if (here++ == 0)
                    first.push_back(secondsSince(begun) * 1e3);
                return true;
            }));
            whole.push_back(secondsSince(begun) * 1e3);
            answers += here;
        }
        if (first.empty())
            first.push_back(0);
        std::ranges::sort(first);
        std::ranges::sort(whole);
        auto const at = [](std::vector<double> const& sorted, double part) {
            return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
        };
        fmt::print("{:<28} {:7.1f} answers, first p95 {:8.3f} ms, all p50 {:8.3f} p95 {:8.3f} ms\n", what,
                   static_cast<double>(answers) / static_cast<double>(options.ask), at(first, 0.95), at(whole, 0.5),
                   at(whole, 0.95));
        std::fflush(stdout);
    }
    auto const begun = std::chrono::steady_clock::now();
    std::uint64_t records = 0;
    for (std::uint64_t n = 0; n < options.ask; ++n) {
        auto const uid = Population(options).object(random() % studies, 0, 1).header.studyUid.value();
        records +=
            checked(index.instances(everything,
                                    {Level::Study, {{Match::Kind::UidList, tag::studyInstanceUid, {uid}}}, 0, true}))
                .size();
    }
    fmt::print("plan of a retrieve           {:7.1f} instances, {:.2f} us each\n",
               static_cast<double>(records) / static_cast<double>(options.ask),
               secondsSince(begun) * 1e6 / static_cast<double>(std::max<std::uint64_t>(records, 1)));
}

} // namespace

int main(int count, char** words)
{
    if (count < 4) {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    Options options;
    options.file = words[1];
    options.studies = std::strtoull(words[2], nullptr, 10);
    options.instances = std::strtoull(words[3], nullptr, 10);
    std::map<std::string, std::uint64_t*> const numbers = {
        {"group", &options.group}, {"streams", &options.streams}, {"sites", &options.sites}, {"ask", &options.ask}};
    std::uint64_t firstStudy = 0;
    for (int i = 4; i < count; ++i) {
        std::string const word = words[i];
        std::string const name = word.substr(0, word.find('='));
        std::string const text = word.substr(std::min(word.size(), name.size() + 1));
        if (name == "uids" && (text == "device" || text == "random"))
            options.randomUids = text == "random";
        else if (name == "archive" && !text.empty())
            options.archive = text;
        else if (name == "queries" && !text.empty())
            options.queries = text;
        else if (name == "queue" && !text.empty())
            options.queue = text;
        else if (auto const found = numbers.find(name); found != numbers.end())
            *found->second = std::strtoull(text.c_str(), nullptr, 10);
        else {
            fmt::print(stderr, "{}", usage);
            return 2;
        }
    }
    auto const opening = std::chrono::steady_clock::now();
    auto index = checked(StudyIndex::open(options.file));
    fmt::print("opened in {:.1f} ms\n", secondsSince(opening) * 1e3);
    // Studies that are there already came from the same options.
    firstStudy = options.instances == 0 ? 0 : index->appliedSequence() / options.instances;
    if (options.studies > 0) {
        auto const begun = std::chrono::steady_clock::now();
        fill(*index, options, firstStudy);
        fmt::print("{:.1f} s\n", secondsSince(begun));
    }
    std::uint64_t const studies = firstStudy + options.studies;
    std::uint64_t const bytes = sizeOf(options.file);
    fmt::print("{} studies of {} instances: {} bytes, {:.1f} a study, {:.1f} an instance\n", studies, options.instances,
               bytes, static_cast<double>(bytes) / static_cast<double>(studies),
               static_cast<double>(bytes) /
                   static_cast<double>(studies * std::max<std::uint64_t>(options.instances, 1)));
    if (!options.queries.empty())
        writeQueries(options, studies);
    else if (options.ask > 0 && studies > 0)
        ask(*index, options, studies);
    if (!options.queue.empty()) {
        checked(bench::fillQueue(*index, options.queue, 500));
        fmt::print("queue: {} bytes\n", sizeOf(options.queue));
        checked(bench::askQueue(options.queue, std::max<std::uint64_t>(options.ask, 1)));
    }
    return 0;
}
