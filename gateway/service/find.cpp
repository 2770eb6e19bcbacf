#include "gateway/service/find.h"

#include "common/base/memory_reserve.h"
#include "common/base/text.h"
#include "common/dicom/network/identifier_codec.h"
#include "gateway/service/answer_charset.h"
#include "gateway/service/query.h"

#include <fmt/format.h>
#include <optional>

namespace qianli::gateway {

namespace {

using dicom::Tag;

Result<std::vector<std::uint8_t>> encodeAnswer(Answer const& answer, dicom::DecodedIdentifier const& asked, Level level,
                                               std::string const& retrieveAe, dicom::Uid const& transferSyntax,
                                               AnswerCharset const& charset)
{
    std::map<Tag, std::string> values;
    for (auto const& [tag, element] : asked.elements) {
        auto const found = answer.values.find(tag);
        values[tag] =
            found == answer.values.end() ? std::string() : found->second; // what we don't know goes back empty
    }
    if (auto const unique = answer.values.find(uniqueKey(level)); unique != answer.values.end())
        values[unique->first] = unique->second;
    values[{0x0008, 0x0052}] = name(level);
    values[{0x0008, 0x0054}] = retrieveAe;
    if (asked.elements.contains({0x0008, 0x0056}))
        values[{0x0008, 0x0056}] = "ONLINE";
    return dicom::encodeIdentifier(values, transferSyntax, fittingCharset(charset, values));
}

} // namespace

DimseStatus FindService::run(Caller const& caller, FindRequest const& request, AnswerSink const& sink) const
{
    if (auto const status = mayUse(caller.allow.contains(model::Service::Find)); status.code != status::success)
        return status;
    if (MemoryReserve::isShort())
        return {status::outOfResources, "the system gives no more memory"};
    auto const model = informationModelOf(request.sopClass);
    if (!model)
        return {status::sopClassNotSupported, "no query model"};
    auto const asked = dicom::decodeIdentifier(request.identifier, request.transferSyntax, caller.sender.siteCharset);
    if (!asked)
        return toDimseStatus(asked.error(), model::Service::Find);
    auto find = toFindQuery(*asked, *model);
    if (!find)
        return toDimseStatus(find.error(), model::Service::Find);

    if (caller.fuzzyNames)
        takeNamesAsTyped(find->query);
    if (limit_ != 0)
        find->query.limit = limit_ + 1;
    auto const pending = find->keysIgnored ? status::pendingKeysUnsupported : status::pending;
    auto const charset = answerCharsetFor(asked->charset, caller.sender.siteCharset);
    std::uint64_t sent = 0;
    std::optional<DimseStatus> stopped;
    auto const found = index_.find(caller.scope, find->query, [&](Answer const& answer) {
        if (limit_ != 0 && sent == limit_) {
            stopped = DimseStatus{status::outOfResources, fmt::format("more than {} answers: ask for less", limit_)};
            return false;
        }
        auto const bytes =
            encodeAnswer(answer, *asked, find->query.level, retrieveAe_, request.transferSyntax, charset);
        if (!bytes)
            stopped = toDimseStatus(bytes.error(), model::Service::Find);
        else if (sink(pending, *bytes) == Proceed::Cancel)
            stopped = DimseStatus{status::cancelled, ""};
        ++sent;
        return !stopped;
    });
    if (!found)
        return toDimseStatus(found.error(), model::Service::Find);
    return stopped.value_or(DimseStatus{});
}

} // namespace qianli::gateway
