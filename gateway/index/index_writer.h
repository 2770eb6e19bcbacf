// IndexWriter: puts objects into the tables, inside the caller's transactions.
//
// What it knows of the studies and series at hand stays in memory from one group to the next, and a series is written
// once for each group: an object of a known series costs a look-up of its UID and little else. That memory is right as
// long as nobody else writes; after a rollback forget() it.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/device_writer.h"
#include "gateway/index/instance_run.h"
#include "gateway/index/person.h"
#include "gateway/index/reread.h"
#include "gateway/index/study_index.h"

#include <array>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace qianli::gateway {

class IndexWriter {
public:
    explicit IndexWriter(sqlite::Database& database) : database_(database), devices_(database) {}

    Result<void> add(IndexedObject const& object);
    // Writes what add() has gathered. To be called before the commit.
    Result<void> finish();
    Result<void> release(model::SiteId const& site, dicom::Uid const& sopInstance);
    // Takes the rows of these studies out and puts their objects in again, except those that are to stay out.
    struct Rereading {
        std::map<std::uint64_t, ReadAgain> const& headers; // by sequence
        SequenceSet const& without;
    };
    Result<void> reread(Together const& together, Rereading const& rereading);
    Result<void> forgetReleased(Together const& together, SequenceSet const& removed);
    // What tells of objects that are gone: the largest of them, and how many removals were followed.
    Result<void> noteRemoved(std::uint64_t sequence);
    Result<void> noteRemovals(std::uint64_t number);
    // An object that was deleted before the index was made.
    Result<void> addRemoved(IndexedObject const& object);
    void forget();
    // Some version of it is in the tables.
    Result<bool> holds(model::SiteId const& site, std::string const& sopInstance);
    // The sites that hold a study, the first one first.
    Result<std::vector<model::SiteId>> sitesOfStudy(std::string const& uid);

private:
    using StudyValues = std::array<std::string, 12>;
    using SeriesValues = std::array<std::string, 11>;

    // A person under a Patient ID at a site.
    struct Patient {
        std::int64_t id = 0;
        int variant = 0;
        Person person;
        std::string name, issuer, birthDate, sex, unusableId; // as in the table
        bool operator==(Patient const&) const = default;
    };
    struct Study {
        std::int64_t id = 0;
        std::int64_t patient = 0;
        model::SiteId site;
        int part = 0;
        std::string identity; // of the patient
        StudyValues values;   // as in the table
        std::string otherIds; // Other Patient IDs of the object that was looked at last
    };
    using Parts = std::deque<Study>;
    // Its newest run takes more instances until it is full.
    struct Run {
        std::int64_t id = 0; // 0: none that is open
        std::size_t count = 0;
        RunInstance last;
        std::vector<std::uint8_t> packed;
        std::int64_t lastKey = -1; // of the SOP Instance UID that was entered last
        bool isNew = false;
        bool changed = false;
    };
    struct Series {
        std::int64_t id = 0;
        Study const* study = nullptr;
        std::string uid;
        SeriesValues values;
        Run run;
        int instances = 0, released = 0, images = 0; // not yet written
        std::int64_t lastReceived = 0;
        std::uint64_t lastSequence = 0;
        bool changed = false;
    };
    // One version of an object, and where it is.
    struct Version {
        std::int64_t run = 0, series = 0;
        std::string seriesUid;
        RunInstance instance;
        std::int64_t patient = 0;
        std::string studyUid;
        bool fromStation = false;
    };

    Result<Study*> study(IndexedObject const& object, bool& isNew);
    Result<Parts*> partsOf(model::SiteId const& site, std::string const& uid);
    Result<Study*> partFor(Parts& parts, IndexedObject const& object);
    Result<Study*> insertStudy(Parts& parts, IndexedObject const& object);
    Result<void> markShared(Study const& study, std::string const& uid);
    Result<void> updateStudy(Study& study, IndexedObject const& object);
    Result<void> markStat(Study const& study, std::uint64_t sequence);
    Result<std::vector<Patient>*> variantsOf(model::SiteId const& site, std::string const& identity);
    Result<std::int64_t> patient(model::SiteId const& site, dicom::InstanceHeader const& header);
    Result<std::int64_t> patientOf(Study const& study, dicom::InstanceHeader const& person);
    Result<std::int64_t> insertPatient(model::SiteId const& site, dicom::InstanceHeader const& header);
    Result<void> completePatient(Patient& patient, dicom::InstanceHeader const& header);
    Result<void> removeIfUnused(model::SiteId const& site, std::string const& identity, std::int64_t patient);
    Result<void> writeNames(std::int64_t study, std::string const& formerName, std::string const& name);
    Result<Series*> series(Study const& study, IndexedObject const& object);
    Result<void> insertSeries(Series& series);
    Result<void> updateSeries(Series& series, SeriesValues const& given);
    Result<void> openRun(Series& series);
    Result<void> append(Series& series, IndexedObject const& object, bool released);
    Result<void> writeSeries(Series& series);
    Result<void> noteClock(Study const& study, IndexedObject const& object);
    Result<void> noteAcquisition(Series const& series, IndexedObject const& object);
    Result<std::int64_t> shared(IndexedObject const& object);
    Result<bool> isNamedReleased(model::SiteId const& site, dicom::Uid const& sopInstance);
    Result<std::vector<Version>> versions(model::SiteId const& site, std::string const& sopInstance);
    Result<void> flagVersions(Study const& study, std::string const& uid, std::span<Version const> versions);
    Result<void> orderVersions(std::vector<Version> versions);
    Result<void> orderPatientsVersions(std::span<Version> versions);
    Result<void> writeVersion(Version const& version);
    Result<void> takeOutAndIn(Together const& together, Rereading const& rereading);
    Result<void> keepIds(StudyKey const& study);
    Result<std::set<std::uint64_t>> urgentObjects(StudyKey const& study);
    Result<void> removeSeries(std::int64_t study, Rereading const& rereading);
    Result<void> removeStudy(StudyKey const& study, Rereading const& rereading);
    Result<void> addAgain(Together const& together, Rereading const& rereading, std::set<std::uint64_t> const& urgent);

    sqlite::Database& database_;
    DeviceWriter devices_;
    // Of rows that were taken out, for those that are put in: what came first has the smallest, as in a rebuilt index.
    struct FreeIds {
        std::set<std::int64_t> patients, studies, series;
        static std::optional<std::int64_t> take(std::set<std::int64_t>& ids);
    };
    FreeIds freeIds_;
    std::unordered_map<std::uint64_t, NotedText> noted_;                // by sequence, of objects that are read again
    std::unordered_map<std::string, Parts> studies_;                    // by site and UID
    std::unordered_map<std::string, std::vector<Patient>> patients_;    // by site and identity, in order of variants
    std::unordered_map<std::string, Series> series_;                    // by study and UID
    std::unordered_map<std::int64_t, Series*> openRuns_;                // by id; what is in them may not be written yet
    std::vector<Series*> changed_;                                      // since finish()
    std::unordered_map<std::string, std::int64_t> shared_;              // rows of the table
    std::unordered_map<std::string, std::vector<model::SiteId>> sites_; // by Study Instance UID
    std::unordered_map<std::int64_t, std::int64_t> skews_;              // by study: seconds, the smallest seen here
    std::unordered_map<std::string, int> acquisitions_;                 // by series and Acquisition Number: images
};

// Under what a site knows a patient. Without a Patient ID every study is a patient of its own: two unknown persons must
// not become one.
std::string identityOf(dicom::InstanceHeader const& header);

// A DICOM date as YYYYMMDD; the form with dots of ACR-NEMA 2.0 becomes that one.
std::string plainDate(std::string const& date);
// A DICOM time without the colons of ACR-NEMA 2.0.
std::string plainTime(std::string time);

} // namespace qianli::gateway
