// DraftJournal: what a radiologist has typed, on this workstation's disk before the gateway has it.
//
// Promise: a change given to record() is on stable storage within 200 ms (plus what one sync of the disk takes), also
// when the process is killed; what is there is encrypted; a record cut short by a crash costs only itself. The journal
// of a task goes away when remove() is called, after signing.
#pragma once

#include "common/base/file.h"
#include "common/model/reading_task.h"
#include "common/model/report.h"
#include "viewer/client/draft_marks.h"
#include "viewer/client/sealed_box.h"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <thread>
#include <vector>

namespace qianli::viewer {

struct JournalledDraft {
    std::string studyUid;
    model::ReportText text;
    std::int64_t revision = 0; // the gateway's revision that this text continues
    bool sent = false;         // the gateway has this very text
    std::string srUid, pdfUid, srSeriesUid, pdfSeriesUid;
    DraftMarks marks;
    bool operator==(JournalledDraft const& other) const;
};

nlohmann::json toJson(JournalledDraft const& draft);
Result<JournalledDraft> journalledDraftFromJson(nlohmann::json const& all);

class DraftJournal {
public:
    // `failed` is called from the journal's own thread when the disk refuses.
    DraftJournal(std::filesystem::path folder, SealedBox box, std::function<void(Error)> failed);
    ~DraftJournal(); // writes what is pending

    void record(model::TaskId task, JournalledDraft draft);
    // On stable storage when it returns, or an Error: for words whose other copy is about to go.
    Result<void> keep(model::TaskId task, JournalledDraft const& draft);
    // Waits until everything recorded so far is on stable storage.
    void flush();
    // The newest whole record; NotFound when there is none; Corrupt when the journal is of another password (it is
    // kept).
    Result<JournalledDraft> recover(model::TaskId task) const;
    std::vector<model::TaskId> tasks() const;
    Result<void> remove(model::TaskId task);

private:
    void run();
    Result<void> append(model::TaskId task, JournalledDraft const& draft);
    std::filesystem::path fileOf(model::TaskId task) const;

    std::filesystem::path folder_;
    SealedBox box_;
    std::function<void(Error)> failed_;
    std::mutex mutex_; // guards the three below
    std::map<model::TaskId, JournalledDraft> pending_;
    bool writing_ = false, stopping_ = false;
    std::condition_variable changed_;
    std::mutex fileMutex_; // guards the files and open_
    std::map<model::TaskId, FileDescriptor> open_;
    std::thread writer_; // last: uses all of the above
};

} // namespace qianli::viewer
