// Associations as devices and workstations open them, and what they say then.
#include "common/dicom/network/command_set.h"
#include "tests/fuzz/targets.h"

#include <fmt/format.h>

namespace qianli::fuzz {
namespace {

using dicom::CommandSet;
using dicom::Uid;
namespace command = dicom::command;

enum Choice : char { newAssociation = 0, openAssociation = 1, request = 2, commandSet = 3, smallPdu = 4, cut = 8 };

std::string big(std::size_t value, int bytes)
{
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        text += static_cast<char>(value >> shift & 0xFF);
    return text;
}

std::string item(int type, std::string const& value)
{
    return big(static_cast<std::size_t>(type), 1) + big(0, 1) + big(value.size(), 2) + value;
}

std::string pdu(int type, std::string const& value)
{
    return big(static_cast<std::size_t>(type), 1) + big(0, 1) + big(value.size(), 4) + value;
}

std::string context(int id, std::string const& abstractSyntax, std::vector<std::string> const& transferSyntaxes)
{
    std::string value = big(static_cast<std::size_t>(id), 1) + big(0, 3) + item(0x30, abstractSyntax);
    for (auto const& syntax : transferSyntaxes)
        value += item(0x40, syntax);
    return item(0x20, value);
}

std::string const maximumLength = item(0x51, big(16384, 4));
std::string const implementation = item(0x52, "1.2.276.0.7230010.3.0.3.6.7") + item(0x55, "OFFIS_DCMTK_367");

std::string roles(std::string const& sopClass, int scu, int scp)
{
    return item(0x54, big(sopClass.size(), 2) + sopClass + big(static_cast<std::size_t>(scu), 1) +
                          big(static_cast<std::size_t>(scp), 1));
}

std::string identity(int type, std::string const& primary, std::string const& secondary)
{
    return item(0x58, big(static_cast<std::size_t>(type), 1) + big(1, 1) + big(primary.size(), 2) + primary +
                          big(secondary.size(), 2) + secondary);
}

std::string associate(std::string const& contexts, std::string const& userInformation)
{
    std::string const titles = "QIANLI          PUZI_CT         ";
    return pdu(1, big(1, 2) + big(0, 2) + titles + std::string(32, '\0') + item(0x10, "1.2.840.10008.3.1.1.1") +
                      contexts + item(0x50, userInformation));
}

constexpr char echo[] = "1.2.840.10008.1.1", ct[] = "1.2.840.10008.5.1.4.1.1.2", find[] = "1.2.840.10008.5.1.4.1.2.2.1",
               get[] = "1.2.840.10008.5.1.4.1.2.2.3", implicit[] = "1.2.840.10008.1.2",
               explicitLittle[] = "1.2.840.10008.1.2.1", jpeg[] = "1.2.840.10008.1.2.4.70";

std::vector<std::string> requests()
{
    std::string const plain = context(1, echo, {implicit});
    std::string many, syntaxes;
    for (int i = 0; i < 128; ++i)
        many += context(2 * i + 1, ct, {implicit});
    std::vector<std::string> const fifty(50, implicit);
    std::vector<std::string> all{
        associate(plain, maximumLength + implementation),
        associate(plain, maximumLength),
        associate(plain, implementation),
        associate(context(1, ct, {implicit, explicitLittle, jpeg}) + context(3, find, {implicit}), maximumLength),
        associate(many, maximumLength + implementation),
        associate(context(1, ct, fifty), maximumLength),
        associate(context(255, ct, {jpeg}), item(0x51, big(0, 4)) + implementation),
        associate(plain, maximumLength + item(0x53, big(1, 2) + big(1, 2)) + implementation),
        associate(context(1, get, {implicit}) + context(3, ct, {explicitLittle}),
                  maximumLength + implementation + roles(ct, 0, 1)),
        associate(context(1, get, {implicit}), maximumLength + roles(ct, 1, 1) + roles(get, 1, 0) + roles(echo, 0, 0)),
        associate(context(1, find, {implicit}),
                  maximumLength + item(0x56, big(sizeof find - 1, 2) + find + big(0x010101, 3))),
        associate(context(1, ct, {implicit}), maximumLength + item(0x57, big(sizeof ct - 1, 2) + ct + big(17, 2) +
                                                                             "1.2.840.10008.4.2" + big(0, 2))),
        associate(plain, maximumLength + identity(1, "token-of-a-session", "")),
        associate(plain, maximumLength + identity(2, "wangmin", "password")),
        associate(plain, maximumLength + item(0x99, "future") + implementation)};
    return all;
}

CommandSet message(std::uint16_t field, char const* sopClass, std::uint16_t id, bool hasDataSet)
{
    CommandSet set(field);
    set.set(command::affectedSopClass, Uid::ofKnown(sopClass)).set(command::messageId, id);
    set.set(command::dataSetType, hasDataSet ? 0x0001 : command::noDataSet);
    return set;
}

std::vector<CommandSet> commands()
{
    CommandSet store = message(command::storeRequest, ct, 7, true);
    store.set(command::priority, command::priorityHigh).set(command::affectedSopInstance, Uid::ofKnown("1.2.3.4.5"));
    CommandSet sub = store;
    sub.setText(command::moveOriginatorAe, "PUZI_PACS").set(command::moveOriginatorMessageId, 3);
    CommandSet move = message(command::moveRequest, "1.2.840.10008.5.1.4.1.2.2.2", 9, true);
    move.setText(command::moveDestination, "PUZI_PACS").set(command::priority, 0);
    CommandSet cancel(command::cancelRequest);
    cancel.set(command::messageIdBeingRespondedTo, 9).set(command::dataSetType, command::noDataSet);
    CommandSet answered(command::storeResponse);
    answered.set(command::status, 0xA700).set(command::dataSetType, command::noDataSet);
    answered.setText(command::errorComment, "out of resources").set(command::remaining, 3).set(command::failed, 1);
    dicom::Tag const tags[] = {{0x0010, 0x0020}, {0x0020, 0x000D}};
    CommandSet refused = answered;
    refused.set(command::offendingElement, tags);
    return {message(command::echoRequest, echo, 1, false),
            store,
            sub,
            message(command::findRequest, find, 2, true),
            message(command::getRequest, get, 65535, true),
            move,
            cancel,
            answered,
            refused};
}

std::string fragment(int id, int header, std::string const& bytes)
{
    return big(bytes.size() + 2, 4) + big(static_cast<std::size_t>(id), 1) + big(static_cast<std::size_t>(header), 1) +
           bytes;
}

std::string text(std::vector<std::uint8_t> const& bytes)
{
    return {bytes.begin(), bytes.end()};
}

// A message in PDUs of at most `most` bytes.
std::string spoken(int id, CommandSet const& set, std::string const& dataSet, std::size_t most)
{
    std::string stream = pdu(4, fragment(id, 3, text(set.encode())));
    for (std::size_t at = 0; at < dataSet.size(); at += most) {
        auto const piece = dataSet.substr(at, most);
        stream += pdu(4, fragment(id, at + most >= dataSet.size() ? 2 : 0, piece));
    }
    return stream;
}

std::vector<std::string> conversations()
{
    std::string const release = pdu(5, big(0, 4)), abort = pdu(7, big(0, 2) + big(0x0200, 2));
    auto const all = commands();
    std::string const echoed = text(all[0].encode());
    std::vector<std::string> streams;
    for (auto const& set : all)
        streams.push_back(spoken(1, set, set.hasDataSet() ? std::string(300, 'd') : "", 128) + release);
    streams.push_back(spoken(1, all[0], "", 16) + spoken(1, all[1], std::string(40, 'x'), 7) + abort);
    // A command set in pieces, and with its data set in one PDU; fragments without a byte.
    streams.push_back(pdu(4, fragment(3, 1, echoed.substr(0, 11)) + fragment(3, 3, echoed.substr(11))) + release);
    streams.push_back(pdu(4, fragment(3, 3, text(all[1].encode())) + fragment(3, 0, "ab") + fragment(3, 2, "")));
    streams.push_back(pdu(4, fragment(3, 1, "")) + pdu(4, fragment(3, 3, echoed)) + abort);
    streams.push_back(release);
    return streams;
}

} // namespace

Corpus pduStreamCorpus()
{
    Corpus corpus;
    auto const wanted = requests();
    for (auto const& one : wanted)
        corpus.push_back(std::string(1, request) + one);
    for (auto const& set : commands())
        corpus.push_back(std::string(1, commandSet) + text(set.encode()));
    char choice = 0;
    for (auto const& stream : conversations()) {
        corpus.push_back(std::string(1, static_cast<char>(openAssociation | choice)) + stream);
        corpus.push_back(std::string(1, static_cast<char>(newAssociation | smallPdu | choice)) +
                         wanted[corpus.size() % wanted.size()] + stream);
        choice = static_cast<char>(choice + cut);
    }
    return corpus;
}

} // namespace qianli::fuzz
