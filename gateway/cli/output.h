// Output: what a command says: aligned tables and lines for people, or exactly one JSON document.
#pragma once

#include "common/model/site.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway::cli {

enum class OutputForm { Text, Json };
// National IDs: "500101********1236", or in full, which is put on record (Context::reveal).
enum class Ids { Masked, Revealed };

// Columns of terminal cells: Chinese characters take two (UAX #11).
std::size_t cellWidth(std::string_view utf8);
// Cut to that many cells, with "…" where something is missing.
std::string fitted(std::string_view utf8, std::size_t cells);

class Table {
public:
    enum class Align { Left, Right };
    struct Column {
        std::string title;
        Align align = Align::Left;
        std::size_t widest = 40;
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    void add(std::vector<std::string> row);
    std::string text() const;
    // National IDs in the columns that hold Patient IDs.
    void maskIds();
    bool empty() const { return rows_.empty(); }

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

class Output {
public:
    explicit Output(OutputForm form) : form_(form) {}
    bool isJson() const { return form_ == OutputForm::Json; }
    void reveal() { ids_ = Ids::Revealed; }
    bool idsAreRevealed() const { return ids_ == Ids::Revealed; }
    // A Patient ID as it may be shown. Columns "PATIENT ID" of tables and members "patientId" of documents need no such
    // call.
    std::string id(std::string_view patientId) const;
    std::string key(model::PatientKey const& patient) const;
    // Text form only.
    void line(std::string_view text) const;
    void table(Table table, std::string_view whenEmpty) const;
    // JSON form only: the one document.
    void json(nlohmann::ordered_json document) const;
    // Standard error, in both forms.
    static void note(std::string_view text);

private:
    OutputForm form_;
    Ids ids_ = Ids::Masked;
};

// A person's name for the eye: the ideographic group where there is one, without '^' (PS3.5 6.2.1).
std::string nameForPeople(std::string_view personName);
// "20261122" as "2026-11-22"; anything else as it is.
std::string dateForPeople(std::string_view dicomDate);
// With "10:15" behind it, where the time has hours and minutes.
std::string dateForPeople(std::string_view dicomDate, std::string_view dicomTime);
std::string bytesForPeople(std::uint64_t bytes);

// ", 120/s, 3 min left" behind a bar; "" in the first seconds, when nobody can tell.
struct Pace {
    std::uint64_t done = 0, left = 0;
    std::int64_t milliseconds = 0; // that it took
};
std::string paceWords(Pace const& pace);

// Progress on standard error: a bar that is drawn over on a terminal, a line every few seconds otherwise.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine(); // ends the bar's line
    void show(std::string const& text);
    // `done` of `total` as a bar before the text, with rate and time left behind it.
    void show(std::uint64_t done, std::uint64_t total, std::string const& text);

private:
    bool isDue();
    bool terminal_;
    bool drawn_ = false;
    std::int64_t lastShown_ = 0; // steady milliseconds
    std::int64_t began_ = 0;
    std::uint64_t firstDone_ = 0;
};

} // namespace qianli::gateway::cli
