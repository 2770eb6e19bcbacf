// GatewayFixture: archive, index and ingest on a temporary folder, and a way to store one object and wait for the
// answer.
#pragma once

#include "common/dicom/uid.h"
#include "gateway/ingest/ingest.h"
#include "tests/support/support.h"
#include "tests/support/synthetic_object.h"

#include <catch2/catch.hpp>
#include <future>

namespace qianli::test {

class GatewayFixture {
public:
    GatewayFixture() { start(); }
    ~GatewayFixture() { stop(); }

    void start(gateway::IngestSettings settings = quickSettings())
    {
        auto opened = gateway::BlobStore::open(archive());
        if (!opened)
            FAIL(opened.error().message);
        store_ = std::move(*opened);
        auto index = gateway::StudyIndex::open(indexFile());
        if (!index)
            FAIL(index.error().message);
        index_ = std::move(*index);
        auto started = gateway::Ingest::start(*store_, *index_, clock, settings);
        if (!started)
            FAIL(started.error().message);
        ingest_ = std::move(*started);
    }
    void stop()
    {
        ingest_.reset();
        index_.reset();
        store_.reset();
    }

    static gateway::IngestSettings quickSettings()
    {
        gateway::IngestSettings settings;
        settings.diskReserveBytes = 0;
        return settings;
    }
    static gateway::Sender site(std::string id)
    {
        gateway::Sender sender;
        sender.site = {std::move(id)};
        sender.callingAe = "CT1";
        sender.calledAe = "QIANLI";
        sender.address = "127.0.0.1";
        return sender;
    }
    static gateway::Sender station(std::vector<model::SiteId> sees = {})
    {
        gateway::Sender sender;
        sender.origin = gateway::Origin::Station;
        sender.person = "wangmin";
        sender.seesAll = sees.empty();
        sender.visibleSites = std::move(sees);
        return sender;
    }

    // Begins, feeds in pieces and finishes; the answer comes later.
    std::future<Result<gateway::StoreOutcome>> sendLater(gateway::Sender const& sender, SyntheticObject const& object)
    {
        return sendBytes(sender, object.sopClass(), object.sopInstance(), object.dataSet());
    }
    std::future<Result<gateway::StoreOutcome>>
    sendBytes(gateway::Sender const& sender, std::string const& sopClass, std::string const& sopInstance,
              std::vector<std::uint8_t> const& bytes,
              std::string const& transferSyntax = SyntheticObject::transferSyntax)
    {
        auto answer = std::make_shared<std::promise<Result<gateway::StoreOutcome>>>();
        auto future = answer->get_future();
        auto reception = ingest_->begin(sender, {dicom::Uid::ofKnown(sopClass), dicom::Uid::ofKnown(sopInstance),
                                                 dicom::Uid::ofKnown(transferSyntax)});
        if (!reception) {
            answer->set_value(tl::unexpected(reception.error()));
            return future;
        }
        std::span<std::uint8_t const> rest(bytes);
        while (!rest.empty()) {
            std::size_t const piece = std::min<std::size_t>(rest.size(), 777);
            if (!(*reception)->append(rest.first(piece)))
                break;
            rest = rest.subspan(piece);
        }
        (*reception)->finish([answer](Result<gateway::StoreOutcome> outcome) {
            answer->set_value(std::move(outcome));
        });
        return future;
    }
    Result<gateway::StoreOutcome> send(gateway::Sender const& sender, SyntheticObject const& object)
    {
        return sendLater(sender, object).get();
    }
    gateway::StoreOutcome mustSend(gateway::Sender const& sender, SyntheticObject const& object)
    {
        auto outcome = send(sender, object);
        if (!outcome)
            FAIL(outcome.error().message);
        return *outcome;
    }

    std::filesystem::path archive() const { return folder / "archive"; }
    std::filesystem::path indexFile() const { return folder / "index.db"; }
    gateway::BlobStore& store() { return *store_; }
    gateway::StudyIndex& index() { return *index_; }
    gateway::Ingest& ingest() { return *ingest_; }

    TemporaryFolder folder;
    ManualClock clock{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};

private:
    std::unique_ptr<gateway::BlobStore> store_;
    std::unique_ptr<gateway::StudyIndex> index_;
    std::unique_ptr<gateway::Ingest> ingest_;
};

} // namespace qianli::test
