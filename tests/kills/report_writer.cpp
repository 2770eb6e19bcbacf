#include "tests/kills/report_writer.h"

#include "common/base/file.h"
#include "common/crypto/certificate_authority.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "common/model/json.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

namespace qianli::test {

namespace {

constexpr char pin[] = "246810";

std::string taskPath(model::TaskId task)
{
    return "/api/v1/tasks/" + std::to_string(task);
}

} // namespace

ReportWriter::ReportWriter(GatewayProgram const& gateway, std::string const& user, std::string const& password)
    : gateway_(gateway), user_(user)
{
    auto const session = call("POST", "/api/v1/session", {{"user", user}, {"password", password}});
    REQUIRE(session.status == 200);
    auto const json = nlohmann::json::parse(session.body);
    token_ = json.at("token");
    displayName_ = json.at("user").at("displayName");
    auto const request = crypto::makeKeyRequest(user, pin).value();
    auto const issued = call("POST", "/api/v1/certificate", {{"request", request.requestPem}});
    REQUIRE(issued.status == 200);
    auto const certificates = nlohmann::json::parse(issued.body);
    auto const box = crypto::makePkcs12(request, certificates.at("certificate").get<std::string>(),
                                        certificates.at("authority").get<std::string>(), pin);
    key_ = crypto::SigningKey::fromPkcs12(box.value(), pin).value();
}

ReportWriter::Answer ReportWriter::call(std::string const& method, std::string const& path,
                                        nlohmann::json const& body) const
{
    std::vector<std::string> command{"curl", "-s", "-m", "30", "-X", method, "-w", "\n%{http_code}"};
    if (!token_.empty())
        command.insert(command.end(), {"-H", "Authorization: Bearer " + token_});
    if (!body.is_null())
        command.insert(command.end(), {"-d", body.dump()});
    command.push_back(gateway_.httpAddress() + path);
    auto const answered = run(command);
    auto const line = answered.output.rfind('\n');
    if (line == std::string::npos)
        return {};
    return {std::stoi(answered.output.substr(line + 1)), answered.output.substr(0, line)};
}

std::vector<model::ReadingTask> ReportWriter::tasks(std::string const& state) const
{
    auto const answer = call("GET", "/api/v1/tasks?state=" + state);
    REQUIRE(answer.status == 200);
    std::vector<model::ReadingTask> list;
    auto const document = nlohmann::json::parse(answer.body);
    for (auto const& one : document.at("tasks"))
        list.push_back(model::readingTaskFromJson(one).value());
    return list;
}

bool ReportWriter::claim(model::TaskId task) const
{
    return call("POST", taskPath(task) + "/claim").status == 200;
}

std::optional<std::int64_t> ReportWriter::saveDraft(model::TaskId task, std::string const& findings,
                                                    std::int64_t basedOn) const
{
    auto const answer = call("PUT", taskPath(task) + "/draft",
                             {{"text", model::toJson(model::ReportText{findings, "", ""})}, {"revision", basedOn}});
    if (answer.status != 200)
        return std::nullopt;
    return nlohmann::json::parse(answer.body).at("revision").get<std::int64_t>();
}

std::optional<ReportWriter::StoredDraft> ReportWriter::draft(model::TaskId task) const
{
    auto const answer = call("GET", taskPath(task) + "/draft");
    if (answer.status != 200)
        return std::nullopt;
    auto const json = nlohmann::json::parse(answer.body);
    return StoredDraft{model::reportTextFromJson(json.at("text")).value().findings,
                       json.at("revision").get<std::int64_t>()};
}

std::string ReportWriter::stateOf(model::TaskId task) const
{
    auto const answer = call("GET", taskPath(task));
    return answer.status == 200 ? nlohmann::json::parse(answer.body).at("state").get<std::string>() : "";
}

SignedReport ReportWriter::write(model::ReadingTask const& task)
{
    REQUIRE(claim(task.id));
    model::Report report;
    auto& subject = report.subject;
    subject.studyUid = task.studyUid;
    subject.patientName = task.patientName;
    subject.patientId = task.patientId;
    subject.sex = task.sex;
    subject.birthDate = task.birthDate;
    subject.studyDate = task.studyDate;
    subject.studyTime = task.studyTime;
    subject.modality = task.modalities;
    subject.site = task.site;
    subject.siteName = task.siteName;
    report.text = {"双肺纹理清晰。", "未见异常。", "定期复查。"};
    report.hospital = "县医院";
    report.author = displayName_;
    report.authorLogin = user_;
    report.writtenAt = report.signedAt = SystemClock().now();
    report.evidence.push_back(
        {task.studyUid, task.studyUid + ".1", "1.2.840.10008.5.1.4.1.1.1.1", task.studyUid + ".1.1", 0});
    viewer::fixReportUids(report);
    auto const folder = gateway_.folder() / ("report-" + std::to_string(task.id));
    auto files = viewer::writeReportFiles(report, {}, *key_, report.signedAt, folder);
    INFO((files ? "" : files.error().message));
    REQUIRE(files);
    return {task.id, task.studyUid, report.srUid, report.pdfUid, *std::move(files)};
}

bool ReportWriter::store(std::filesystem::path const& file) const
{
    auto const layout = dicom::readPart10Layout(file).value();
    auto const bytes = openFile(file, O_RDONLY).value();
    dicom::Destination destination;
    destination.host = "127.0.0.1";
    destination.port = static_cast<std::uint16_t>(std::stoi(gateway_.dicomPort()));
    destination.calledAe = "QIANLI";
    destination.callingAe = "STATION";
    destination.userIdentity = token_;
    auto const client =
        dicom::DicomClient::connect(destination, {{layout.meta.sopClassUid, {layout.meta.transferSyntaxUid}, false}});
    if (!client)
        return false;
    dicom::OutgoingObject object;
    object.sopClass = layout.meta.sopClassUid;
    object.sopInstance = layout.meta.sopInstanceUid;
    object.transferSyntax = layout.meta.transferSyntaxUid;
    object.descriptor = bytes.get();
    object.dataSetOffset = layout.dataSetOffset;
    object.dataSetLength = layout.fileSize - layout.dataSetOffset;
    auto const answer = (*client)->store(object);
    return answer && answer->isSuccess();
}

bool ReportWriter::issue(SignedReport const& report) const
{
    return call("POST", taskPath(report.task) + "/issue", {{"srUid", report.srUid}, {"pdfUid", report.pdfUid}})
               .status == 200;
}

bool ReportWriter::handOver(SignedReport const& report) const
{
    return store(report.files.structuredReport) && store(report.files.encapsulatedPdf) && issue(report);
}

} // namespace qianli::test
