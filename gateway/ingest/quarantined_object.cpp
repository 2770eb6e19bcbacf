#include "gateway/ingest/quarantined_object.h"

#include "common/base/text.h"
#include "gateway/archive/xxh3.h"

#include <algorithm>
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

std::string QuarantinedObject::group() const
{
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

bool isSelected(QuarantinedObject const& object, std::string_view selector)
{
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
