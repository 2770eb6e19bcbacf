// DCMTK without its log: it has a word for every odd byte.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>

namespace qianli::fuzz {

inline void quietDcmtk()
{
    static bool const quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    static_cast<void>(quiet);
}

} // namespace qianli::fuzz
