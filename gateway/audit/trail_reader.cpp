#include "gateway/audit/trail_reader.h"

#include <fcntl.h>

namespace qianli::gateway {

void TrailReader::seek(std::uint64_t sequence)
{
    sequence_ = sequence;
    file_ = {};
    offset_ = 0;
    first_ = 0;
}

// The file where the next entry is or will be; false when it is the one that is open.
Result<bool> TrailReader::open()
{
    QIANLI_ASSIGN(auto const segments, segmentsIn(folder_));
    TrailSegment const* wanted = nullptr;
    for (TrailSegment const& segment : segments)
        if (wanted == nullptr || segment.first <= sequence_ + 1)
            wanted = &segment;
    if (wanted == nullptr || (file_ && wanted->first == first_))
        return false;
    QIANLI_ASSIGN(file_, openFile(wanted->file, O_RDONLY));
    path_ = wanted->file;
    first_ = wanted->first;
    offset_ = 0;
    return true;
}

Result<std::vector<TrailReader::Line>> TrailReader::next(std::size_t most)
{
    std::vector<Line> lines;
    for (;;) {
        std::error_code gone;
        auto const size = file_ ? std::filesystem::file_size(path_, gone) : 0;
        if (!file_ || gone || size <= offset_) {
            QIANLI_ASSIGN(bool const another, open());
            if (!another)
                return lines;
            continue;
        }
        constexpr std::uint64_t step = 1 << 20;
        std::string part(static_cast<std::size_t>(std::min(step, size - offset_)), '\0');
        QIANLI_TRY(readAllAt(file_.get(), {reinterpret_cast<std::uint8_t*>(part.data()), part.size()}, offset_));
        std::size_t begin = 0;
        for (std::size_t end = part.find('\n'); end != std::string::npos && lines.size() < most;
             end = part.find('\n', begin)) {
            std::string text = part.substr(begin, end - begin);
            begin = end + 1;
            auto entry = entryOfLine(text);
            if (!entry || entry->sequence <= sequence_)
                continue;
            sequence_ = entry->sequence;
            lines.push_back({*std::move(entry), std::move(text)});
        }
        // No entry is as long as that: somebody's rubbish.
        offset_ += begin == 0 && part.size() == step ? step : begin;
        if (lines.size() >= most || (begin == 0 && part.size() < step))
            return lines; // enough, or a line that is being written
    }
}

} // namespace qianli::gateway
