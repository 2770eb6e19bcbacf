// Uid: a DICOM unique identifier as its own type (PS3.5 section 9).
#pragma once

#include "common/base/result.h"

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace qianli::dicom {

class Uid {
public:
    Uid() = default; // empty: "no UID"

    // What a peer or a file sent: padding trimmed. InvalidInput when it is empty, longer than 128 bytes or holds anything but
    // printable ASCII without backslash and space. UIDs that merely break PS3.5 (leading zeros, 65 bytes, letters) pass: see isConformant().
    static Result<Uid> fromPeer(std::string_view text);
    // For constants of the standard and UIDs already checked.
    static Uid ofKnown(std::string_view text);
    // A new one below 2.25 from 128 random bits (PS3.5 B.2).
    static Uid generate();
    // The same name always gives the same UID below 2.25 (SHA-256 of the name, shortened): for objects that are made again on retry.
    static Uid derivedFrom(std::string_view name);

    std::string const& value() const { return value_; }
    bool empty() const { return value_.empty(); }
    // At most 64 bytes, digits and dots, no empty or zero-padded component (PS3.5 9.1).
    bool isConformant() const;

    auto operator<=>(Uid const&) const = default;

private:
    explicit Uid(std::string value) : value_(std::move(value)) {}
    std::string value_;
};

} // namespace qianli::dicom

template <>
struct std::hash<qianli::dicom::Uid> {
    std::size_t operator()(qianli::dicom::Uid const& uid) const noexcept { return std::hash<std::string>{}(uid.value()); }
};
