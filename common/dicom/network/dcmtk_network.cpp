#include "common/dicom/network/dcmtk_network.h"

#include "common/base/log.h"
#include "common/dicom/network/transport.h"

#include <cstdlib>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/oflog/appender.h>
#include <dcmtk/oflog/logger.h>
#include <dcmtk/oflog/oflog.h>
#include <dcmtk/oflog/spi/logevent.h>
#include <fcntl.h>
#include <unistd.h>

namespace qianli::dicom {

namespace {

namespace log4cplus = dcmtk::log4cplus;

class LogAdapter final : public log4cplus::Appender {
public:
    ~LogAdapter() override { destructorImpl(); }
    void close() override { closed = true; }

protected:
    void append(log4cplus::spi::InternalLoggingEvent const& event) override
    {
        // What a peer does wrong is the peer's error; for us it is a warning.
        log::warning("dcmtk: {}", event.getMessage().c_str());
    }
};

// Only the network's lines: those about data sets may show a patient's name (R43).
void routeLog()
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    auto network = log4cplus::Logger::getInstance("dcmtk.dcmnet");
    network.removeAllAppenders();
    network.addAppender(log4cplus::SharedAppenderPtr(new LogAdapter));
    network.setAdditivity(false);
    network.setLogLevel(log4cplus::WARN_LOG_LEVEL);
}

Result<T_ASC_Network*> initialise()
{
    ::setenv("TCP_NODELAY", "1", 1);
    routeLog();
    dcmDisableGethostbyaddr.set(OFTrue);
    dcmMaxOutgoingPDUSize.set(ASC_MAXIMUMPDUSIZE);
    dcmAssociatePDUSizeLimit.set(512 << 10);

    // While an external socket is set, DCMTK opens no listening socket of its own.
    int const placeholder = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    dcmExternalSocketHandle.set(placeholder);
    T_ASC_Network* network = nullptr;
    auto const condition = ASC_initializeNetwork(NET_ACCEPTORREQUESTOR, 0, 30, &network);
    if (placeholder >= 0)
        ::close(placeholder);
    if (condition.bad())
        return failCondition(ErrorCode::Unavailable, "DICOM network", condition);
    static TransportLayer layer;
    if (auto const set = ASC_setTransportLayer(network, &layer, 0); set.bad())
        return failCondition(ErrorCode::Unavailable, "DICOM network", set);
    return network;
}

} // namespace

tl::unexpected<Error> failCondition(ErrorCode code, std::string_view what, OFCondition const& condition)
{
    std::string text = condition.text();
    for (auto& character : text)
        if (character == '\n')
            character = ' ';
    return fail(code, fmt::format("{}: {}", what, text));
}

Result<T_ASC_Network*> dcmtkNetwork()
{
    static Result<T_ASC_Network*> const network = initialise();
    return network;
}

OFCondition requestAssociation(T_ASC_Parameters* parameters, std::shared_ptr<TransportControl> control,
                               T_ASC_Association** association)
{
    auto const network = dcmtkNetwork();
    if (!network) {
        ASC_destroyAssociationParameters(&parameters);
        return ASC_NULLKEY;
    }
    setPendingConnection(std::move(control));
    auto const condition = ASC_requestAssociation(*network, parameters, association, nullptr, nullptr, DUL_BLOCK, 0);
    setPendingConnection({});
    if (condition.bad() && *association == nullptr)
        ASC_destroyAssociationParameters(&parameters);
    return condition;
}

} // namespace qianli::dicom
