#include "viewer/client/draft_journal.h"

#include "common/model/json.h"

#include <charconv>
#include <fcntl.h>
#include <unistd.h>

namespace qianli::viewer {

using nlohmann::json;

namespace {
constexpr std::chrono::milliseconds gather{100}; // of the 200 promised; the rest is for the disk
constexpr std::uint64_t maximumJournal = 256 << 20;
constexpr std::uint64_t compactAt = 1 << 20;

// Each record: four bytes of length, least first, then the sealed bytes.
std::string framed(std::string const& sealed)
{
    std::string record;
    auto const length = static_cast<std::uint32_t>(sealed.size());
    for (int shift = 0; shift < 32; shift += 8)
        record.push_back(static_cast<char>((length >> shift) & 0xFF));
    return record + sealed;
}

std::uint32_t lengthAt(std::string_view bytes, std::size_t offset)
{
    std::uint32_t length = 0;
    for (std::size_t index = 0; index < 4; ++index)
        length |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[offset + index])) << (8 * index);
    return length;
}

std::string contextOf(model::TaskId task)
{
    return "qianli draft " + std::to_string(task);
}

std::string toText(JournalledDraft const& draft)
{
    return toJson(draft).dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<JournalledDraft> fromText(std::string const& text)
{
    return journalledDraftFromJson(json::parse(text, nullptr, false));
}
} // namespace

json toJson(JournalledDraft const& draft)
{
    json images = json::array();
    for (auto const& image : draft.marks.keyImages)
        images.push_back({image.studyUid, image.seriesUid, image.sopClassUid, image.sopInstanceUid, image.frame});
    return {{"studyUid", draft.studyUid},
            {"text", model::toJson(draft.text)},
            {"revision", draft.revision},
            {"sent", draft.sent},
            {"srUid", draft.srUid},
            {"pdfUid", draft.pdfUid},
            {"srSeriesUid", draft.srSeriesUid},
            {"pdfSeriesUid", draft.pdfSeriesUid},
            {"keyImages", images},
            {"measurements", measurementsToJson(draft.marks.measurements)}};
}

Result<JournalledDraft> journalledDraftFromJson(json const& all)
{
    // What was written by us is well-formed; anything else is refused rather than trusted.
    try {
        JournalledDraft draft;
        draft.studyUid = all.at("studyUid").get<std::string>();
        QIANLI_ASSIGN(draft.text, model::reportTextFromJson(all.at("text")));
        draft.revision = all.at("revision").get<std::int64_t>();
        draft.sent = all.at("sent").get<bool>();
        draft.srUid = all.at("srUid").get<std::string>();
        draft.pdfUid = all.at("pdfUid").get<std::string>();
        draft.srSeriesUid = all.at("srSeriesUid").get<std::string>();
        draft.pdfSeriesUid = all.at("pdfSeriesUid").get<std::string>();
        for (json const& image : all.at("keyImages"))
            draft.marks.keyImages.push_back({image.at(0).get<std::string>(), image.at(1).get<std::string>(),
                                       image.at(2).get<std::string>(), image.at(3).get<std::string>(),
                                       image.at(4).get<int>()});
        // Journals of before there were any don't have them.
        if (auto const measurements = all.find("measurements"); measurements != all.end())
            draft.marks.measurements = measurementsFromJson(*measurements);
        return draft;
    } catch (json::exception const& error) {
        return fail(ErrorCode::Corrupt, std::string("a journalled draft is not as written: ") + error.what());
    }
}

bool JournalledDraft::operator==(JournalledDraft const& other) const
{
    return toText(*this) == toText(other);
}

DraftJournal::DraftJournal(std::filesystem::path folder, SealedBox box, std::function<void(Error)> failed)
    : folder_(std::move(folder)), box_(std::move(box)), failed_(std::move(failed)), writer_([this] { run(); })
{
}

DraftJournal::~DraftJournal()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    writer_.join();
}

std::filesystem::path DraftJournal::fileOf(model::TaskId task) const
{
    return folder_ / (std::to_string(task) + ".journal");
}

void DraftJournal::record(model::TaskId task, JournalledDraft draft)
{
    {
        std::lock_guard const lock(mutex_);
        pending_[task] = std::move(draft);
    }
    changed_.notify_all();
}

Result<void> DraftJournal::keep(model::TaskId task, JournalledDraft const& draft)
{
    {
        std::unique_lock lock(mutex_);
        pending_.erase(task); // older words
        changed_.wait(lock, [this] { return !writing_; });
    }
    changed_.notify_all(); // who flushes may wait for what was taken out
    return append(task, draft);
}

void DraftJournal::flush()
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return pending_.empty() && !writing_; });
}

void DraftJournal::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
        if (pending_.empty())
            return;
        changed_.wait_for(lock, gather, [this] { return stopping_; });
        auto const batch = std::exchange(pending_, {});
        writing_ = true;
        lock.unlock();
        for (auto const& [task, draft] : batch)
            if (auto written = append(task, draft); !written && failed_)
                failed_(std::move(written).error());
        lock.lock();
        writing_ = false;
        changed_.notify_all();
    }
}

Result<void> DraftJournal::append(model::TaskId task, JournalledDraft const& draft)
{
    std::lock_guard const lock(fileMutex_);
    QIANLI_ASSIGN(auto const sealed, box_.seal(toText(draft), contextOf(task)));
    std::string const record = framed(sealed);
    auto const path = fileOf(task);
    bool const known = open_.contains(task);
    std::error_code error;
    auto const size = std::filesystem::file_size(path, error);
    bool const exists = !error && size > 0;
    if ((!known && exists) || (exists && size > compactAt)) {
        // The newest record alone, as one act: after a crash the tail may be half a record, and nothing older is read
        // again. What can't be opened (another password), or is of another study, is put aside, never overwritten.
        if (!known)
            if (auto const before = recover(task); !before || before->studyUid != draft.studyUid)
                std::filesystem::rename(path, path.string() + (before ? ".other-study" : ".unreadable"), error);
        open_.erase(task);
        QIANLI_TRY(writeFileDurably(path, record));
        QIANLI_ASSIGN(open_[task], openFile(path, O_WRONLY | O_APPEND, 0600));
        return {};
    }
    if (!known) {
        QIANLI_ASSIGN(open_[task], openFile(path, O_WRONLY | O_CREAT | O_APPEND, 0600));
        QIANLI_TRY(syncDirectory(folder_));
    }
    FileDescriptor& file = open_[task];
    QIANLI_TRY(writeAll(file.get(), std::span(reinterpret_cast<std::uint8_t const*>(record.data()), record.size())));
    return syncFile(file.get());
}

Result<JournalledDraft> DraftJournal::recover(model::TaskId task) const
{
    QIANLI_ASSIGN(std::string const bytes, readFile(fileOf(task), maximumJournal));
    Result<JournalledDraft> newest = fail(ErrorCode::Corrupt, "the journal of this draft holds no whole record");
    for (std::size_t offset = 0; offset + 4 <= bytes.size();) {
        std::size_t const length = lengthAt(bytes, offset);
        if (length > bytes.size() - offset - 4)
            break; // cut short by a crash
        if (auto clear = box_.open(std::string_view(bytes).substr(offset + 4, length), contextOf(task)))
            newest = fromText(*clear);
        else if (!newest)
            newest = tl::unexpected(std::move(clear).error());
        offset += 4 + length;
    }
    return newest;
}

std::vector<model::TaskId> DraftJournal::tasks() const
{
    std::vector<model::TaskId> result;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(folder_, error)) {
        std::string const name = entry.path().stem().string();
        model::TaskId task = 0;
        auto const parsed = std::from_chars(name.data(), name.data() + name.size(), task);
        if (entry.path().extension() == ".journal" && parsed.ec == std::errc() &&
            parsed.ptr == name.data() + name.size())
            result.push_back(task);
    }
    return result;
}

Result<void> DraftJournal::remove(model::TaskId task)
{
    {
        std::unique_lock lock(mutex_);
        pending_.erase(task);
        changed_.wait(lock, [this] { return !writing_; });
    }
    std::lock_guard const lock(fileMutex_);
    open_.erase(task);
    std::error_code error;
    std::filesystem::remove(fileOf(task), error);
    if (error)
        return fail(ErrorCode::Unavailable, "can't remove the journal of a signed draft: " + error.message());
    return syncDirectory(folder_);
}

} // namespace qianli::viewer
