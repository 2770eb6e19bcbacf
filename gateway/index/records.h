// Rows of the index as records: the columns to select and how a row is read.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <span>
#include <string>
#include <vector>

namespace qianli::gateway {

// "SELECT … FROM run r JOIN … JOIN instances_of(…) i …", without conditions.
std::string const& selectInstances();
InstanceRecord readInstance(sqlite::Statement const& row);

// "SELECT … FROM study s JOIN patient p …", without conditions.
std::string const& selectStudies();
StudyRecord readStudy(sqlite::Statement const& row);
// All rows of a statement that is bound already.
Result<std::vector<StudyRecord>> readStudies(sqlite::Statement& read);

// A patient's identity as the tables write it, 'I' and the Patient ID or 'S' and the Study Instance UID; variant 0.
model::PatientKey keyOfIdentity(model::SiteId const& site, std::string_view identity);
std::string identityOf(model::PatientKey const& key);

// The first one first.
Result<std::vector<model::SiteId>> readSitesOfStudy(sqlite::Database& database, std::string const& uid);

// In the order of a list of SOP Instance UIDs.
void orderLike(std::vector<InstanceRecord>& records, std::span<std::string const> sopInstances);

} // namespace qianli::gateway
