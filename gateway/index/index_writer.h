// IndexWriter: puts one object into the tables, inside the caller's transaction.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

namespace qianli::gateway {

class IndexWriter {
public:
    explicit IndexWriter(sqlite::Database& database) : database_(database) {}

    Result<void> add(IndexedObject const& object);
    Result<void> release(model::SiteId const& site, dicom::Uid const& sopInstance);

private:
    struct Study {
        std::int64_t id = 0;
        bool isNew = false;
    };

    Result<Study> study(IndexedObject const& object);
    Result<Study> insertStudy(IndexedObject const& object);
    Result<void> updateStudy(std::int64_t study, IndexedObject const& object);
    Result<std::int64_t> patient(model::SiteId const& site, dicom::InstanceHeader const& header);
    Result<void> writeNames(std::int64_t study, std::string const& name);
    Result<std::int64_t> series(std::int64_t study, dicom::InstanceHeader const& header);
    Result<void> insertInstance(std::int64_t series, IndexedObject const& object, bool released);
    Result<bool> isNamedReleased(model::SiteId const& site, dicom::Uid const& sopInstance);
    Result<void> orderVersions(model::SiteId const& site, dicom::Uid const& sopInstance);
    Result<void> recount(std::int64_t series);

    sqlite::Database& database_;
};

// A DICOM date as YYYYMMDD; the form with dots of ACR-NEMA 2.0 becomes that one.
std::string plainDate(std::string const& date);

} // namespace qianli::gateway
