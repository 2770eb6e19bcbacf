#include "common/dicom/data_set_scan.h"

#include "common/base/file.h"
#include "common/dicom/data_set_walker.h"
#include "common/dicom/inflater.h"
#include "common/dicom/sop_class.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>

namespace qianli::dicom {
namespace {

constexpr std::uint64_t fileBlock = 256 << 10;
constexpr std::string_view geImplicit = "1.2.840.113619.5.2"; // implicit VR little endian, big endian pixel data

bool isDeflated(Uid const& transferSyntax)
{
    std::string const& uid = transferSyntax.value();
    // The two JPIP Referenced syntaxes with deflate (PS3.5 A.9 and its HTJ2K form) are met in files only.
    return uid == transfer::deflatedLittle || uid == "1.2.840.10008.1.2.4.95" || uid == "1.2.840.10008.1.2.4.205";
}

Encoding encodingOf(Uid const& transferSyntax)
{
    std::string const& uid = transferSyntax.value();
    if (uid == transfer::implicitLittle || uid == geImplicit)
        return Encoding::ImplicitLittle;
    if (uid == transfer::explicitBig)
        return Encoding::ExplicitBig;
    return isPrivateTransferSyntax(transferSyntax) ? Encoding::Undeclared : Encoding::ExplicitLittle;
}

} // namespace

struct DataSetScanner::State {
    State(Uid syntax, std::span<Tag const> keep, ScanLimits const& scanLimits)
        : transferSyntax(std::move(syntax)), limits(scanLimits), walker(encodingOf(transferSyntax), keep, scanLimits)
    {
        if (isDeflated(transferSyntax))
            inflater.emplace(scanLimits);
    }

    Result<void> feed(std::span<std::uint8_t const> bytes)
    {
        fed += bytes.size();
        if (fed > limits.dataSetBytes)
            return fail(ErrorCode::LimitExceeded,
                        fmt::format("the data set is longer than {} bytes", limits.dataSetBytes));
        if (inflater)
            return inflater->feed(bytes,
                                  [this](std::span<std::uint8_t const> inflated) { return walker.feed(inflated); });
        return walker.feed(bytes);
    }

    Error explain(Error error) const
    {
        if (isPrivateTransferSyntax(transferSyntax) && error.code == ErrorCode::InvalidInput)
            error.message += fmt::format(" (its transfer syntax {} is a private one and may be written otherwise)",
                                         transferSyntax.value());
        return error;
    }

    Uid transferSyntax;
    ScanLimits limits;
    DataSetWalker walker;
    std::optional<Inflater> inflater;
    std::optional<Error> failed;
    std::uint64_t fed = 0;
};

DataSetScanner::DataSetScanner(Uid transferSyntax, std::span<Tag const> keep, ScanLimits limits)
    : state_(std::make_unique<State>(std::move(transferSyntax), keep, limits))
{
}

DataSetScanner::~DataSetScanner() = default;
DataSetScanner::DataSetScanner(DataSetScanner&&) noexcept = default;
DataSetScanner& DataSetScanner::operator=(DataSetScanner&&) noexcept = default;

Result<void> DataSetScanner::feed(std::span<std::uint8_t const> bytes)
{
    if (state_->failed)
        return tl::unexpected(*state_->failed);
    auto walked = state_->feed(bytes);
    if (walked)
        return {};
    state_->failed = state_->explain(std::move(walked).error());
    return tl::unexpected(*state_->failed);
}

RawElement const* DataSetScanner::soFar(Tag tag) const
{
    auto const& elements = state_->walker.soFar().elements;
    auto const found = elements.find(tag);
    return found == elements.end() ? nullptr : &found->second;
}

DataSetHeader const& DataSetScanner::soFar() const
{
    return state_->walker.soFar();
}

Result<DataSetHeader> DataSetScanner::finish()
{
    if (state_->failed)
        return tl::unexpected(*state_->failed);
    if (state_->inflater)
        QIANLI_TRY(state_->inflater->finish());
    auto ended = state_->walker.finish();
    if (!ended)
        return tl::unexpected(state_->explain(std::move(ended).error()));
    ended->length = state_->fed;
    return ended;
}

Result<DataSetHeader> scanFile(std::filesystem::path const& path, Part10Layout const& layout, std::span<Tag const> keep,
                               ScanLimits const& limits)
{
    auto const scan = [&]() -> Result<DataSetHeader> {
        QIANLI_ASSIGN(auto const file, openFile(path, O_RDONLY));
        DataSetScanner scanner(layout.meta.transferSyntaxUid, keep, limits);
        std::vector<std::uint8_t> block(std::min<std::uint64_t>(fileBlock, layout.fileSize - layout.dataSetOffset));
        for (std::uint64_t offset = layout.dataSetOffset; offset < layout.fileSize; offset += block.size()) {
            block.resize(std::min<std::uint64_t>(block.size(), layout.fileSize - offset));
            QIANLI_TRY(readAllAt(file.get(), block, offset));
            QIANLI_TRY(scanner.feed(block));
        }
        return scanner.finish();
    };
    auto scanned = scan();
    if (!scanned)
        return tl::unexpected(std::move(scanned).error().at(path.string()));
    return scanned;
}

} // namespace qianli::dicom
