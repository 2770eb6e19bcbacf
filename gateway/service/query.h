// From a decoded identifier to a question for the index: levels, keys, kinds of matching (PS3.4 C.2.2, C.6).
#pragma once

#include "common/dicom/network/identifier_codec.h"
#include "gateway/index/study_index.h"

#include <optional>
#include <string_view>

namespace qianli::gateway {

enum class InformationModel { PatientRoot, StudyRoot };

// The model of a find, move or get SOP class; nothing for any other class.
std::optional<InformationModel> informationModelOf(dicom::Uid const& sopClass);

dicom::Tag uniqueKey(Level level);
std::string_view name(Level level); // "STUDY"

// InvalidInput when the Query/Retrieve Level is missing, unknown or not in the model.
Result<Level> levelOf(dicom::DecodedIdentifier const& identifier, InformationModel model);

struct FindQuery {
    Query query;
    bool keysIgnored = false; // a key had a value that we don't match on: answers carry FF01 (PS3.4 C.4.1.1.4)
};
Result<FindQuery> toFindQuery(dicom::DecodedIdentifier const& identifier, InformationModel model);

// For a caller with fuzzy_names: a key for Patient's Name is answered by what was meant, too, if it was typed as
// pinyin, initials or characters (docs/decisions/0013).
void takeNamesAsTyped(Query& query);

// The unique keys and the issuer of the Patient ID only; InvalidInput without a value for the level's own, and for a
// key that is there and empty or universal in part, or has a wildcard (PS3.4 C.4.2.1.4, C.4.3.1.3).
Result<Query> toRetrieveQuery(dicom::DecodedIdentifier const& identifier, InformationModel model);

} // namespace qianli::gateway
