#include "viewer/report/structured_report.h"

#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "viewer/report/report_header.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <vector>

namespace qianli::viewer {

namespace {

using model::ImageReference;
using model::Report;

// One content item below `parent` (PS3.3 C.17.3); the concept is its name.
ItemWriter addContent(ItemWriter parent, std::string_view relationship, std::string_view valueType, Code const& name)
{
    ItemWriter item = parent.append(DCM_ContentSequence);
    item.text(DCM_RelationshipType, relationship);
    item.text(DCM_ValueType, valueType);
    item.code(DCM_ConceptNameCodeSequence, name);
    return item;
}

void addText(ItemWriter parent, std::string_view relationship, Code const& name, std::string_view value)
{
    addContent(parent, relationship, "TEXT", name).text(DCM_TextValue, value);
}

void addCode(ItemWriter parent, std::string_view relationship, Code const& name, Code const& value)
{
    addContent(parent, relationship, "CODE", name).code(DCM_ConceptCodeSequence, value);
}

ItemWriter addSection(ItemWriter root, Code const& heading)
{
    ItemWriter section = addContent(root, "CONTAINS", "CONTAINER", heading);
    section.text(DCM_ContinuityOfContent, "SEPARATE");
    return section;
}

// TID 1001 with TID 1002/1003 (who observed) and TID 1005 (which procedure).
void addObservationContext(ItemWriter root, Report const& report)
{
    addCode(root, "HAS OBS CONTEXT", {"121005", "DCM", "Observer Type"}, {"121006", "DCM", "Person"});
    addContent(root, "HAS OBS CONTEXT", "PNAME", {"121008", "DCM", "Person Observer Name"})
        .text(DCM_PersonName, report.author);
    addText(root, "HAS OBS CONTEXT", {"121009", "DCM", "Person Observer's Organization Name"}, report.hospital);
    addContent(root, "HAS OBS CONTEXT", "UIDREF", {"121018", "DCM", "Procedure Study Instance UID"})
        .text(DCM_UID, report.subject.studyUid);
}

void addImage(ItemWriter section, ImageReference const& image)
{
    ItemWriter item = section.append(DCM_ContentSequence);
    item.text(DCM_RelationshipType, "CONTAINS");
    item.text(DCM_ValueType, "IMAGE");
    ItemWriter reference = item.append(DCM_ReferencedSOPSequence);
    reference.text(DCM_ReferencedSOPClassUID, image.sopClassUid);
    reference.text(DCM_ReferencedSOPInstanceUID, image.sopInstanceUid);
    if (image.frame > 0)
        reference.text(DCM_ReferencedFrameNumber, std::to_string(image.frame));
}

// The root container and its sections: TID 2000, headings of CID 7001, narrative of TID 2002.
void writeContentTree(ItemWriter root, Report const& report)
{
    root.text(DCM_ValueType, "CONTAINER");
    root.code(DCM_ConceptNameCodeSequence, diagnosticImagingReport);
    root.text(DCM_ContinuityOfContent, "SEPARATE");
    ItemWriter contentTemplate = root.append(DCM_ContentTemplateSequence);
    contentTemplate.text(DCM_MappingResource, "DCMR");
    contentTemplate.text(DCM_TemplateIdentifier, "2000");
    addCode(root, "HAS CONCEPT MOD", {"121049", "DCM", "Language of Content Item and Descendants"},
            {"zh-CN", "RFC5646", "Chinese (China)"});
    addObservationContext(root, report);

    if (!report.subject.siteName.empty())
        addText(addSection(root, {"121062", "DCM", "Request"}), "CONTAINS", {"121062", "DCM", "Request"},
                "送检机构：" + report.subject.siteName);
    if (!text::trim(report.method).empty())
        addText(addSection(root, {"121064", "DCM", "Current Procedure Descriptions"}), "CONTAINS",
                {"121065", "DCM", "Procedure Description"}, report.method);
    addText(addSection(root, {"121070", "DCM", "Findings"}), "CONTAINS", {"121071", "DCM", "Finding"},
            report.text.findings);
    addText(addSection(root, {"121072", "DCM", "Impressions"}), "CONTAINS", {"121073", "DCM", "Impression"},
            report.text.impression);
    if (!text::trim(report.text.recommendation).empty())
        addText(addSection(root, {"121074", "DCM", "Recommendations"}), "CONTAINS", {"121075", "DCM", "Recommendation"},
                report.text.recommendation);
    if (report.keyImages.empty())
        return;
    ItemWriter const keyImages = addSection(root, {"121180", "DCM", "Key Images"});
    for (ImageReference const& image : report.keyImages)
        addImage(keyImages, image);
}

// Study → series → instances, as the evidence sequences nest them (PS3.3 C.17.2); each instance once.
using Series = std::map<std::string, std::string>; // SOP Instance UID → SOP Class UID
using Study = std::map<std::string, Series>;

void writeEvidence(ItemWriter writer, Report const& report)
{
    std::map<std::string, Study> studies;
    for (auto const* list : {&report.evidence, &report.keyImages}) {
        for (ImageReference const& image : *list)
            studies[image.studyUid.empty() ? report.subject.studyUid : image.studyUid][image.seriesUid]
                   [image.sopInstanceUid] = image.sopClassUid;
    }
    for (auto const& [studyUid, seriesList] : studies) {
        bool const own = studyUid == report.subject.studyUid;
        ItemWriter study =
            writer.append(own ? DCM_CurrentRequestedProcedureEvidenceSequence : DCM_PertinentOtherEvidenceSequence);
        for (auto const& [seriesUid, instances] : seriesList) {
            ItemWriter series = study.append(DCM_ReferencedSeriesSequence);
            for (auto const& [instanceUid, classUid] : instances) {
                ItemWriter instance = series.append(DCM_ReferencedSOPSequence);
                instance.text(DCM_ReferencedSOPClassUID, classUid);
                instance.text(DCM_ReferencedSOPInstanceUID, instanceUid);
            }
            series.text(DCM_SeriesInstanceUID, seriesUid);
        }
        study.text(DCM_StudyInstanceUID, studyUid);
    }
}

void writeVerification(ItemWriter writer, Report const& report)
{
    writer.text(DCM_CompletionFlag, "COMPLETE");
    writer.text(DCM_VerificationFlag, "VERIFIED");
    writer.text(DCM_PreliminaryFlag, "FINAL");
    ItemWriter observer = writer.append(DCM_VerifyingObserverSequence);
    observer.text(DCM_VerifyingOrganization, report.hospital);
    observer.text(DCM_VerificationDateTime, toDicomDate(report.signedAt) + toDicomTime(report.signedAt).substr(0, 6) +
                                                toDicomOffset(report.signedAt));
    observer.text(DCM_VerifyingObserverName, report.author);
    observer.empty(DCM_VerifyingObserverIdentificationCodeSequence);
}

Result<void> checkContent(Report const& report)
{
    for (auto const& [value, what] : {std::pair<std::string_view, std::string_view>{report.text.findings, "findings"},
                                      {report.text.impression, "impression"},
                                      {report.author, "author"},
                                      {report.hospital, "issuing hospital"}}) {
        if (text::trim(value).empty())
            return fail(ErrorCode::InvalidInput, fmt::format("the report has no {}", what));
    }
    for (auto const* list : {&report.evidence, &report.keyImages}) {
        for (ImageReference const& image : *list) {
            if (image.seriesUid.empty() || image.sopClassUid.empty() || image.sopInstanceUid.empty())
                return fail(ErrorCode::InvalidInput,
                            fmt::format("an image of the report lacks a UID: '{}'", image.sopInstanceUid));
        }
    }
    return {};
}

} // namespace

Result<void> writeStructuredReport(Report const& report, std::filesystem::path const& path)
{
    QIANLI_TRY(checkContent(report));
    ObjectIdentity const identity{dicom::sop::basicTextSr, report.srUid, report.srSeriesUid, "SR", "9001"};
    DcmDataset dataSet;
    QIANLI_TRY(writeHeader(dataSet, report, identity));
    Result<void> state;
    ItemWriter writer(dataSet, state);
    writer.empty(DCM_ReferencedPerformedProcedureStepSequence);
    writer.empty(DCM_PerformedProcedureCodeSequence);
    writeVerification(writer, report);
    writeEvidence(writer, report);
    writeContentTree(writer, report);
    QIANLI_TRY(state);
    return writeDataSet(dataSet, identity, path);
}

} // namespace qianli::viewer
