// GatewayFixture: the whole receiving side in one process on loopback: real archive, real index, real sockets.
#pragma once

#include "common/dicom/network/command_set.h"
#include "common/dicom/network/dicom_client.h"
#include "gateway/association/dicom_server.h"
#include "tests/support/support.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace qianli::test {

inline constexpr char ctImage[] = "1.2.840.10008.5.1.4.1.1.2";

// One invented object: its data set in explicit VR little endian (pixel bytes of any length).
struct SampleObject {
    std::string sopClass = ctImage;
    std::string study = "2.25.100", series = "2.25.101", instance = "2.25.102";
    std::string patientName = "张昞"; // UTF-8; encoded in `charset`
    std::string patientId = "P1";
    std::string sex = "M";
    std::string charset = "ISO_IR 192"; // "" and the name in GB18030 bytes: undeclared
    std::string modality = "CT";
    int number = 1;
    std::size_t pixelBytes = 512;

    std::vector<std::uint8_t> dataSet() const;
};

class GatewayFixture {
public:
    // `adjust` may change the configuration: one site "puzi" (AE PUZI_CT, everything allowed), one site "baisha" (AE
    // BAISHA_DR), stations.
    explicit GatewayFixture(std::function<void(gateway::Configuration&)> const& adjust = {});
    ~GatewayFixture();

    dicom::Destination as(std::string const& callingAe, std::string const& token = {}) const;
    // Storage of a CT in the transfer syntaxes, verification, and all query models.
    static std::vector<dicom::ProposedContext> contexts(std::vector<std::string> const& transferSyntaxes = {
                                                            "1.2.840.10008.1.2.1"});
    static std::vector<dicom::ProposedContext> getContexts(std::vector<std::string> const& transferSyntaxes = {
                                                               "1.2.840.10008.1.2.1"});

    // Connects, stores, releases; the DIMSE status, or 0xFFFF when there was none.
    std::uint16_t send(SampleObject const& object, std::string const& callingAe = "PUZI_CT",
                       std::string const& token = {}) const;
    std::vector<dicom::Identifier> find(std::string const& level, dicom::Identifier keys,
                                        std::string const& callingAe = "PUZI_CT", std::string const& token = {}) const;

    gateway::Configuration configuration;
    TemporaryFolder folder;
    SystemClock clock;
    gateway::AlarmBoard alarms{clock};
    std::unique_ptr<gateway::BlobStore> store;
    std::unique_ptr<gateway::StudyIndex> index;
    std::unique_ptr<gateway::Ingest> ingest;
    std::unique_ptr<gateway::DicomServer> server;
};

// Keeps what a C-GET brings, in order.
class CollectingSink final : public dicom::ObjectSink {
public:
    std::uint16_t begin(dicom::Uid const& sopClass, dicom::Uid const& sopInstance,
                        dicom::Uid const& transferSyntax) override;
    std::uint16_t append(std::span<std::uint8_t const> bytes) override;
    std::uint16_t end() override;

    struct Object {
        std::string instance, transferSyntax;
        std::vector<std::uint8_t> bytes;
    };
    std::vector<Object> objects;
    std::uint16_t answer = 0;

private:
    Object current_;
};

// A TCP connection of a peer that follows no rules; on any thread. `closed` where nobody took it.
class RawConnection {
public:
    explicit RawConnection(std::uint16_t port);
    ~RawConnection();
    RawConnection(RawConnection const&) = delete;
    RawConnection& operator=(RawConnection const&) = delete;
    bool send(std::vector<std::uint8_t> const& bytes);
    // The same bytes again and again, until the other side takes nothing more for a while.
    void flood(std::vector<std::uint8_t> const& bytes);
    void sayNoMore(); // closes our side only
    void reset();     // breaks the connection off, as a router does
    // What comes until the peer closes or the time is over; `closed` tells which.
    std::vector<std::uint8_t> receiveAll(std::chrono::milliseconds timeout);
    std::vector<std::uint8_t> receiveSome(std::size_t most); // what is there now
    bool closed = false;

private:
    int socket_ = -1;
};

// An A-ASSOCIATE-RQ in explicit VR little endian, as PUZI_CT: context 1 for C-STORE of CT; or for C-FIND, or for C-GET
// with the caller as SCP of CT in context 3.
enum class AskFor { Store, Find, Get };
std::vector<std::uint8_t> associateRequest(std::string const& callingAe = "PUZI_CT",
                                           std::string const& calledAe = "QIANLI", AskFor askFor = AskFor::Store);

// One P-DATA-TF PDU with one PDV; what it holds by the bits of its header (PS3.8 E.2).
inline constexpr std::uint8_t commandLast = 3, dataMore = 0, dataLast = 2;
std::vector<std::uint8_t> dataPdu(std::uint8_t contextId, std::uint8_t header, std::vector<std::uint8_t> const& value);
std::vector<std::uint8_t> storeCommand(SampleObject const& object); // a C-STORE-RQ

} // namespace qianli::test
