#include "common/dicom/sop_class.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace qianli::dicom {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view standardRoot = "1.2.840.10008.";

// What PS3.6 table A-1 lists as something else than storage: services, meta classes, well-known instances, models,
// transfer syntaxes, coding schemes, application contexts and hosting. A UID ending in '.' stands for everything below
// it.
constexpr auto otherServices = std::to_array<std::string_view>({
    "1.2.840.10008.1.1"sv,
    "1.2.840.10008.1.2"sv, // transfer syntaxes
    "1.2.840.10008.1.2."sv,
    "1.2.840.10008.1.3.10"sv, // DICOMDIR: of media, not of the network
    "1.2.840.10008.1.4."sv,   // frames of reference
    "1.2.840.10008.1.5."sv,   // palettes
    "1.2.840.10008.1.9"sv,
    "1.2.840.10008.1.20"sv,
    "1.2.840.10008.1.20."sv,
    "1.2.840.10008.1.40"sv,
    "1.2.840.10008.1.40."sv,
    "1.2.840.10008.1.42"sv,
    "1.2.840.10008.1.42."sv,
    "1.2.840.10008.2."sv, // coding schemes
    "1.2.840.10008.3."sv, // application contexts, procedure steps, detached management
    "1.2.840.10008.4.2"sv,
    "1.2.840.10008.5.1.1."sv, // print, media creation, display systems: all but three stored forms
    "1.2.840.10008.5.1.4.1.1.200.4"sv,
    "1.2.840.10008.5.1.4.1.1.200.5"sv,
    "1.2.840.10008.5.1.4.1.1.200.6"sv,
    "1.2.840.10008.5.1.4.1.1.201.1.1"sv,
    "1.2.840.10008.5.1.4.1.1.201.2"sv,
    "1.2.840.10008.5.1.4.1.1.201.3"sv,
    "1.2.840.10008.5.1.4.1.1.201.4"sv,
    "1.2.840.10008.5.1.4.1.1.201.5"sv,
    "1.2.840.10008.5.1.4.1.1.201.6"sv,
    "1.2.840.10008.5.1.4.1.2."sv, // query and retrieve
    "1.2.840.10008.5.1.4.20."sv,
    "1.2.840.10008.5.1.4.31"sv,
    "1.2.840.10008.5.1.4.32"sv,
    "1.2.840.10008.5.1.4.32."sv,
    "1.2.840.10008.5.1.4.33"sv,
    "1.2.840.10008.5.1.4.34."sv, // unified procedure steps, machine verification: all but delivery instructions
    "1.2.840.10008.5.1.4.37."sv,
    "1.2.840.10008.5.1.4.38."sv,
    "1.2.840.10008.5.1.4.39."sv,
    "1.2.840.10008.5.1.4.41"sv,
    "1.2.840.10008.5.1.4.42"sv,
    "1.2.840.10008.5.1.4.43."sv,
    "1.2.840.10008.5.1.4.44."sv,
    "1.2.840.10008.5.1.4.45."sv,
    "1.2.840.10008.6."sv, // context groups
    "1.2.840.10008.7."sv, // hosted applications, mapping resources
    "1.2.840.10008.8."sv,
    "1.2.840.10008.9."sv,
    "1.2.840.10008.10."sv, // real-time video
    "1.2.840.10008.15."sv, // LDAP
});

bool isListedAsOther(std::string_view uid)
{
    return std::any_of(otherServices.begin(), otherServices.end(), [uid](std::string_view listed) {
        return listed.back() == '.' ? uid.starts_with(listed) : uid == listed;
    });
}

StorageClass const* findClass(std::string_view uid)
{
    static std::unordered_map<std::string_view, StorageClass const*> const byUid = [] {
        std::unordered_map<std::string_view, StorageClass const*> made;
        for (StorageClass const& one : storageClasses())
            made.emplace(one.uid, &one);
        return made;
    }();
    auto const found = byUid.find(uid);
    return found == byUid.end() ? nullptr : found->second;
}

// Data sets in these hold no pixels of their own or are no DICOM data sets.
constexpr auto withoutOwnPixels = std::to_array<std::string_view>({
    "1.2.840.10008.1.2.4.94"sv,  // JPIP Referenced
    "1.2.840.10008.1.2.4.95"sv,  // JPIP Referenced Deflate
    "1.2.840.10008.1.2.4.204"sv, // JPIP HTJ2K Referenced
    "1.2.840.10008.1.2.4.205"sv, // JPIP HTJ2K Referenced Deflate
    "1.2.840.10008.1.2.6.1"sv,   // RFC 2557 MIME
    "1.2.840.10008.1.2.6.2"sv,   // XML
    "1.2.840.10008.1.2.7.1"sv,   // SMPTE ST 2110
    "1.2.840.10008.1.2.7.2"sv, "1.2.840.10008.1.2.7.3"sv,
    "1.2.840.10008.1.20"sv, // Papyrus 3
});

// PS3.5 Annex A: everything below these is encapsulated.
constexpr auto encapsulated = std::to_array<std::string_view>({
    "1.2.840.10008.1.2.1.98"sv,
    "1.2.840.10008.1.2.4."sv,
    "1.2.840.10008.1.2.5"sv,
    "1.2.840.10008.1.2.8.1"sv,
});

bool contains(auto const& list, std::string_view uid)
{
    return std::find(list.begin(), list.end(), uid) != list.end();
}

} // namespace

bool isStorageAbstractSyntax(Uid const& abstractSyntax)
{
    std::string_view const uid = abstractSyntax.value();
    if (uid.empty())
        return false;
    return findClass(uid) || !uid.starts_with(standardRoot) || !isListedAsOther(uid);
}

bool isImageStorage(Uid const& sopClass)
{
    StorageClass const* const found = findClass(sopClass.value());
    if (!found)
        return isStorageAbstractSyntax(sopClass); // private and future classes: the data set tells
    return found->content == StorageClass::Content::Image;
}

bool isListedImageStorage(Uid const& sopClass)
{
    StorageClass const* const found = findClass(sopClass.value());
    return found && found->content == StorageClass::Content::Image;
}

std::string_view usualModality(Uid const& sopClass)
{
    StorageClass const* const found = findClass(sopClass.value());
    return found ? found->modality : std::string_view();
}

bool isAcceptedTransferSyntax(Uid const& transferSyntax)
{
    std::string_view const uid = transferSyntax.value();
    if (!uid.starts_with(standardRoot))
        return !uid.empty();
    bool const isTransferSyntax = uid == transfer::implicitLittle || uid.starts_with("1.2.840.10008.1.2.");
    return isTransferSyntax && !contains(withoutOwnPixels, uid) && !uid.starts_with("1.2.840.10008.1.2.7.");
}

bool isPrivateTransferSyntax(Uid const& transferSyntax)
{
    return !transferSyntax.value().starts_with(standardRoot);
}

bool isEncapsulated(Uid const& transferSyntax)
{
    std::string_view const uid = transferSyntax.value();
    if (contains(withoutOwnPixels, uid))
        return false;
    return std::any_of(encapsulated.begin(), encapsulated.end(), [uid](std::string_view listed) {
        return listed.back() == '.' ? uid.starts_with(listed) : uid == listed;
    });
}

} // namespace qianli::dicom
