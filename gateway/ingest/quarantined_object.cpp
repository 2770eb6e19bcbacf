#include "gateway/ingest/quarantined_object.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "gateway/archive/incoming_object.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace qianli::gateway {
namespace {

Result<Digest> digestOf(std::string const& hex)
{
    Digest digest{};
    bool right = hex.size() == 2 * digest.size();
    for (std::size_t i = 0; right && i < digest.size(); ++i) {
        int const byte = std::stoi("0" + hex.substr(2 * i, 2), nullptr, 16);
        digest[i] = static_cast<std::uint8_t>(byte);
    }
    if (!right || text::toHex(digest) != hex)
        return fail(ErrorCode::Corrupt, "the digest is not 32 hexadecimal digits");
    return digest;
}

} // namespace

std::uint64_t QuarantinedObject::room() const
{
    constexpr std::uint64_t block = 4096;
    auto const blocks = [](std::uint64_t bytes) { return (bytes + block - 1) / block; };
    return (blocks(bytes()) + blocks(recordBytes)) * block;
}

std::string QuarantinedObject::group() const
{
    if (!unreadable.empty())
        return "unreadable";
    auto const whole = callingAe + '\0' + address + '\0' + study.value();
    return fmt::format("{:010x}", XXH3_64bits(whole.data(), whole.size()) & 0xFF'FFFF'FFFF);
}

nlohmann::json toJson(QuarantinedObject const& object)
{
    return {{"callingAe", object.callingAe},
            {"calledAe", object.calledAe},
            {"address", object.address},
            {"receivedAt", toIso8601(object.receivedAt)},
            {"digest", text::toHex(object.digest)},
            {"sopClassUid", object.sopClass.value()},
            {"sopInstanceUid", object.sopInstance.value()},
            {"transferSyntaxUid", object.transferSyntax.value()},
            {"studyInstanceUid", object.study.value()},
            {"patientName", object.patientName},
            {"modality", object.modality},
            {"stationName", object.stationName},
            {"manufacturer", object.manufacturer},
            {"defects", object.defects},
            {"stat", object.stat},
            {"dataSetOffset", object.dataSetOffset},
            {"dataSetLength", object.dataSetLength}};
}

Result<QuarantinedObject> quarantinedObjectFromJson(std::string const& id, nlohmann::json const& json)
{
    QuarantinedObject object;
    object.id = id;
    try {
        for (auto const& [key, target] : {std::pair("callingAe", &object.callingAe),
                                          {"calledAe", &object.calledAe},
                                          {"address", &object.address},
                                          {"patientName", &object.patientName},
                                          {"modality", &object.modality},
                                          {"stationName", &object.stationName},
                                          {"manufacturer", &object.manufacturer}})
            json.at(key).get_to(*target);
        for (auto const& [key, target] : {std::pair("sopClassUid", &object.sopClass),
                                          {"sopInstanceUid", &object.sopInstance},
                                          {"transferSyntaxUid", &object.transferSyntax},
                                          {"studyInstanceUid", &object.study}})
            *target = dicom::Uid::ofKnown(json.at(key).get<std::string>());
        json.at("defects").get_to(object.defects);
        json.at("stat").get_to(object.stat);
        json.at("dataSetOffset").get_to(object.dataSetOffset);
        json.at("dataSetLength").get_to(object.dataSetLength);
        QIANLI_ASSIGN(object.receivedAt, parseIso8601(json.at("receivedAt").get<std::string>()));
        QIANLI_ASSIGN(object.digest, digestOf(json.at("digest").get<std::string>()));
    } catch (std::exception const& error) {
        return fail(ErrorCode::Corrupt, fmt::format("no record of a quarantined object: {}", error.what()));
    }
    return object;
}

QuarantinedObject unreadableObject(std::string const& id, Error const& why, std::uint64_t fileBytes)
{
    QuarantinedObject object;
    object.id = id;
    object.unreadable = why.message;
    object.dataSetLength = fileBytes;
    std::int64_t milliseconds = 0;
    std::from_chars(id.data(), id.data() + id.size(), milliseconds);
    object.receivedAt = TimePoint(Duration(milliseconds));
    return object;
}

Result<void> readDataSet(std::filesystem::path const& file, QuarantinedObject const& object,
                         std::function<Result<void>(std::span<std::uint8_t const>)> const& visit)
{
    constexpr std::uint64_t chunkBytes = 1 << 20;
    QIANLI_ASSIGN(auto const descriptor, openFile(file, O_RDONLY));
    std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> const hash(XXH3_createState(), &XXH3_freeState);
    XXH3_128bits_reset(hash.get());
    std::vector<std::uint8_t> buffer(std::min(chunkBytes, object.dataSetLength));
    for (std::uint64_t at = 0; at < object.dataSetLength;) {
        auto const part = std::span(buffer).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), object.dataSetLength - at)));
        QIANLI_TRY(readAllAt(descriptor.get(), part, object.dataSetOffset + at));
        XXH3_128bits_update(hash.get(), part.data(), part.size());
        QIANLI_TRY(visit(part));
        at += part.size();
    }
    if (toDigest(XXH3_128bits_digest(hash.get())) != object.digest)
        return fail(ErrorCode::Corrupt, "the bytes are not those that were received");
    return {};
}

bool isSelected(QuarantinedObject const& object, std::string_view selector)
{
    if (!object.unreadable.empty())
        return selector == "all" || selector == object.group();
    return selector == "all" || selector == object.group() || selector == object.study.value() ||
           selector == object.callingAe + '@' + object.address;
}

std::vector<QuarantineGroup> groupsOf(std::vector<QuarantinedObject> const& objects)
{
    std::vector<QuarantineGroup> groups;
    std::map<std::string, std::size_t> places;
    for (QuarantinedObject const& object : objects) {
        auto const [place, isNew] = places.try_emplace(object.group(), groups.size());
        if (isNew)
            groups.push_back({object, 0, 0, object.receivedAt});
        QuarantineGroup& group = groups[place->second];
        ++group.objects;
        group.bytes += object.bytes();
        group.lastReceivedAt = std::max(group.lastReceivedAt, object.receivedAt);
        group.first.defects |= object.defects;
        if (group.first.patientName.empty())
            group.first.patientName = object.patientName;
    }
    return groups;
}

} // namespace qianli::gateway
