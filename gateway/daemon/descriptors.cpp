#include "gateway/daemon/descriptors.h"

#include "common/base/log.h"

#include <algorithm>
#include <sys/resource.h>

namespace qianli::gateway {

DescriptorLimit raiseDescriptorLimit(DicomSettings const& settings)
{
    // An operation has a file or a line of its own besides; databases, HTTP, deliveries and the log have the rest.
    constexpr std::uint64_t others = 1024;
    DescriptorLimit limit;
    limit.needed = std::uint64_t{settings.maxAssociations} + settings.maxActive + others;
    rlimit current{};
    ::getrlimit(RLIMIT_NOFILE, &current);
    if (current.rlim_cur < limit.needed) {
        rlimit wanted{limit.needed, std::max<rlim_t>(current.rlim_max, limit.needed)};
        if (::setrlimit(RLIMIT_NOFILE, &wanted) != 0) {
            wanted = {std::min<rlim_t>(current.rlim_max, limit.needed), current.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &wanted);
        }
        ::getrlimit(RLIMIT_NOFILE, &current);
    }
    limit.allowed = current.rlim_cur;
    if (!limit.suffices())
        log::warning("only {} descriptors are allowed where {} associations may need {}: raise RLIMIT_NOFILE",
                     limit.allowed, settings.maxAssociations, limit.needed);
    return limit;
}

} // namespace qianli::gateway
