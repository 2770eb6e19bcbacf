// Township people, and what consoles and clerks make of them. It shares nothing with the product: not its names, not
// its check digits.
#pragma once

#include "gateway/index/study_index.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace qianli::test {

struct Citizen {
    std::string hanzi, latin; // 王芳, WANG^FANG
    std::string birthDate;    // YYYYMMDD
    bool female = false;
    std::string nationalId; // valid, and what birth date and sex say; "" for whoever has none with them
};

// One study as a site sent it.
struct Visit {
    std::string site, patientId;
    std::size_t citizen = 0;
    // The data set tells the citizen's own national ID, birth date, sex and name: by these a program must find who it
    // is.
    bool isSound = false;
};

struct Population {
    std::vector<Citizen> citizens;
    std::vector<Visit> visits;                   // in the order of arrival
    std::vector<gateway::IndexedObject> objects; // one a visit
};

// `sites` times `patients` Patient IDs, counted from 1 at each site.
Population makePopulation(int sites, int patients, std::uint32_t seed);

} // namespace qianli::test
