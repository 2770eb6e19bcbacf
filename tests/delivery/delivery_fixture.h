// The township's side of a delivery: DCMTK's storescp as its PACS; and the sender on our side.
#pragma once

#include "gateway/delivery/delivery_sender.h"
#include "tests/delivery/report_fixture.h"

#include <fstream>

namespace qianli::test {

using namespace std::chrono_literals;
using gateway::DeliveryState;

// Which abstract syntaxes the township's receiver takes.
enum class Takes { Everything, ImagesOnly, NothingOfOurs };

// DCMTK's storescp as the township's PACS.
class Township {
public:
    explicit Township(std::uint16_t port, Takes takes = Takes::Everything) : port_(port), takes_(takes) {}

    void switchOn()
    {
        std::filesystem::create_directories(folder_ / "in");
        std::vector<std::string> command = {
            "storescp", "-v", "-aet", "PUZI_PACS", "+B", "-od", (folder_ / "in").string()};
        if (takes_ != Takes::Everything) {
            writeProfile();
            command.insert(command.end(), {"-xf", (folder_ / "receiver.cfg").string(), "Receiver"});
        }
        command.push_back(std::to_string(port_));
        program_ = std::make_unique<RunningProgram>(command, folder_ / "log");
        REQUIRE(eventually([this] { return run({"echoscu", "127.0.0.1", std::to_string(port_)}).exitCode == 0; }));
    }
    void switchOff() { program_.reset(); }

    std::vector<std::filesystem::path> received() const
    {
        std::vector<std::filesystem::path> files;
        if (std::filesystem::exists(folder_ / "in"))
            for (auto const& entry : std::filesystem::directory_iterator(folder_ / "in"))
                files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        return files;
    }

private:
    void writeProfile() const
    {
        std::ofstream file(folder_ / "receiver.cfg");
        file << "[[TransferSyntaxes]]\n[Plain]\nTransferSyntax1 = "
                "LittleEndianImplicit\n[[PresentationContexts]]\n[Taken]\n"
             << "PresentationContext1 = VerificationSOPClass\\Plain\n";
        if (takes_ == Takes::ImagesOnly)
            file << "PresentationContext2 = SecondaryCaptureImageStorage\\Plain\n";
        file << "[[Profiles]]\n[Receiver]\nPresentationContexts = Taken\n";
    }

    TemporaryFolder folder_;
    std::uint16_t port_;
    Takes takes_;
    std::unique_ptr<RunningProgram> program_;
};

struct DeliveryFixture : ReportFixture {
    explicit DeliveryFixture(Takes takes = Takes::Everything) : township(port, takes) {}
    ~DeliveryFixture() { sender.reset(); }

    void startSender(std::vector<model::Peer> const& peers)
    {
        gateway::DeliverySettings settings;
        settings.firstRetry = 10s;
        settings.giveUpAfter = 24h;
        sender = need(gateway::DeliverySender::start(
            {*workflow, *index, *store, settings, "QIANLI", peers, pagesProgram, folder / "delivery"}));
    }
    void startSender() { startSender({{"PUZI_PACS", "127.0.0.1", port}}); }

    gateway::Delivery delivery()
    {
        auto const all = need(workflow->outbox().list());
        REQUIRE(all.size() == 1);
        return all.front();
    }
    bool becomes(DeliveryState state)
    {
        return eventually([&] { return delivery().state == state; });
    }

    std::uint16_t port = freePort();
    Township township;
    std::filesystem::path pagesProgram = programFolder() / "qianli-pdf-pages";
    std::unique_ptr<gateway::DeliverySender> sender;
};

} // namespace qianli::test
