// Transfers: who is sending which study right now, and how those left who were. Thread-safe.
//
// A study whose sender is still there is not complete, however long the silence; one whose sender was cut off may not
// be. Only workflow draws conclusions from it.
#pragma once

#include "common/dicom/uid.h"
#include "common/model/site.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

struct Departure {
    enum class Way {
        Released, // A-RELEASE
        CutOff,   // between two objects: A-ABORT, a line that broke, or silence for too long
        InObject, // in the middle of an object
    } way = Way::Released;
    model::SiteId site;
    std::string callingAe;
    // Of the objects that were taken, repeats too, and of the one that was cut off; the last object's is last.
    std::vector<dicom::Uid> studies;
};

class Transfers {
public:
    using Id = std::uint64_t; // 0: none
    // What the association is that an object comes by.
    Id begin(model::SiteId const& site, std::string const& callingAe);
    // Nothing for Id 0, so that imports need not care.
    void objectBegins(Id id);
    // Its header has come: it is of this study.
    void objectIsOf(Id id, dicom::Uid const& study);
    void objectEnds(Id id);
    void taken(Id id, dicom::Uid const& study);
    // Associations that brought no object leave no trace.
    void end(Id id, Departure::Way way);

    // Sending: an object is coming in that belongs to the study, as far as can be told before it is here. There: the
    // association that brought its last object is open.
    enum class Presence { Gone, There, Sending };
    Presence presenceOf(model::SiteId const& site, dicom::Uid const& study) const;

    // Those that left since the last call, in their order.
    std::vector<Departure> takeDepartures();
    // Called after a departure, on the thread of who left; must be quick. To be set before the first begin().
    void setWaker(std::function<void()> waker) { waker_ = std::move(waker); }

private:
    struct Association {
        model::SiteId site;
        std::string callingAe;
        std::vector<dicom::Uid> studies;
        int objects = 0;                  // coming in
        std::optional<dicom::Uid> coming; // what it belongs to, where that is known
    };
    using Study = std::pair<model::SiteId, dicom::Uid>;

    mutable std::mutex mutex_; // guards all but waker_
    Id last_ = 0;
    std::map<Id, Association> open_;
    std::map<Study, std::string> senders_; // Calling AE titles of those that brought its last object
    std::vector<Departure> departures_;
    std::function<void()> waker_;
};

} // namespace qianli::gateway
