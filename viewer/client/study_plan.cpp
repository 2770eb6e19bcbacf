#include "viewer/client/study_plan.h"

#include "common/dicom/sop_class.h"
#include "viewer/i18n/language.h"
#include "viewer/model/document_kind.h"

#include <QStringList>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace qianli::viewer {

namespace {
constexpr std::uint32_t sopClassKey = 0x00080016, sopInstanceKey = 0x00080018, levelKey = 0x00080052,
                        patientNameKey = 0x00100010, patientIdKey = 0x00100020, issuerKey = 0x00100021,
                        birthDateKey = 0x00100030, sexKey = 0x00100040, studyKey = 0x0020000D, seriesKey = 0x0020000E,
                        seriesNumberKey = 0x00200011, instanceNumberKey = 0x00200013, positionKey = 0x00200032,
                        orientationKey = 0x00200037, availableTransferKey = 0x00083002;
constexpr std::size_t maximumAnswers = 100'000;
constexpr std::size_t maximumContexts = 120; // of 128 in an association (PS3.8 9.3.2.2)

// What a gateway may hold, most likely first.
constexpr std::string_view transferSyntaxes[] = {
    "1.2.840.10008.1.2.1",     "1.2.840.10008.1.2",       "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.80",  "1.2.840.10008.1.2.4.50",  "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.51",  "1.2.840.10008.1.2.4.57",  "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.4.92",  "1.2.840.10008.1.2.4.93",  "1.2.840.10008.1.2.8.1",  "1.2.840.10008.1.2.4.100",
    "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.103", "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"};

std::string valueOf(dicom::Identifier const& identifier, std::uint32_t key)
{
    auto const found = identifier.find(key);
    return found == identifier.end() ? std::string() : found->second;
}

int numberOf(dicom::Identifier const& identifier, std::uint32_t key)
{
    return QString::fromStdString(valueOf(identifier, key)).trimmed().toInt();
}

std::vector<double> decimalsOf(std::string const& text, qsizetype count)
{
    QStringList const parts = QString::fromStdString(text).split('\\');
    std::vector<double> values;
    for (QString const& part : parts) {
        bool good = false;
        values.push_back(part.trimmed().toDouble(&good));
        if (!good)
            return {};
    }
    return parts.size() == count ? values : std::vector<double>();
}

// Electrocardiograms, structured reports and PDFs are pages to be read. What else has no pixels is nothing to look at,
// and may be large (raw data).
bool isPage(dicom::Uid const& sopClass)
{
    auto const kind = documentKind(sopClass.value());
    return !dicom::isImageStorage(sopClass) && kind != DocumentKind::None && kind != DocumentKind::Other;
}

struct Found {
    PlannedImage image;
    int number = 0;
    std::string orientation;
    std::vector<double> position;
    double along = 0; // the normal of the slices
};

// Slices by their place where all say it and lie alike; otherwise by their number.
std::vector<PlannedImage> inOrder(std::vector<Found> images)
{
    auto const axes = images.empty() ? std::vector<double>() : decimalsOf(images.front().orientation, 6);
    bool const parallel = !axes.empty() && std::all_of(images.begin(), images.end(), [&](Found const& one) {
        return one.position.size() == 3 && one.orientation == images.front().orientation;
    });
    if (parallel) {
        std::array<double, 3> const normal{axes[1] * axes[5] - axes[2] * axes[4], axes[2] * axes[3] - axes[0] * axes[5],
                                           axes[0] * axes[4] - axes[1] * axes[3]};
        for (Found& one : images)
            one.along = one.position[0] * normal[0] + one.position[1] * normal[1] + one.position[2] * normal[2];
    }
    std::stable_sort(images.begin(), images.end(), [](Found const& left, Found const& right) {
        return std::pair(left.along, left.number) < std::pair(right.along, right.number);
    });
    std::vector<PlannedImage> result;
    for (Found& one : images)
        result.push_back(std::move(one.image));
    return result;
}

Result<PlannedSeries> planSeries(dicom::DicomClient& client, WantedStudy const& study, dicom::Identifier const& answer)
{
    PlannedSeries series{valueOf(answer, seriesKey), numberOf(answer, seriesNumberKey), {}};
    dicom::Identifier asked{{levelKey, "IMAGE"},  {seriesKey, series.uid},   {sopClassKey, ""},
                            {sopInstanceKey, ""}, {instanceNumberKey, ""},   {positionKey, ""},
                            {orientationKey, ""}, {availableTransferKey, ""}};
    nameStudy(asked, study);
    QIANLI_ASSIGN(auto const images,
                  client.find(dicom::Uid::ofKnown(dicom::sop::studyRootFind), asked, maximumAnswers));
    std::vector<Found> found;
    for (auto const& image : images) {
        auto const sopClass = dicom::Uid::fromPeer(valueOf(image, sopClassKey));
        auto const sopInstance = dicom::Uid::fromPeer(valueOf(image, sopInstanceKey));
        if (sopClass && sopInstance && (dicom::isImageStorage(*sopClass) || isPage(*sopClass)))
            found.push_back({{*sopInstance, *sopClass, valueOf(image, availableTransferKey)},
                             numberOf(image, instanceNumberKey),
                             valueOf(image, orientationKey),
                             decimalsOf(valueOf(image, positionKey), 3)});
    }
    series.images = inOrder(std::move(found));
    return series;
}
} // namespace

WantedStudy wantedStudy(model::ReadingTask const& task)
{
    WantedStudy study{task.studyUid, task.patientId, task.site.value};
    // Also where somebody merged them: under another name they are another part.
    if (task.severalParts) {
        study.patientName = task.patientName;
        study.birthDate = task.birthDate;
        study.sex = task.sex;
    }
    return study;
}

void nameStudy(dicom::Identifier& identifier, WantedStudy const& study)
{
    identifier[studyKey] = study.uid;
    for (auto const& [key, value] : {std::pair(patientIdKey, &study.patientId), std::pair(issuerKey, &study.issuer),
                                     std::pair(patientNameKey, &study.patientName),
                                     std::pair(birthDateKey, &study.birthDate), std::pair(sexKey, &study.sex)})
        // A value with a wildcard or a separator would be another question.
        if (!value->empty() && value->find_first_of("*?\\") == std::string::npos)
            identifier[key] = *value;
}

Result<std::vector<PlannedSeries>> planStudy(dicom::Destination const& gateway, WantedStudy const& study,
                                             std::function<bool()> const& cancelled)
{
    auto const model = dicom::Uid::ofKnown(dicom::sop::studyRootFind);
    std::vector<dicom::ProposedContext> const contexts{
        {model,
         {dicom::Uid::ofKnown(dicom::transfer::explicitLittle), dicom::Uid::ofKnown(dicom::transfer::implicitLittle)},
         false}};
    QIANLI_ASSIGN(auto const client, dicom::DicomClient::connect(gateway, contexts));
    dicom::Identifier asked{{levelKey, "SERIES"}, {seriesKey, ""}, {seriesNumberKey, ""}};
    nameStudy(asked, study);
    QIANLI_ASSIGN(auto const answers, client->find(model, asked, maximumAnswers));
    std::vector<PlannedSeries> plan;
    for (auto const& answer : answers) {
        if (valueOf(answer, seriesKey).empty() || cancelled())
            continue;
        QIANLI_ASSIGN(auto series, planSeries(*client, study, answer));
        if (!series.images.empty())
            plan.push_back(std::move(series));
    }
    (void)client->release();
    auto const turn = [](PlannedSeries const& series) {
        return std::pair(isPage(series.images.front().sopClass), series.number);
    };
    std::stable_sort(plan.begin(), plan.end(),
                     [&](auto const& left, auto const& right) { return turn(left) < turn(right); });
    if (plan.empty() && !cancelled())
        return fail(ErrorCode::NotFound, say("网关上没有这个检查的图像，也没有心电图、结构化报告或 PDF",
                                             "the gateway has no images of this study, nor pages to read")
                                             .toStdString());
    return plan;
}

std::vector<dicom::ProposedContext> contextsFor(PlannedSeries const& series)
{
    std::set<dicom::Uid> classes;
    std::vector<dicom::Uid> syntaxes;
    auto const add = [&syntaxes](dicom::Uid const& syntax) {
        if (std::find(syntaxes.begin(), syntaxes.end(), syntax) == syntaxes.end())
            syntaxes.push_back(syntax);
    };
    for (PlannedImage const& image : series.images) {
        classes.insert(image.sopClass);
        if (auto const known = dicom::Uid::fromPeer(image.transferSyntax))
            add(*known);
    }
    for (auto const syntax : transferSyntaxes)
        add(dicom::Uid::ofKnown(syntax));
    std::vector<dicom::ProposedContext> contexts{
        {dicom::Uid::ofKnown(dicom::sop::studyRootGet),
         {dicom::Uid::ofKnown(dicom::transfer::explicitLittle), dicom::Uid::ofKnown(dicom::transfer::implicitLittle)},
         false}};
    // By likelihood over all classes: with many classes the rare encodings fall out, never a class.
    for (auto const& syntax : syntaxes)
        for (auto const& sopClass : classes)
            if (contexts.size() < maximumContexts)
                contexts.push_back({sopClass, {syntax}, true});
    return contexts;
}

} // namespace qianli::viewer
