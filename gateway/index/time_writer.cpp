// Device clocks, and how many images a device said there are (IndexWriter).
#include "common/dicom/device_time.h"
#include "gateway/index/index_writer.h"

#include <charconv>
#include <cstdlib>

namespace qianli::gateway {

// What stations make and what is imported says nothing about a device's clock now.
Result<void> IndexWriter::noteClock(Study const& study, IndexedObject const& object)
{
    if (object.receipt.origin != Origin::Site)
        return {};
    auto const skew = dicom::clockSkew(object.header, object.receipt.receivedAt);
    if (!skew)
        return {};
    std::int64_t const seconds = std::chrono::duration_cast<std::chrono::seconds>(*skew).count();
    auto const known = skews_.find(study.id);
    if (known != skews_.end() && std::abs(known->second) <= std::abs(seconds))
        return {};
    skews_[study.id] = seconds;
    // Of those before that are not in memory, too.
    QIANLI_ASSIGN(auto write, database_.prepare("UPDATE study SET clock_skew = ?2 WHERE id = ?1 AND (clock_skew IS "
                                                "NULL OR abs(clock_skew) > abs(?2))"));
    return write.run({study.id, seconds});
}

Result<void> IndexWriter::noteAcquisition(Series const& series, IndexedObject const& object)
{
    std::string const& told = object.header.imagesInAcquisition;
    if (told.empty() || object.receipt.origin == Origin::Station ||
        object.header.imageType.find("LOCALIZER") != std::string::npos)
        return {};
    int images = 0;
    auto const [end, error] = std::from_chars(told.data(), told.data() + told.size(), images);
    if (error != std::errc() || images <= 0)
        return {};
    std::string const& number = object.header.acquisitionNumber;
    auto const [known, isNew] = acquisitions_.try_emplace(std::to_string(series.id) + '\0' + number, images);
    if (!isNew && known->second >= images)
        return {};
    known->second = images;
    QIANLI_ASSIGN(auto write,
                  database_.prepare("INSERT INTO acquisition (series, number, images) VALUES (?1, ?2, ?3) ON CONFLICT "
                                    "DO UPDATE SET images = max(images, excluded.images)"));
    return write.run({series.id, number, images});
}

} // namespace qianli::gateway
