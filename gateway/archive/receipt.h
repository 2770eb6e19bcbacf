// Receipt: what the data set cannot say about a received object. Kept in the archive, beside the objects, for as long
// as they are.
#pragma once

#include "common/base/clock.h"
#include "common/dicom/uid.h"
#include "common/model/site.h"

#include <array>
#include <cstdint>
#include <string>

namespace qianli::gateway {

// XXH3-128 over the data set's bytes as received, big endian (canonical form).
using Digest = std::array<std::uint8_t, 16>;

enum class Origin { Site, Station, Import };

// Where in the archive: a path below its root that we made from digests of UIDs, never from a peer's bytes.
struct BlobLocation {
    std::string path;
    std::uint32_t dataSetOffset = 0;
    std::uint64_t dataSetLength = 0;
};

struct Receipt {
    std::uint64_t sequence =
        0; // grows by one with each accepted object; the archive's own order, stable across reindex
    Origin origin = Origin::Site;
    model::SiteId site; // whose study it is
    std::string person; // user name, for Origin::Station
    std::string callingAe, calledAe, address;
    std::string charset; // what the site's devices meant by undeclared text at that time ("GB18030"); "" for none
    bool stat = false;   // it came as urgent
    TimePoint receivedAt{};
    Digest digest{};
    dicom::Uid sopClass, sopInstance, series, study, transferSyntax;
    int version = 1; // 2 and more: the same SOP Instance UID came again with other content
    BlobLocation location;
    std::string
        incoming; // its name in incoming/, where a restart looks for it when its final place was not durable yet
};

} // namespace qianli::gateway
