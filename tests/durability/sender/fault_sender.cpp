// qianli-fault-sender DATA ACKNOWLEDGED THREADS OBJECTS FIRST CHECKPOINT-EVERY [abrupt]
//
// Receives objects as the gateway would, from several threads, and writes a line to the file ACKNOWLEDGED for each
// Success, as a modality that deletes its copy then. With "abrupt" it ends without stopping anything. What is refused
// for now is sent again.
#include "common/base/text.h"
#include "common/dicom/uid.h"
#include "gateway/ingest/ingest.h"
#include "tests/support/synthetic_object.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <future>
#include <iostream>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::gateway;
using qianli::test::SyntheticObject;

namespace {

Result<StoreOutcome> send(Ingest& ingest, Sender const& sender, SyntheticObject const& object)
{
    QIANLI_ASSIGN(auto reception, ingest.begin(sender, {dicom::Uid::ofKnown(object.sopClass()),
                                                        dicom::Uid::ofKnown(object.sopInstance()),
                                                        dicom::Uid::ofKnown(SyntheticObject::transferSyntax)}));
    auto const bytes = object.dataSet();
    std::span<std::uint8_t const> rest(bytes);
    while (!rest.empty()) {
        auto const piece = rest.first(std::min<std::size_t>(rest.size(), 9000));
        if (!reception->append(piece))
            break;
        rest = rest.subspan(piece.size());
    }
    std::promise<Result<StoreOutcome>> answer;
    reception->finish([&](Result<StoreOutcome> outcome) { answer.set_value(std::move(outcome)); });
    return answer.get_future().get();
}

// Number n of a thread: every third study is of several objects; now and then the same object again, or with other
// pixels.
SyntheticObject objectOf(int thread, int n)
{
    int const which = n % 10 == 9 ? n - 1 : n;
    std::string const study = fmt::format("1.2.{}.{}", thread, which / 4);
    SyntheticObject object(study, study + ".1", fmt::format("{}.1.{}", study, which));
    object.set(0x00100020, "LO", fmt::format("P{}", thread));
    object.pixels(static_cast<std::size_t>(200 + which * 7919 % 30000),
                  static_cast<std::uint32_t>(n % 20 == 19 ? n : which));
    return object;
}

int run(std::vector<std::string> const& arguments)
{
    std::filesystem::path const data = arguments[1];
    int const log = ::open(arguments[2].c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int const threads = std::stoi(arguments[3]), objects = std::stoi(arguments[4]), first = std::stoi(arguments[5]);
    SystemClock const clock;
    IngestSettings settings;
    settings.diskReserveBytes = 0;
    settings.checkpointEvery = std::stoull(arguments[6]);
    auto store = BlobStore::open(data / "archive");
    auto index =
        store ? StudyIndex::open(data / "index.db") : fail(ErrorCode::Internal, "no archive: " + store.error().message);
    auto ingest =
        index ? Ingest::start(**store, **index, clock, settings) : fail(ErrorCode::Internal, index.error().message);
    if (!ingest) {
        std::cerr << ingest.error().message << "\n";
        return 1;
    }
    std::atomic<int> refused = 0;
    auto const work = [&](int thread) {
        Sender sender;
        sender.site = {thread % 2 == 0 ? "puzi" : "lintai"};
        for (int n = first; n < first + objects; ++n) {
            for (int attempt = 0; attempt < 300; ++attempt) {
                auto const outcome = send(**ingest, sender, objectOf(thread, n));
                if (outcome) {
                    Receipt const& receipt = outcome->receipt;
                    std::string const line = fmt::format("{} {} {}\n", receipt.site.value, receipt.sopInstance.value(),
                                                         text::toHex(receipt.digest));
                    if (::write(log, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
                        ::abort();
                    break;
                }
                if (++refused == 1)
                    std::cerr << outcome.error().message << "\n";
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
            }
        }
    };
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i)
        workers.emplace_back(work, i);
    for (std::thread& worker : workers)
        worker.join();
    std::cout << "refused " << refused << std::endl;
    if (arguments.size() > 7)
        ::_exit(0);
    return (*ingest)->stop() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> const arguments(argv, argv + argc);
    if (arguments.size() < 7)
        return 2;
    return run(arguments);
}
