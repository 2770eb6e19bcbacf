// How much of the house one person, or one address, takes up. All of it on the network thread.
#pragma once

#include "gateway/web/connection.h"

namespace qianli::gateway {

// Where a person has more event streams than anybody needs, the oldest goes.
void endOldestStream(ConnectionHouse& house, std::string const& person);
// Of a person's connections, those between two requests go first, then the oldest.
void endOneOf(ConnectionHouse& house, std::string const& person, Connection const& newest);

// `holder`: holderOf() the address. False: too many wait already; else endSignIn() follows.
bool beginSignIn(ConnectionHouse& house, std::string const& holder);
void endSignIn(ConnectionHouse& house, std::string const& holder, bool succeeded);

} // namespace qianli::gateway
