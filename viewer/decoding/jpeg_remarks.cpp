#include "viewer/decoding/jpeg_remarks.h"

#include <algorithm>
#include <array>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmjpeg/djutils.h>
#include <dcmtk/oflog/appender.h>
#include <dcmtk/oflog/spi/logevent.h>
#include <mutex>

namespace qianli::viewer {
namespace {

namespace log = dcmtk::log4cplus;

thread_local std::string* listener = nullptr;

bool isDamage(std::string const& remark)
{
    static constexpr std::array words{"premature end", "Premature end", "bad Huffman code", "found marker",
                                      "Inconsistent progression"};
    return std::any_of(words.begin(), words.end(),
                       [&remark](char const* word) { return remark.find(word) != std::string::npos; });
}

class Ear final : public log::Appender {
public:
    ~Ear() override { destructorImpl(); }
    void close() override { closed = true; }

protected:
    void append(log::spi::InternalLoggingEvent const& event) override
    {
        auto const& message = event.getMessage();
        std::string remark(message.c_str(), message.size());
        if (listener != nullptr && listener->empty() && isDamage(remark))
            *listener = std::move(remark);
    }
};

} // namespace

JpegRemarks::JpegRemarks()
{
    static std::once_flag once;
    std::call_once(once, [] {
        DCM_dcmjpegLogger.setLogLevel(log::WARN_LOG_LEVEL);
        DCM_dcmjpegLogger.setAdditivity(false); // nobody reads it on a terminal
        DCM_dcmjpegLogger.addAppender(log::SharedAppenderPtr(new Ear));
    });
    listener = &damage_;
}

JpegRemarks::~JpegRemarks()
{
    listener = nullptr;
}

} // namespace qianli::viewer
