#include "viewer/client/file_studies.h"

#include "common/base/text.h"
#include "common/dicom/parsed_data_set.h"

#include <algorithm>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <set>

namespace qianli::viewer {

namespace {
constexpr std::size_t maximumFiles = 200'000;
constexpr int maximumDepth = 32;
constexpr std::uintmax_t maximumDicomdir = 64 << 20;

// On media names are upper case and may lie on a file system that shows them otherwise (PS3.10 8.2).
std::filesystem::path findIgnoringCase(std::filesystem::path const& folder, std::string const& name)
{
    std::error_code error;
    if (std::filesystem::exists(folder / name, error))
        return folder / name;
    for (auto const& entry : std::filesystem::directory_iterator(folder, error))
        if (text::toUpperAscii(entry.path().filename().string()) == text::toUpperAscii(name))
            return entry.path();
    return {};
}

std::filesystem::path referencedFile(DcmItem& record, std::filesystem::path const& folder)
{
    OFString component;
    std::filesystem::path path = folder;
    unsigned long index = 0;
    for (; index < 8 && record.findAndGetOFString(DCM_ReferencedFileID, component, index).good() && !component.empty();
         ++index) {
        std::string const name(text::trim(component.c_str()));
        if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
            return {};
        path = findIgnoringCase(path, name);
        if (path.empty())
            return {};
    }
    return index == 0 ? std::filesystem::path() : path;
}

void addFolder(std::filesystem::path const& folder, FileSelection& selection)
{
    std::error_code error;
    std::vector<std::filesystem::path> found;
    for (auto entry = std::filesystem::recursive_directory_iterator(
             folder, std::filesystem::directory_options::skip_permission_denied, error);
         !error && entry != std::filesystem::recursive_directory_iterator() &&
         selection.files.size() + found.size() < maximumFiles;
         entry.increment(error)) {
        if (entry.depth() >= maximumDepth)
            entry.disable_recursion_pending();
        std::error_code ignored;
        if (entry->is_regular_file(ignored) && entry->path().filename() != "DICOMDIR")
            found.push_back(entry->path());
    }
    if (error)
        selection.problems.push_back({ErrorCode::Unavailable, folder.string() + ": " + error.message()});
    std::sort(found.begin(), found.end());
    selection.files.insert(selection.files.end(), found.begin(), found.end());
}
} // namespace

Result<std::vector<std::filesystem::path>> readDicomdir(std::filesystem::path const& dicomdir)
{
    std::error_code error;
    if (auto const size = std::filesystem::file_size(dicomdir, error); error || size > maximumDicomdir)
        return fail(ErrorCode::InvalidInput, dicomdir.string() + ": can't be read, or too large for a DICOMDIR");
    auto const file = dicom::loadScanned(dicomdir);
    if (!file)
        return fail(ErrorCode::InvalidInput, dicomdir.string() + ": " + file.error().message);
    DcmSequenceOfItems* records = nullptr;
    if (file->dataset().findAndGetSequence(DCM_DirectoryRecordSequence, records).bad() || records == nullptr)
        return fail(ErrorCode::InvalidInput, dicomdir.string() + ": no directory record sequence (0004,1220)");
    // Every record is taken, whatever the offsets between records say: broken offsets are common, and lose no image
    // here.
    std::vector<std::filesystem::path> files;
    std::set<std::filesystem::path> seen;
    for (DcmObject* record = records->nextInContainer(nullptr); record != nullptr && files.size() < maximumFiles;
         record = records->nextInContainer(record)) {
        auto const path = referencedFile(*static_cast<DcmItem*>(record), dicomdir.parent_path());
        if (!path.empty() && std::filesystem::is_regular_file(path, error) && seen.insert(path).second)
            files.push_back(path);
    }
    return files;
}

FileSelection findFiles(std::vector<std::filesystem::path> const& paths)
{
    FileSelection selection;
    for (auto const& path : paths) {
        std::error_code error;
        auto const status = std::filesystem::status(path, error);
        if (std::filesystem::is_directory(status)) {
            auto listed = std::filesystem::exists(path / "DICOMDIR", error)
                              ? readDicomdir(path / "DICOMDIR")
                              : Result<std::vector<std::filesystem::path>>();
            if (listed && !listed->empty())
                selection.files.insert(selection.files.end(), listed->begin(), listed->end());
            else
                addFolder(path, selection);
        } else if (std::filesystem::is_regular_file(status)) {
            if (!text::toUpperAscii(path.filename().string()).starts_with("DICOMDIR")) {
                selection.files.push_back(path);
            } else if (auto listed = readDicomdir(path)) {
                selection.files.insert(selection.files.end(), listed->begin(), listed->end());
            } else {
                // What lies beside it is what it would have named.
                selection.problems.push_back(
                    {listed.error().code,
                     path.filename().string() + ": the medium's directory is damaged; the files beside it were read"});
                addFolder(path.parent_path().empty() ? "." : path.parent_path(), selection);
            }
        } else {
            selection.problems.push_back({ErrorCode::NotFound, path.string()});
        }
    }
    std::set<std::filesystem::path> seen;
    std::erase_if(selection.files, [&seen](auto const& file) { return !seen.insert(file).second; });
    return selection;
}

} // namespace qianli::viewer
