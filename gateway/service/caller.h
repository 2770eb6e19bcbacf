// Caller: who is at the other end of an association and what it may do, decided once at negotiation.
#pragma once

#include "gateway/index/study_index.h"
#include "gateway/ingest/ingest.h"

#include <set>
#include <string>
#include <vector>

namespace qianli::gateway {

struct Caller {
    std::set<model::Service> allow;
    Sender sender;                         // as whom it stores
    Scope scope;                           // what it sees
    bool fuzzyNames = false;               // its keys for names are also taken as pinyin and initials
    std::vector<std::string> destinations; // C-MOVE targets: AE titles of peers
    bool quarantined = false;              // nobody knows it: what it stores waits for a decision
    std::string label;                     // for the log: "site puzi" or "station wangmin"
    std::string certificateSubject;        // RFC 2253, of the certificate it showed; "": none
};

} // namespace qianli::gateway
