// answering_receiver PORT REJECT [UID=STATUS,STATUS…]…: rejects the first REJECT associations, then takes C-STORE of
// SR, PDF and Secondary Capture and answers by SOP class with these statuses (hexadecimal), Success when there are no
// more; FFFF breaks the association off instead, FFFE waits in silence until the peer goes. Prints "ready", and each
// SOP Instance UID that came.
#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmnet/scp.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr std::uint16_t breakOff = 0xFFFF;
constexpr std::uint16_t noAnswer = 0xFFFE;

class Receiver final : public DcmSCP {
public:
    int rejections = 0;
    std::map<std::string, std::vector<std::uint16_t>> statuses;

protected:
    void notifyAssociationRequest(T_ASC_Parameters const&, DcmSCPActionType& action) override
    {
        if (rejections <= 0)
            return;
        --rejections;
        action = DCMSCP_ACTION_REFUSE_ASSOCIATION;
    }

    OFCondition handleIncomingCommand(T_DIMSE_Message* message, DcmPresentationContextInfo const& context) override
    {
        if (message->CommandField != DIMSE_C_STORE_RQ)
            return DcmSCP::handleIncomingCommand(message, context);
        auto& request = message->msg.CStoreRQ;
        DcmDataset* dataset = nullptr;
        auto const read = receiveSTORERequest(request, context.presentationContextID, dataset);
        delete dataset;
        if (read.bad())
            return read;
        std::printf("stored %s\n", request.AffectedSOPInstanceUID);
        std::fflush(stdout);
        auto const status = nextStatus(request.AffectedSOPClassUID);
        if (status == breakOff)
            return abortAssociation();
        if (status == noAnswer)
            return EC_Normal; // the next read waits for the peer
        return sendSTOREResponse(context.presentationContextID, request, status);
    }

private:
    std::uint16_t nextStatus(std::string const& sopClass)
    {
        auto& waiting = statuses[sopClass];
        if (waiting.empty())
            return STATUS_Success;
        auto const status = waiting.front();
        waiting.erase(waiting.begin());
        return status;
    }
};

void parseStatuses(Receiver& receiver, std::string const& argument)
{
    auto const equals = argument.find('=');
    for (auto start = equals; start != std::string::npos; start = argument.find(',', start + 1))
        receiver.statuses[argument.substr(0, equals)].push_back(
            static_cast<std::uint16_t>(std::stoul(argument.substr(start + 1), nullptr, 16)));
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc < 3)
        return 2;
    OFStandard::initializeNetwork();
    Receiver receiver;
    receiver.setPort(static_cast<Uint16>(std::stoul(argv[1])));
    receiver.setAETitle("PUZI_PACS");
    receiver.rejections = std::stoi(argv[2]);
    for (int i = 3; i < argc; ++i)
        parseStatuses(receiver, argv[i]);
    OFList<OFString> syntaxes;
    syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
    for (auto const* const sopClass :
         {UID_BasicTextSRStorage, UID_EncapsulatedPDFStorage, UID_SecondaryCaptureImageStorage})
        receiver.addPresentationContext(sopClass, syntaxes);
    if (receiver.openListenPort().bad())
        return 1;
    std::printf("ready\n");
    std::fflush(stdout);
    return receiver.acceptAssociations().good() ? 0 : 1;
}
