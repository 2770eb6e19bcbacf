// SrDocument: a structured report (PS3.3 C.17) as the tree it is, words in UTF-8 in the language they were written in.
//
// Promise: depth, number and length of content items are limited; what is left out is said.
#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace qianli::viewer {

enum class SrValue {
    Container,
    Text,
    Code,
    Number,
    Date,
    Time,
    DateTime,
    Uid,
    Person,
    Image,     // also composites and waveforms: a reference to another object
    Graphic,   // a region in an image, in space or in time
    Reference, // to an item of this document, elsewhere in the tree
    Other      // of a value type that this version does not know
};

struct SrItem {
    SrValue kind = SrValue::Other;
    std::string relationship; // "CONTAINS", "HAS CONCEPT MOD", …; empty at the root
    std::string topic;        // what it is about: the meaning of the concept's code
    std::string value;        // as written; a number without its unit; a reference's SOP Class UID
    std::string unit;         // as one writes it: "mm²"
    std::string qualifier;    // of a number: "Value out of range"
    std::string instanceUid;  // of a reference
    std::vector<int> frames;  // of a reference
    std::string observed;     // date and time, where the item has its own
    std::vector<SrItem> items;
};

struct SrVerifier {
    std::string name, organization, time;
};

struct SrDocument {
    SrItem root;
    std::string documentClass;                                          // SOP Class UID
    std::string completion, completionWords, verification, preliminary; // "COMPLETE", …, "VERIFIED", "PRELIMINARY"
    std::vector<SrVerifier> verifiers;
    std::vector<std::string> authors;
    std::string contentDate, contentTime;
    std::string manufacturer, institution;
    std::size_t itemCount = 0;
    bool cut = false; // there was more than is kept
};

Result<std::shared_ptr<SrDocument const>> loadSrDocument(std::filesystem::path const& file);

// "cm2" → "cm²", "1" → "" (UCUM's unit of a mere number), "mGy.cm" → "mGy·cm".
std::string shownUnit(std::string const& scheme, std::string const& code, std::string const& meaning);

} // namespace qianli::viewer
