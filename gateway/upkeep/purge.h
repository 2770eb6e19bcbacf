// Purge: what has been kept long enough goes, when two administrators say so of the same list.
//
// Promise: only what is on the list, is past its time, and has nothing that speaks against it at the moment of deleting
// goes; what changed since the list was made is left out, and said.
#pragma once

#include "gateway/upkeep/deleter.h"
#include "gateway/upkeep/retention.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace qianli::gateway {

struct PurgeList {
    std::string digest; // SHA-256 of the text, hex
    std::string text;   // what the file holds
    std::filesystem::path file;
    std::vector<Retained> goes, stays; // stays: past their time, and something speaks against it
};

struct PurgeReport {
    bool executed = false; // false: the first confirmation, a second one is awaited
    std::uint64_t studies = 0, objects = 0, bytes = 0, linkedElsewhere = 0;
    std::vector<std::string> leftOut; // "puzi 1.2.3: why"
    std::vector<std::string> confirmedBy;
};

class Purges {
public:
    using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

    explicit Purges(Workflow& workflow) : workflow_(workflow) {}

    // Writes the list to data/purge/ and keeps it to be confirmed. What will have been kept long enough at a later time
    // is listed as well, and can't be confirmed.
    Result<PurgeList> list(StudyIndex const& index, TimePoint at, std::string const& person,
                           std::filesystem::path const& folder, Progress const& progress);

    // Refused: no such list, older than a day, of a later time, confirmed by the same person before, or a person who is
    // no administrator or gives a wrong password. The second one's confirmation deletes.
    Result<PurgeReport> confirm(Deleter& deleter, StudyIndex const& index, std::string_view digest,
                                std::string_view person, std::string_view password, std::string_view address,
                                Progress const& progress);

private:
    struct Kept {
        TimePoint madeAt{}, asOf{};
        std::string text;
        std::vector<std::string> confirmedBy;
        bool isExecuted = false;
    };
    Result<Kept> kept(std::string_view digest) const;
    Result<std::vector<std::string>> noteConfirmation(std::string_view digest, std::string_view person);
    Result<void> mustStillBeAdministrators(std::vector<std::string> const& people) const;
    Result<PurgeReport> execute(Deleter& deleter, StudyIndex const& index, std::string_view digest, Kept const& list,
                                Progress const& progress);

    Workflow& workflow_;
};

} // namespace qianli::gateway
