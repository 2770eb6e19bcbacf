#include "common/model/patient_key.h"

#include <charconv>
#include <fmt/format.h>

namespace qianli::model {
namespace {

constexpr std::string_view study = "study:";

// Where "#7" at the end begins; npos where there is none.
std::size_t variantAt(std::string_view text)
{
    auto const hash = text.rfind('#');
    bool const digits = hash != std::string_view::npos && hash + 1 < text.size() && text.size() - hash < 8 &&
                        text.find_first_not_of("0123456789", hash + 1) == std::string_view::npos;
    return digits ? hash : std::string_view::npos;
}

} // namespace

std::string toText(PatientKey const& key)
{
    std::string text = key.site.value + "/" + (key.id.empty() ? std::string(study) + key.studyUid : key.id);
    // A Patient ID may itself end like a variant.
    if (key.variant != 0 || variantAt(text) != std::string::npos)
        text += fmt::format("#{}", key.variant);
    return text;
}

Result<PatientKey> parsePatientKey(std::string_view text)
{
    auto const slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("expected SITE/PATIENT-ID such as puzi/000123 or puzi/000123#1, found \"{}\"", text));
    PatientKey key;
    key.site.value = text.substr(0, slash);
    std::string_view id = text.substr(slash + 1);
    if (auto const hash = variantAt(id); hash != std::string_view::npos && hash > 0) {
        std::from_chars(id.data() + hash + 1, id.data() + id.size(), key.variant);
        id = id.substr(0, hash);
    }
    if (id.starts_with(study))
        key.studyUid = id.substr(study.size());
    else
        key.id = id;
    return key;
}

} // namespace qianli::model
