#include "tests/association/gateway_fixture.h"

#include "common/dicom/character_set.h"
#include "common/dicom/network/identifier_codec.h"
#include "common/dicom/sop_class.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qianli::test {

using namespace qianli::dicom;

namespace {

void append(std::vector<std::uint8_t>& bytes, std::uint16_t group, std::uint16_t element, std::string const& vr,
            std::string value)
{
    if (value.size() % 2 != 0)
        value.push_back(vr == "UI" ? '\0' : ' ');
    auto const number = [&](std::size_t n, int size) {
        for (int i = 0; i < size; ++i)
            bytes.push_back(static_cast<std::uint8_t>(n >> (8 * i)));
    };
    number(group, 2);
    number(element, 2);
    bytes.insert(bytes.end(), vr.begin(), vr.end());
    if (vr == "OW") {
        number(0, 2);
        number(value.size(), 4);
    } else {
        number(value.size(), 2);
    }
    bytes.insert(bytes.end(), value.begin(), value.end());
}

std::string uint16(unsigned value)
{
    return {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
}

std::vector<Uid> uids(std::vector<std::string> const& texts)
{
    std::vector<Uid> result;
    for (auto const& text : texts)
        result.push_back(Uid::ofKnown(text));
    return result;
}

} // namespace

std::vector<std::uint8_t> SampleObject::dataSet() const
{
    auto const name = *encodeText(patientName, charset.empty() ? "GB18030" : charset);
    std::vector<std::uint8_t> bytes;
    if (!charset.empty())
        append(bytes, 0x0008, 0x0005, "CS", charset);
    append(bytes, 0x0008, 0x0016, "UI", sopClass);
    append(bytes, 0x0008, 0x0018, "UI", instance);
    append(bytes, 0x0008, 0x0020, "DA", "20261122");
    append(bytes, 0x0008, 0x0030, "TM", "083000");
    append(bytes, 0x0008, 0x0050, "SH", "A1");
    append(bytes, 0x0008, 0x0060, "CS", modality);
    append(bytes, 0x0010, 0x0010, "PN", name);
    append(bytes, 0x0010, 0x0020, "LO", patientId);
    append(bytes, 0x0010, 0x0040, "CS", sex);
    append(bytes, 0x0020, 0x000D, "UI", study);
    append(bytes, 0x0020, 0x000E, "UI", series);
    append(bytes, 0x0020, 0x0011, "IS", "1");
    append(bytes, 0x0020, 0x0013, "IS", std::to_string(number));
    append(bytes, 0x0020, 0x0032, "DS", "0\\0\\" + std::to_string(number));
    append(bytes, 0x0028, 0x0010, "US", uint16(16));
    append(bytes, 0x0028, 0x0011, "US", uint16(16));
    std::string pixels(pixelBytes, '\0');
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<char>(i * 31 + static_cast<std::size_t>(number));
    append(bytes, 0x7FE0, 0x0010, "OW", pixels);
    return bytes;
}

GatewayFixture::GatewayFixture(std::function<void(gateway::Configuration&)> const& adjust)
{
    using enum model::Service;
    configuration.data = folder.path();
    configuration.dicom.port = 0;
    configuration.dicom.diskReserveBytes = 0;
    model::Site puzi{{"puzi"},
                     "普子乡卫生院",
                     {{"PUZI_CT", "127.0.0.1"}},
                     {Echo, Store, Find, Get, Move},
                     {},
                     {"PUZI_PACS"},
                     "GB18030",
                     {},
                     false,
                     false,
                     ""};
    model::Site baisha{{"baisha"},
                       "白沙镇卫生院",
                       {{"BAISHA_DR", "127.0.0.0/8"}},
                       {Echo, Store, Find, Get},
                       {},
                       {},
                       "",
                       {},
                       false,
                       false,
                       ""};
    configuration.sites = {puzi, baisha};
    configuration.stations = {{{"*", "127.0.0.1"}, true, {}}};
    if (adjust)
        adjust(configuration);
    auto opened = gateway::BlobStore::open(folder / "archive");
    REQUIRE(opened);
    store = *std::move(opened);
    auto database = gateway::StudyIndex::open(folder / "index.db");
    REQUIRE(database);
    index = *std::move(database);
    gateway::IngestSettings settings;
    settings.diskReserveBytes = configuration.dicom.diskReserveBytes;
    settings.limits.dataSetBytes = configuration.dicom.limits.dataSetBytes;
    settings.limits.depth = configuration.dicom.limits.depth;
    settings.limits.deflateRatio = configuration.dicom.limits.deflateRatio;
    settings.limits.elementBytes = configuration.dicom.limits.elementBytes;
    auto started = gateway::Ingest::start(*store, *index, clock, settings);
    REQUIRE(started);
    ingest = *std::move(started);
    auto listening = gateway::DicomServer::start(
        configuration, *ingest, *index, *store,
        [](std::string_view token) -> Result<model::User> {
            model::User user{"wangmin", "王敏", model::Role::Radiologist, std::nullopt, false};
            if (token == "token-of-disabled")
                user.disabled = true;
            else if (token == "token-of-township")
                user = {"puzi-doctor", "普子医生", model::Role::Site, model::SiteId{"puzi"}, false};
            else if (token == "token-that-breaks")
                throw std::runtime_error("what nobody thought of");
            else if (token != "token")
                return fail(ErrorCode::Refused, "no such session");
            return user;
        },
        nullptr, {&alarms, nullptr});
    REQUIRE(listening);
    server = *std::move(listening);
}

GatewayFixture::~GatewayFixture()
{
    server.reset();
    if (ingest)
        CHECK(ingest->stop());
}

Destination GatewayFixture::as(std::string const& callingAe, std::string const& token) const
{
    Destination destination;
    destination.host = "127.0.0.1";
    destination.port = server->port();
    destination.calledAe = "QIANLI";
    destination.callingAe = callingAe;
    destination.userIdentity = token;
    destination.silenceTimeout = std::chrono::seconds(20);
    return destination;
}

std::vector<ProposedContext> GatewayFixture::contexts(std::vector<std::string> const& transferSyntaxes)
{
    auto const little = uids({transfer::explicitLittle, transfer::implicitLittle});
    std::vector<ProposedContext> contexts{{Uid::ofKnown(sop::verification), little}};
    for (auto const& syntax : uids(transferSyntaxes))
        contexts.push_back({Uid::ofKnown(ctImage), {syntax}});
    for (auto const* model : {sop::patientRootFind, sop::patientRootMove, sop::patientRootGet, sop::studyRootFind,
                              sop::studyRootMove, sop::studyRootGet})
        contexts.push_back({Uid::ofKnown(model), little});
    return contexts;
}

std::vector<ProposedContext> GatewayFixture::getContexts(std::vector<std::string> const& transferSyntaxes)
{
    std::vector<ProposedContext> contexts{{Uid::ofKnown(sop::studyRootGet), {Uid::ofKnown(transfer::explicitLittle)}}};
    for (auto const& syntax : uids(transferSyntaxes))
        contexts.push_back({Uid::ofKnown(ctImage), {syntax}, true});
    return contexts;
}

std::uint16_t GatewayFixture::send(SampleObject const& object, std::string const& callingAe,
                                   std::string const& token) const
{
    auto client = DicomClient::connect(as(callingAe, token), contexts());
    if (!client)
        return 0xFFFF;
    auto const bytes = object.dataSet();
    OutgoingObject outgoing;
    outgoing.sopClass = Uid::ofKnown(object.sopClass);
    outgoing.sopInstance = Uid::ofKnown(object.instance);
    outgoing.transferSyntax = Uid::ofKnown(transfer::explicitLittle);
    outgoing.bytes = bytes;
    auto const answer = (*client)->store(outgoing);
    if (!answer)
        return 0xFFFF;
    CHECK((*client)->release());
    return answer->status;
}

std::vector<Identifier> GatewayFixture::find(std::string const& level, Identifier keys, std::string const& callingAe,
                                             std::string const& token) const
{
    auto client = DicomClient::connect(as(callingAe, token), contexts());
    REQUIRE(client);
    keys[0x00080052] = level;
    auto answers =
        (*client)->find(Uid::ofKnown(level == "PATIENT" ? sop::patientRootFind : sop::studyRootFind), keys, 0);
    CHECK((*client)->release());
    INFO((answers ? std::string() : answers.error().message));
    REQUIRE(answers);
    return *std::move(answers);
}

std::uint16_t CollectingSink::begin(Uid const&, Uid const& sopInstance, Uid const& transferSyntax)
{
    current_ = {sopInstance.value(), transferSyntax.value(), {}};
    return 0;
}

std::uint16_t CollectingSink::append(std::span<std::uint8_t const> bytes)
{
    current_.bytes.insert(current_.bytes.end(), bytes.begin(), bytes.end());
    return 0;
}

std::uint16_t CollectingSink::end()
{
    objects.push_back(std::move(current_));
    return answer;
}

RawConnection::RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        ::close(std::exchange(socket_, -1));
        closed = true;
    }
}

RawConnection::~RawConnection()
{
    if (socket_ >= 0)
        ::close(socket_);
}

void RawConnection::reset()
{
    linger const atOnce{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
    ::close(std::exchange(socket_, -1));
}

void RawConnection::flood(std::vector<std::uint8_t> const& bytes)
{
    for (std::size_t at = 0;;) {
        auto const count = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            at = (at + static_cast<std::size_t>(count)) % bytes.size();
            continue;
        }
        pollfd descriptor{socket_, POLLOUT, 0};
        if (errno != EAGAIN || ::poll(&descriptor, 1, 200) <= 0)
            return;
    }
}

void RawConnection::sayNoMore()
{
    ::shutdown(socket_, SHUT_WR);
}

bool RawConnection::send(std::vector<std::uint8_t> const& bytes)
{
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

std::vector<std::uint8_t> RawConnection::receiveAll(std::chrono::milliseconds timeout)
{
    std::vector<std::uint8_t> bytes;
    auto const end = std::chrono::steady_clock::now() + timeout;
    while (!closed) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        pollfd descriptor{socket_, POLLIN, 0};
        if (left <= 0 || ::poll(&descriptor, 1, static_cast<int>(left)) <= 0)
            return bytes;
        std::uint8_t buffer[4096];
        auto const count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) {
            closed = true;
            return bytes;
        }
        bytes.insert(bytes.end(), buffer, buffer + count);
    }
    return bytes;
}

std::vector<std::uint8_t> RawConnection::receiveSome(std::size_t most)
{
    std::vector<std::uint8_t> bytes(most);
    auto const count = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return bytes;
}

std::vector<std::uint8_t> associateRequest(std::string const& callingAe, std::string const& calledAe, AskFor askFor)
{
    auto const item = [](char type, std::string const& value) {
        return std::string{type, '\0', static_cast<char>(value.size() >> 8), static_cast<char>(value.size())} + value;
    };
    auto const padded = [](std::string text) {
        text.resize(16, ' ');
        return text;
    };
    auto const context = [&](char id, std::string const& abstractSyntax) {
        return item(0x20, std::string{id, '\0', '\0', '\0'} + item(0x30, abstractSyntax) +
                              item(0x40, transfer::explicitLittle));
    };
    std::string contexts = context(1, askFor == AskFor::Store  ? ctImage
                                      : askFor == AskFor::Find ? sop::studyRootFind
                                                               : sop::studyRootGet);
    auto user = item(0x51, std::string("\0\0\x40\0", 4)) + item(0x52, "1.2.3");
    if (askFor == AskFor::Get) {
        contexts += context(3, ctImage);
        std::string const uid = ctImage;
        user += item(0x54, std::string{'\0', static_cast<char>(uid.size())} + uid + std::string("\0\1", 2));
    }
    auto const body = std::string("\0\1\0\0", 4) + padded(calledAe) + padded(callingAe) + std::string(32, '\0') +
                      item(0x10, "1.2.840.10008.3.1.1.1") + contexts + item(0x50, user);
    auto const pdu =
        std::string("\1\0\0\0", 4) + static_cast<char>(body.size() >> 8) + static_cast<char>(body.size()) + body;
    return {pdu.begin(), pdu.end()};
}

std::vector<std::uint8_t> dataPdu(std::uint8_t contextId, std::uint8_t header, std::vector<std::uint8_t> const& value)
{
    auto const pdv = static_cast<std::uint32_t>(value.size() + 2), pdu = pdv + 4;
    std::vector<std::uint8_t> bytes{4, 0};
    for (auto const length : {pdu, pdv})
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(length >> shift));
    bytes.push_back(contextId);
    bytes.push_back(header);
    bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
}

std::vector<std::uint8_t> storeCommand(SampleObject const& object)
{
    CommandSet command(command::storeRequest);
    command.set(command::affectedSopClass, Uid::ofKnown(object.sopClass));
    command.set(command::affectedSopInstance, Uid::ofKnown(object.instance));
    command.set(command::messageId, std::uint16_t{1}).set(command::priority, std::uint16_t{0});
    command.set(command::dataSetType, std::uint16_t{1});
    return command.encode();
}

} // namespace qianli::test
