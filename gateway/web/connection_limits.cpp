#include "gateway/web/connection_limits.h"

#include <algorithm>

namespace qianli::gateway {

void endOldestStream(ConnectionHouse& house, std::string const& person)
{
    std::shared_ptr<Connection> oldest;
    std::size_t count = 0;
    for (auto const& connection : house.connections) {
        if (connection->streamOf() != person)
            continue;
        ++count;
        if (!oldest || connection->begun() < oldest->begun())
            oldest = connection;
    }
    if (count > house.limits.streamsOfPerson)
        oldest->close();
}

void endOneOf(ConnectionHouse& house, std::string const& person, Connection const& newest)
{
    std::shared_ptr<Connection> leaving;
    std::size_t count = 0;
    for (auto const& connection : house.connections) {
        if (connection->person() != person)
            continue;
        ++count;
        if (connection.get() == &newest)
            continue;
        bool const idle = connection->idleSince().has_value();
        bool const better = !leaving || idle > leaving->idleSince().has_value() ||
                            (idle == leaving->idleSince().has_value() && connection->begun() < leaving->begun());
        if (better)
            leaving = connection;
    }
    if (leaving && count > house.limits.connectionsOfPerson)
        leaving->close();
}

bool beginSignIn(ConnectionHouse& house, std::string const& holder)
{
    auto& fromThere = house.signIns[holder];
    // Whoever tries names from many addresses leaves room for those of the house.
    auto const most = house.limits.waitingSignIns;
    auto const mostOfAll = house.signedInFrom.contains(holder) ? most : (most * 3 + 3) / 4;
    if (house.allSignIns >= mostOfAll || fromThere >= std::max<std::size_t>(most / 2, 1)) {
        if (fromThere == 0)
            house.signIns.erase(holder);
        return false;
    }
    ++house.allSignIns;
    ++fromThere;
    return true;
}

void endSignIn(ConnectionHouse& house, std::string const& holder, bool succeeded)
{
    --house.allSignIns;
    if (auto const fromThere = house.signIns.find(holder); --fromThere->second == 0)
        house.signIns.erase(fromThere);
    constexpr std::size_t mostRemembered = 10'000;
    if (succeeded && house.signedInFrom.size() < mostRemembered)
        house.signedInFrom.insert(holder);
}

} // namespace qianli::gateway
