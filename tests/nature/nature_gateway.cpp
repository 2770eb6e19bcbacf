#include "tests/nature/nature_gateway.h"

#include "common/dicom/network/dicom_client.h"
#include "common/dicom/sop_class.h"
#include "gateway/archive/verification.h"
#include "gateway/index/study_index.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <sys/mount.h>
#include <thread>

namespace qianli::test {
namespace {

using dicom::Uid;

dicom::Destination destination(NatureGateway const& gateway, std::string const& callingAe)
{
    dicom::Destination to;
    to.host = "127.0.0.1";
    to.port = gateway.port();
    to.calledAe = "QIANLI";
    to.callingAe = callingAe;
    to.silenceTimeout = std::chrono::seconds(30);
    return to;
}

class Collector final : public dicom::ObjectSink {
public:
    explicit Collector(std::map<std::string, std::vector<std::uint8_t>>& objects) : objects_(objects) {}
    std::uint16_t begin(Uid const&, Uid const& sopInstance, Uid const&) override
    {
        name_ = sopInstance.value();
        bytes_.clear();
        return 0;
    }
    std::uint16_t append(std::span<std::uint8_t const> bytes) override
    {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return 0;
    }
    std::uint16_t end() override
    {
        objects_[name_] = bytes_;
        return 0;
    }

private:
    std::map<std::string, std::vector<std::uint8_t>>& objects_;
    std::string name_;
    std::vector<std::uint8_t> bytes_;
};

std::vector<std::uint8_t> dataSetOf(gateway::StoredObject const& object)
{
    std::vector<std::uint8_t> bytes(object.location.dataSetLength);
    if (!readAllAt(object.file.get(), bytes, object.location.dataSetOffset))
        bytes.clear();
    return bytes;
}

} // namespace

SmallDisk::SmallDisk(std::filesystem::path folder, std::string const& size) : folder_(std::move(folder))
{
    std::filesystem::create_directories(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    static std::atomic<bool> told = false;
    if (!mounted_ && !told.exchange(true))
        std::cout << "notice: no file system may be mounted here; full disks are shown by the fault layer alone\n";
}

SmallDisk::~SmallDisk()
{
    if (mounted_)
        ::umount2(folder_.c_str(), MNT_DETACH);
}

NatureGateway::NatureGateway() : port_(freePort()) {}

bool NatureGateway::start(std::map<std::string, std::string> environment)
{
    std::ofstream(folder_ / "gateway.toml")
        << "data = \"data\"\n[dicom]\nport = " << port_ << "\nquiet_time = \"1 s\"\n"
        << dicomLines << "[http]\nport = " << httpPort << "\n"
        << sections << R"([[site]]
id = "puzi"
name = "普子乡卫生院"
callers = [{ ae_title = "PUZI_CT", address = "127.0.0.1" }]
allow = ["echo", "store", "find", "get"]
)";
    auto const log = folder_ / fmt::format("gateway-{}.log", ++starts_);
    environment.emplace("LC_ALL", "C.UTF-8");
    program_ = std::make_unique<RunningProgram>(std::vector<std::string>{"bash", "-c", limits + "; exec \"$0\" \"$@\"",
                                                                         programFolder() / "qianli-gateway", "serve",
                                                                         "--config", folder_ / "gateway.toml"},
                                                log, environment);
    return program_->waitForLog("\nready") || program_->log().starts_with("ready");
}

std::map<std::string, std::string> NatureGateway::faultLayer() const
{
    return {{"LD_PRELOAD", (programFolder() / ".." / "lib" / "libqianli_faults.so").string()},
            {"QIANLI_FAULTS_ROOT", data().string()},
            {"QIANLI_FAULTS_PLAIN", "1"},
            {"QIANLI_FAULTS_SWITCH", (folder_ / "fault").string()},
            {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
}

bool NatureGateway::startWithFaults(std::string const& fault)
{
    std::filesystem::create_directories(data());
    this->fault(fault);
    return start(faultLayer());
}

void NatureGateway::fault(std::string const& what) const
{
    // One act: it is read at any moment.
    std::ofstream(folder_ / "fault.new") << what;
    std::filesystem::rename(folder_ / "fault.new", folder_ / "fault");
}

int NatureGateway::stop()
{
    return program_->stop(SIGTERM);
}

void NatureGateway::killHard()
{
    program_->stop(SIGKILL);
}

ProgramResult NatureGateway::command(std::vector<std::string> const& words,
                                     std::map<std::string, std::string> const& environment,
                                     std::string const& input) const
{
    std::vector<std::string> all{programFolder() / "qianli-gateway", "--config", folder_ / "gateway.toml"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all, input, std::chrono::seconds(60), environment);
}

nlohmann::json NatureGateway::status() const
{
    auto const json = nlohmann::json::parse(command({"status", "--json"}).output, nullptr, false);
    return json.is_object() ? json.value("daemon", nlohmann::json::object()) : nlohmann::json::object();
}

std::string NatureGateway::alarm(std::string const& code) const
{
    auto const now = status();
    if (now.is_object() && now.contains("alarms"))
        for (auto const& alarm : now["alarms"])
            if (alarm.value("code", "") == code)
                return alarm.value("text", "?");
    return "";
}

std::string NatureGateway::alarm(std::string const& code, std::string const& subject) const
{
    auto const now = status();
    if (now.is_object() && now.contains("alarms"))
        for (auto const& alarm : now["alarms"])
            if (alarm.value("code", "") == code && alarm.value("subject", "?") == subject)
                return alarm.value("text", "?");
    return "";
}

std::string NatureGateway::health() const
{
    return run({"curl", "-s", fmt::format("http://127.0.0.1:{}/healthz", httpPort)}).output;
}

SyntheticObject Town::object(int number, std::size_t pixelBytes)
{
    auto const uid = fmt::format("{}.1.{}", townStudy, number);
    SyntheticObject made(townStudy, std::string(townStudy) + ".1", uid);
    made.set(0x00200013, "IS", std::to_string(number)).pixels(pixelBytes, static_cast<std::uint32_t>(number));
    return made;
}

std::uint16_t Town::send(SyntheticObject const& object)
{
    auto client = dicom::DicomClient::connect(
        destination(gateway_, callingAe_),
        {{Uid::ofKnown(object.sopClass()), {Uid::ofKnown(SyntheticObject::transferSyntax)}}});
    if (!client)
        return 0xFFFF;
    auto bytes = object.dataSet();
    dicom::OutgoingObject outgoing;
    outgoing.sopClass = Uid::ofKnown(object.sopClass());
    outgoing.sopInstance = Uid::ofKnown(object.sopInstance());
    outgoing.transferSyntax = Uid::ofKnown(SyntheticObject::transferSyntax);
    outgoing.bytes = bytes;
    auto const answer = (*client)->store(outgoing);
    if (!answer)
        return 0xFFFF;
    (void)(*client)->release();
    if (answer->isSuccess()) {
        std::lock_guard const lock(mutex_);
        promised_[object.sopInstance()] = std::move(bytes);
    }
    return answer->status;
}

int Town::sendMany(int senders, int from, std::function<bool(int sent)> const& until)
{
    constexpr std::size_t sizes[] = {20'000, 3'000'000, 500'000, 120'000};
    std::atomic<int> sent = 0, good = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < senders; ++i)
        threads.emplace_back([&] {
            for (int number = sent++; !until(number); number = sent++)
                if (send(object(from + number, sizes[static_cast<std::size_t>(number) % std::size(sizes)])) == 0)
                    ++good;
        });
    threads.clear();
    return good;
}

std::size_t Town::promised() const
{
    std::lock_guard const lock(mutex_);
    return promised_.size();
}

std::string Town::examine() const
{
    auto const archive = gateway_.data() / "archive";
    auto const store = gateway::BlobStore::openForReading(archive);
    if (!store)
        return store.error().message;
    auto const index = gateway::StudyIndex::openForReading(gateway_.data() / "index.db");
    if (!index)
        return index.error().message;
    for (auto const& [uid, bytes] : promised_) {
        auto const known = (*index)->findBySopInstance({"puzi"}, Uid::ofKnown(uid));
        if (!known || known->empty())
            return uid + (known ? ": not in the index" : ": " + known.error().message);
        auto const object = (*store)->open(known->back().location);
        if (!object || dataSetOf(*object) != bytes)
            return uid + ": other bytes";
    }
    auto const report = gateway::verifyArchive(**store, archive, nullptr);
    if (!report)
        return report.error().message;
    for (auto const* list : {&report->missing, &report->damaged, &report->strangers})
        if (!list->empty())
            return list->front();
    return std::filesystem::is_empty(archive / "incoming") ? "" : "left in incoming/";
}

Town::Got Town::get(std::string const& study) const
{
    Got got;
    auto client = dicom::DicomClient::connect(
        destination(gateway_, callingAe_),
        {{Uid::ofKnown(dicom::sop::studyRootGet), {Uid::ofKnown(SyntheticObject::transferSyntax)}},
         {Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), {Uid::ofKnown(SyntheticObject::transferSyntax)}, true}});
    if (!client)
        return got;
    Collector sink(got.objects);
    auto const summary =
        (*client)->get(Uid::ofKnown(dicom::sop::studyRootGet), {{0x00080052, "STUDY"}, {0x0020000D, study}}, sink, {});
    if (!summary)
        return got;
    got.status = summary->status;
    got.completed = summary->completed;
    got.failed = summary->failed;
    (void)(*client)->release();
    return got;
}

bool eventually(std::function<bool()> const& isSo)
{
    for (int i = 0; i < 300; ++i) {
        if (isSo())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

} // namespace qianli::test
