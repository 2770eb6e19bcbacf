#include "gateway/workflow/report_text.h"

#include "common/base/text.h"
#include "common/dicom/parsed_data_set.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

namespace qianli::gateway {

namespace {

constexpr int deepest = 16; // TID 2000 needs three levels

std::string stringOf(DcmItem& item, DcmTagKey const& tag)
{
    OFString value;
    if (item.findAndGetOFStringArray(tag, value).bad())
        return {};
    return {value.c_str(), value.size()};
}

std::string conceptOf(DcmItem& item)
{
    DcmItem* name = nullptr;
    if (item.findAndGetSequenceItem(DCM_ConceptNameCodeSequence, name).bad() || !name)
        return {};
    return stringOf(*name, DCM_CodeValue);
}

// CID 7002 and the concepts of TID 2002: Finding, Impression, Recommendation (PS3.16).
std::string* partFor(model::ReportText& text, std::string const& codeValue)
{
    if (codeValue == "121071")
        return &text.findings;
    if (codeValue == "121073")
        return &text.impression;
    if (codeValue == "121075")
        return &text.recommendation;
    return nullptr;
}

void collect(DcmItem& node, model::ReportText& text, int depth)
{
    DcmSequenceOfItems* content = nullptr;
    if (depth > deepest || node.findAndGetSequence(DCM_ContentSequence, content).bad() || !content)
        return;
    for (unsigned long i = 0; i < content->card(); ++i) {
        auto& item = *content->getItem(i);
        if (auto* const part = partFor(text, conceptOf(item)); part && stringOf(item, DCM_ValueType) == "TEXT") {
            if (!part->empty())
                *part += '\n';
            *part += text::trim(stringOf(item, DCM_TextValue));
        }
        collect(item, text, depth + 1);
    }
}

} // namespace

Result<model::ReportText> textOfReport(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const parsed, dicom::loadScanned(file));
    auto& dataset = parsed.dataset();
    if (auto const set = stringOf(dataset, DCM_SpecificCharacterSet); set != "ISO_IR 192")
        return fail(ErrorCode::InvalidInput, "the SR is not in UTF-8 (ISO_IR 192)");
    model::ReportText text;
    collect(dataset, text, 0);
    if (text == model::ReportText{})
        return fail(ErrorCode::InvalidInput, "the SR holds no finding, impression or recommendation");
    return text;
}

} // namespace qianli::gateway
