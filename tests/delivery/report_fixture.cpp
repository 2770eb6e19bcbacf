#include "tests/delivery/report_fixture.h"

#include "common/base/file.h"
#include "common/dicom/part10.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <fcntl.h>
#include <future>
#include <map>
#include <thread>

namespace qianli::test {

namespace {

constexpr char pin[] = "246810";

void writeImage(std::filesystem::path const& path, std::string const& studyUid, std::string const& sopInstance,
                std::string const& sex)
{
    DcmFileFormat format;
    auto& dataset = *format.getDataset();
    std::pair<DcmTagKey, std::string> const values[] = {
        {DCM_SpecificCharacterSet, "ISO_IR 192"},
        {DCM_SOPClassUID, UID_CTImageStorage},
        {DCM_SOPInstanceUID, sopInstance},
        {DCM_StudyInstanceUID, studyUid},
        {DCM_SeriesInstanceUID, studyUid + ".1"},
        {DCM_PatientName, "Ouyang^Qing=欧阳^清"},
        {DCM_PatientID, "PZ20260415007"},
        {DCM_PatientSex, sex},
        {DCM_PatientBirthDate, "19610307"},
        {DCM_StudyDate, "20261122"},
        {DCM_StudyTime, "115500"},
        {DCM_Modality, "CT"},
    };
    for (auto const& [tag, value] : values)
        REQUIRE(dataset.putAndInsertString(tag, value.c_str()).good());
    REQUIRE(format.saveFile(path.c_str(), EXS_LittleEndianExplicit).good());
}

// RSA keys take their time: one key a person in a run; certificates are each fixture's own.
crypto::KeyRequest const& keyRequestOf(std::string const& person)
{
    static std::map<std::string, crypto::KeyRequest> made;
    if (!made.contains(person))
        made.emplace(person, need(crypto::makeKeyRequest(person, pin)));
    return made.at(person);
}

// The same for the authority: each fixture has a copy of its own.
crypto::CertificateAuthority authorityIn(std::filesystem::path const& folder, Clock const& clock)
{
    static TemporaryFolder const made;
    if (!std::filesystem::exists(made / "keys"))
        need(crypto::CertificateAuthority::open(made / "keys", clock));
    std::filesystem::copy(made / "keys", folder);
    return need(crypto::CertificateAuthority::open(folder, clock));
}

} // namespace

ReportFixture::ReportFixture() : authority(authorityIn(folder / "keys", clock))
{
    store = need(gateway::BlobStore::open(folder / "archive"));
    gateway::IngestSettings settings;
    settings.diskReserveBytes = 0;
    ingest = need(gateway::Ingest::start(*store, *index, clock, settings));
    issuer.emplace(*workflow, *index, *store, certificates);
}

ReportFixture::~ReportFixture()
{
    CHECK(ingest->stop());
}

Result<gateway::StoreOutcome> ReportFixture::receive(gateway::Sender const& sender, std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const layout, dicom::readPart10Layout(file));
    QIANLI_ASSIGN(auto const bytes, readFile(file, 64 << 20));
    QIANLI_ASSIGN(auto reception, ingest->begin(sender, {layout.meta.sopClassUid, layout.meta.sopInstanceUid,
                                                         layout.meta.transferSyntaxUid}));
    auto const dataSet = std::string_view(bytes).substr(layout.dataSetOffset);
    QIANLI_TRY(reception->append({reinterpret_cast<std::uint8_t const*>(dataSet.data()), dataSet.size()}));
    std::promise<Result<gateway::StoreOutcome>> done;
    reception->finish([&](Result<gateway::StoreOutcome> outcome) { done.set_value(std::move(outcome)); });
    return done.get_future().get();
}

Result<gateway::StoreOutcome> ReportFixture::receiveFromStation(std::string const& person,
                                                                std::filesystem::path const& file)
{
    gateway::Sender sender;
    sender.origin = gateway::Origin::Station;
    sender.seesAll = true;
    sender.person = person;
    sender.callingAe = "STATION";
    return receive(sender, file);
}

void ReportFixture::receiveImage(std::string const& studyUid, std::string const& sopInstance, std::string const& sex)
{
    auto const image = folder / "image.dcm";
    writeImage(image, studyUid, sopInstance, sex);
    gateway::Sender sender;
    sender.site = {"puzi"};
    sender.callingAe = "PUZI_CT";
    need(receive(sender, image));
    follow();
}

model::ReadingTask ReportFixture::study(std::string const& studyUid)
{
    receiveImage(studyUid, studyUid + ".9", "F");
    return need(workflow->tasks().claim(task(studyUid).id, user("wangmin")));
}

model::Report ReportFixture::reportOf(model::ReadingTask const& task) const
{
    model::Report report;
    auto& subject = report.subject;
    subject.studyUid = task.studyUid;
    subject.patientName = task.patientName;
    subject.patientId = task.patientId;
    subject.sex = task.sex;
    subject.birthDate = task.birthDate;
    subject.age = "065Y";
    subject.studyDate = task.studyDate;
    subject.studyTime = task.studyTime;
    subject.modality = "CT";
    subject.site = task.site;
    subject.siteName = task.siteName;
    report.text = {"双肺纹理清晰。", "未见异常。", "定期复查。"};
    report.method = "螺旋扫描";
    report.hospital = "县医院";
    report.author = "王敏";
    report.authorLogin = "wangmin";
    report.writtenAt = clock.now();
    report.signedAt = clock.now();
    report.evidence.push_back(
        {task.studyUid, task.studyUid + ".1", "1.2.840.10008.5.1.4.1.1.2", task.studyUid + ".9", 0});
    viewer::fixReportUids(report);
    return report;
}

crypto::SigningKey const& ReportFixture::keyOf(std::string const& person)
{
    static std::map<std::pair<std::string, std::string>, crypto::SigningKey> made;
    auto const owner = std::pair(folder.path().string(), person);
    if (auto const found = made.find(owner); found != made.end())
        return found->second;
    auto const& request = keyRequestOf(person);
    auto const certificate = need(authority.issue(request.requestPem, person, user(person).displayName));
    auto const box = need(crypto::makePkcs12(request, certificate, authority.certificatePem(), pin));
    return made.emplace(owner, need(crypto::SigningKey::fromPkcs12(box, pin))).first->second;
}

viewer::ReportFiles ReportFixture::write(model::Report const& report, std::string const& signer)
{
    auto const place = folder / ("report" + std::to_string(++files_));
    return need(viewer::writeReportFiles(report, {}, keyOf(signer), report.signedAt, place));
}

Result<model::ReadingTask> ReportFixture::issueOf(model::ReadingTask const& task, model::Report const& report,
                                                  std::string const& person)
{
    return issuer->issue(task.id, user(person), report.srUid, report.pdfUid);
}

model::ReadingTask ReportFixture::issuedTask(std::string const& studyUid)
{
    auto const claimed = study(studyUid);
    auto const report = reportOf(claimed);
    auto const files = write(report);
    need(receiveFromStation("wangmin", files.structuredReport));
    need(receiveFromStation("wangmin", files.encapsulatedPdf));
    return need(issueOf(claimed, report));
}

bool ReportFixture::siteSees(std::string const& sopInstance)
{
    gateway::Query query;
    query.level = gateway::Level::Image;
    query.matches.push_back({gateway::Match::Kind::UidList, {0x0008, 0x0018}, {sopInstance}});
    gateway::Scope scope;
    scope.sites = {{"puzi"}};
    return !need(index->instances(scope, query)).empty();
}

bool eventually(std::function<bool()> const& isSo)
{
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < end) {
        if (isSo())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

} // namespace qianli::test
