#include "samples/modality.h"

#include "common/base/file.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/part10.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <thread>

namespace qianli::samples {
namespace {

struct File {
    std::filesystem::path path;
    dicom::Part10Layout layout;
};

using Studies = std::vector<std::pair<std::string, std::vector<File>>>;

// Only the front of the file is walked: the UID comes before the pixels.
std::string studyOf(File const& file)
{
    static constexpr dicom::Tag wanted[] = {{0x0020, 0x000D}};
    dicom::DataSetScanner scanner(file.layout.meta.transferSyntaxUid, wanted);
    auto const descriptor = openFile(file.path, O_RDONLY);
    std::vector<std::uint8_t> buffer(1 << 20);
    std::uint64_t offset = file.layout.dataSetOffset;
    while (descriptor && offset < file.layout.fileSize) {
        auto const part = std::span(buffer).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), file.layout.fileSize - offset)));
        if (!readAllAt(descriptor->get(), part, offset) || !scanner.feed(part))
            return {};
        offset += part.size();
    }
    auto const header = scanner.finish();
    if (!header)
        return {};
    auto const found = header->elements.find(wanted[0]);
    return found == header->elements.end() ? std::string() : found->second.value;
}

Result<Studies> studiesBelow(std::filesystem::path const& folder)
{
    std::error_code error;
    std::vector<std::filesystem::path> paths;
    for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->is_regular_file())
            paths.push_back(entry->path());
    if (error)
        return fail(ErrorCode::NotFound, fmt::format("{}: {}", folder.string(), error.message()));
    std::sort(paths.begin(), paths.end());
    Studies studies;
    for (auto const& path : paths) {
        auto layout = dicom::readPart10Layout(path);
        if (!layout || layout->meta.sopClassUid.empty())
            continue;
        File file{path, *std::move(layout)};
        auto const study = studyOf(file);
        auto found =
            std::find_if(studies.begin(), studies.end(), [&](auto const& entry) { return entry.first == study; });
        if (found == studies.end())
            found = studies.insert(studies.end(), {study, {}});
        found->second.push_back(std::move(file));
    }
    return studies;
}

std::vector<dicom::ProposedContext> contextsFor(std::vector<File> const& files)
{
    std::map<std::pair<dicom::Uid, dicom::Uid>, bool> pairs;
    for (File const& file : files)
        pairs[{file.layout.meta.sopClassUid, file.layout.meta.transferSyntaxUid}] = true;
    std::vector<dicom::ProposedContext> contexts;
    for (auto const& [pair, present] : pairs)
        contexts.push_back({pair.first, {pair.second}});
    return contexts;
}

class Line {
public:
    explicit Line(ModalitySettings const& settings) : settings_(settings) {}

    Result<void> send(std::vector<File> const& study);
    SentCount const& count() const { return count_; }

private:
    Result<void> send(dicom::DicomClient& client, File const& file);
    void keepRate();

    ModalitySettings const& settings_;
    SentCount count_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

void Line::keepRate()
{
    if (settings_.imagesPerSecond > 0)
        std::this_thread::sleep_until(
            started_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(
                           static_cast<double>(count_.objects + count_.refused) / settings_.imagesPerSecond)));
}

Result<void> Line::send(dicom::DicomClient& client, File const& file)
{
    auto const& [meta, offset, size] = file.layout;
    QIANLI_ASSIGN(auto const descriptor, openFile(file.path, O_RDONLY));
    dicom::OutgoingObject object;
    object.sopClass = meta.sopClassUid;
    object.sopInstance = meta.sopInstanceUid;
    object.transferSyntax = meta.transferSyntaxUid;
    object.descriptor = descriptor.get();
    object.dataSetOffset = offset;
    object.dataSetLength = size - offset;
    auto const answer = client.store(object);
    if (!answer && answer.error().code != ErrorCode::NotFound)
        return tl::unexpected(answer.error());
    if (answer && (answer->isSuccess() || answer->isWarning())) {
        ++count_.objects;
        count_.bytes += size - offset;
        return {};
    }
    ++count_.refused;
    fmt::print(stderr, "{}: {}\n", file.path.string(),
               answer ? fmt::format("refused with status {:04X}H {}", answer->status, answer->comment)
                      : answer.error().message);
    return {};
}

Result<void> Line::send(std::vector<File> const& study)
{
    dicom::Destination destination;
    destination.host = settings_.host;
    destination.port = settings_.port;
    destination.calledAe = settings_.calledAe;
    destination.callingAe = settings_.callingAe;
    QIANLI_ASSIGN(auto client, dicom::DicomClient::connect(destination, contextsFor(study)));
    for (File const& file : study) {
        keepRate();
        QIANLI_TRY(send(*client, file));
        if (settings_.abortAfter != 0 && count_.objects >= settings_.abortAfter) {
            count_.brokenOff = true; // the client aborts as it goes
            return {};
        }
    }
    return client->release();
}

} // namespace

Result<SentCount> sendAsModality(std::filesystem::path const& folder, ModalitySettings const& settings)
{
    QIANLI_ASSIGN(auto const studies, studiesBelow(folder));
    if (studies.empty())
        return fail(ErrorCode::NotFound, fmt::format("there are no DICOM files in {}", folder.string()));
    Line line(settings);
    bool first = true;
    for (auto const& [uid, files] : studies) {
        if (!std::exchange(first, false))
            std::this_thread::sleep_for(settings.pause);
        QIANLI_TRY(line.send(files));
        if (line.count().brokenOff)
            break;
    }
    return line.count();
}

} // namespace qianli::samples
