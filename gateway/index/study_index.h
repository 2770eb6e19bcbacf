// StudyIndex: what we have, rebuildable from the archive at any time.
//
// Promise: every row comes from a receipt and the header of its file, or from a decision kept in workflow.db that is
// applied again after a rebuild; a query sees whole commits only. Thread-safe: readers don't wait for the writer.
#pragma once

#include "common/dicom/instance_header.h"
#include "common/names/name_reach.h"
#include "gateway/archive/receipt.h"
#include "gateway/archive/removal.h"
#include "gateway/index/person.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace qianli::gateway {

enum class Level { Patient, Study, Series, Image };

// Which sites' studies a caller may see. Objects that came from a station (reports before they are issued) stay hidden
// from a site until release() names them.
struct Scope {
    bool all = false;
    std::vector<model::SiteId> sites; // when not all
    bool unreleased = false;          // with reports that were not issued: operators
};

// One key of a query. Text is UTF-8, already decoded from the caller's character set.
struct Match {
    enum class Kind { Value, UidList, Wildcard, Range } kind = Kind::Value;
    dicom::Tag tag;
    std::vector<std::string> values; // Value, Wildcard: one; UidList: all; Range: from, to ("" is open)
};

// A patient as people look for one: Chinese characters, pinyin, initials or a mixture (docs/decisions/0013).
struct NameSearch {
    std::string text; // "": none
    names::NameReach reach = names::NameReach::Anywhere;
};

struct Query {
    Level level = Level::Study;
    std::vector<Match> matches;
    std::size_t limit = 0; // 0: none
    bool newestFirst = true;
    // At STUDY level the best answers come first, then the newest. With a match on Patient's Name one of the two
    // suffices, and the order is that of every query.
    NameSearch name = {};
};

// One answer: values by tag in UTF-8 (lists joined by '\'), for every attribute that the index holds at that level and
// above.
struct Answer {
    model::SiteId site;
    int part = 0; // of the study; see StudyRecord
    std::map<dicom::Tag, std::string> values;
};

struct InstanceRecord {
    Receipt receipt;
    dicom::InstanceHeader header;
    bool released = true;
    int part = 0;             // of the study
    std::int64_t patient = 0; // the same for all objects of one patient, of this site; other than that it means nothing
};

struct StudyRecord {
    model::SiteId site;
    dicom::InstanceHeader header; // study-level attributes as of the newest object that brought them
    std::vector<std::string>
        modalities; // of what the devices made; the header has body part and modality of the first series
    TimePoint firstReceivedAt{}, lastReceivedAt{};
    std::uint64_t lastSequence = 0;
    int series = 0, instances = 0;
    int imageInstances = 0;         // without what stations made
    bool siteConflict = false;      // another site holds the same Study Instance UID
    bool versionConflict = false;   // an object came again with other content
    std::uint64_t statSequence = 0; // of the last object that came as urgent; 0: none did
    int part = 0; // which patient of a Study Instance UID that holds several at this site; 0: the first
    model::PatientKey patient;
    bool identityConflict = false;     // another person is known under this Patient ID at this site
    bool splitStudy = false;           // the Study Instance UID holds several patients at this site
    std::optional<Duration> clockSkew; // received minus the device's own time, where it was smallest
    dicom::Defects defects = 0;        // of any of its objects
};

// Images in Acquisition (0020,1002): how many a device said there are.
struct ExpectedImages {
    std::string series;      // Series Instance UID
    std::string acquisition; // Acquisition Number
    int images = 0;
};

// A device of a site: who calls from where.
struct DeviceRecord {
    std::string callingAe, address; // both empty: imported
    std::string station, manufacturer; // as last seen
    std::uint64_t objects = 0;
    std::uint64_t versions = 0;                             // under a UID that was here with other content
    std::uint64_t charsetCorrected = 0, charsetUncertain = 0;
    std::vector<std::pair<dicom::Defects, std::uint64_t>> defects; // bit and number of objects
    TimePoint firstReceivedAt{}, lastReceivedAt{};
    std::optional<Duration> lastSkew, medianSkew; // of its clock, by the last objects; see StudyRecord
};

// A person as one site knows it.
struct PatientRecord {
    model::PatientKey key;
    std::string name, birthDate, sex; // as they were sent
    Person person;                    // as it is compared
    std::string unusableId;           // looks like a national ID and is none
    int studies = 0;
};

// Patients that somebody has to look at, those that belong together one after the other.
enum class Suspicion {
    SameId,             // several under one Patient ID at one site
    SameNationalId,     // one valid national ID
    SamePerson,         // name, birth date and sex are all known and the same
    UnusableNationalId, // looks like a national ID and is none, or contradicts birth date or sex
};

struct PatientQuery {
    model::SiteId site;     // "": all
    std::string id, name;   // with wildcards; name: of any of its component groups
    std::string nationalId; // 18 characters
    std::size_t limit = 0;  // 0: none
};

struct IndexedObject {
    Receipt receipt;
    dicom::InstanceHeader header;
    // It was deleted before the index was made: nothing of it is here but what its device's row counts.
    std::optional<DeviceNote> removed = {};
};

// A study as one site has it.
struct StudyKey {
    model::SiteId site;
    std::string uid;
    auto operator<=>(StudyKey const&) const = default;
};

// An object's header as it was read until now, and as it is read now.
struct ReadAgain {
    dicom::InstanceHeader before, after;
};
// What is to be taken out for good: objects of these studies.
struct RemovalOrder {
    std::vector<StudyKey> studies;
    SequenceSet sequences;
    // Of others that hang together with them by patient or UID and are written anew; 0: as many as the index allows while
    // somebody may be waiting.
    std::uint64_t most = 0;
};

// One for each receipt, in their order.
using ReadHeaders = std::function<Result<std::vector<ReadAgain>>(std::span<Receipt const>)>;
enum class Reread { Look, Write };

class StudyIndex {
public:
    virtual ~StudyIndex() = default;
    static Result<std::unique_ptr<StudyIndex>> open(std::filesystem::path file);
    // To look only, also beside a running gateway. NotFound where there is no index.
    static Result<std::unique_ptr<StudyIndex>> openForReading(std::filesystem::path file);

    // True when a match on the attribute is possible at that level; attributes of levels above count.
    static bool holds(Level level, dicom::Tag tag);

    // A group as one transaction. An object whose sequence is already in is skipped.
    virtual Result<void> apply(std::span<IndexedObject const> group) = 0;
    virtual std::uint64_t appliedSequence() const = 0;

    // What is known under this SOP Instance UID within a site, newest version last: for duplicates and versions.
    virtual Result<std::vector<Receipt>> findBySopInstance(model::SiteId const& site,
                                                           dicom::Uid const& sopInstance) const = 0;
    // The sites that hold a study.
    virtual Result<std::vector<model::SiteId>> sitesOfStudy(dicom::Uid const& study) const = 0;

    // Calls `visit` for each answer; it returns false to stop (C-CANCEL). Unknown tags in a match are refused with
    // InvalidInput. Which answers there are is decided before the first, by one view of the index; no transaction is
    // held while `visit` has one, so it may take its time. Their values are of that time or newer.
    virtual Result<void> find(Scope const& scope, Query const& query,
                              std::function<bool(Answer const&)> visit) const = 0;
    // Newest version of each instance that matches, in the order of the UID list where one is given at IMAGE level,
    // else by series and instance number.
    virtual Result<std::vector<InstanceRecord>> instances(Scope const& scope, Query const& query) const = 0;
    // Part 0 is whose object came first; another patient's under the same UID is another part.
    virtual Result<std::optional<StudyRecord>> study(model::SiteId const& site, dicom::Uid const& study,
                                                     int part = 0) const = 0;
    // Everything under a UID: at each site that holds it, in the order of arrival, each part.
    virtual Result<std::vector<StudyRecord>> studiesOf(dicom::Uid const& study) const = 0;
    // Studies whose UID another site or another patient has too, those of one UID one after the other.
    virtual Result<std::vector<StudyRecord>> sharedStudies() const = 0;

    // Newest first.
    virtual Result<std::vector<PatientRecord>> patients(PatientQuery const& query) const = 0;
    // All under its Patient ID at its site, in order of variants, whatever the key's own is.
    virtual Result<std::vector<PatientRecord>> variantsOf(model::PatientKey const& key) const = 0;
    virtual Result<std::vector<PatientRecord>> suspects(Suspicion why) const = 0;
    // Oldest first.
    virtual Result<std::vector<StudyRecord>> studiesOfPatient(model::PatientKey const& key) const = 0;

    virtual Result<std::vector<ExpectedImages>> expectedImages(model::SiteId const& site, dicom::Uid const& study,
                                                               int part = 0) const = 0;
    // By calling AE title and address.
    virtual Result<std::vector<DeviceRecord>> devices(model::SiteId const& site) const = 0;

    // Studies whose lastSequence is above `after`, oldest change first: how workflow catches up.
    virtual Result<std::vector<StudyRecord>> studiesChangedSince(std::uint64_t after, std::size_t limit) const = 0;

    // Report objects of a site that it may see from now on; the same UIDs at another site stay hidden. Idempotent.
    virtual Result<void> release(model::SiteId const& site, std::span<dicom::Uid const> sopInstances) = 0;

    // Reads the objects of a study again, and of all that the index ties to it (its patients' other studies, what shares its
    // UID or its objects), and puts what their headers say now in place of what they said, as one transaction: the rows are
    // then those of a rebuilt index. Gives these studies. Look: only reads. `headers` is called without any lock first, and
    // while nothing else is written only for what came meanwhile.
    virtual Result<std::vector<StudyKey>> reread(StudyKey const& study, ReadHeaders const& headers, Reread how) = 0;

    // All versions of a study's objects, in the order of their receipts.
    virtual Result<std::vector<Receipt>> receiptsOf(StudyKey const& study, int part) const = 0;
    // Takes objects out, as one transaction: the rows are then those of an index made from what stays. `headers` as for
    // reread(), of what stays. `commit` is called when nothing else can be written any more, and before anything is;
    // it gives the number of the archive's removal, and its error ends all. Gives the studies that were looked at.
    virtual Result<std::vector<StudyKey>> remove(RemovalOrder const& order, ReadHeaders const& headers,
                                                 std::function<Result<std::uint64_t>()> const& commit) = 0;
    // How many of the archive's removals were followed.
    virtual Result<std::uint64_t> appliedRemovals() const = 0;
    virtual Result<void> noteRemovals(std::uint64_t number) = 0;

    // Makes the file current up to appliedSequence() on stable storage.
    virtual Result<void> checkpoint() = 0;

    // Corrupt when the file is no longer the one that was opened, or is damaged. Quick costs microseconds and sees what
    // was deleted, replaced or cut; Deep reads all of it, beside everybody else.
    enum class Check { Quick, Deep };
    virtual Result<void> check(Check how, std::stop_token const& stop) const = 0;

    // While the index is being made again from the archive, nothing is answered but Unavailable, and apply() is a
    // success, because what it brings is in the archive and comes from there.
    struct Rebuild {
        std::uint64_t done = 0, total = 0; // objects
    };
    virtual std::optional<Rebuild> rebuilding() const { return std::nullopt; }
    // How often that was done since the start: whoever follows the index then begins anew.
    virtual std::uint64_t rebuilds() const { return 0; }
};

} // namespace qianli::gateway
