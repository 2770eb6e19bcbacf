#include "tests/report/sample_report.h"

#include "common/base/file.h"
#include "viewer/report/encapsulated_pdf.h"
#include "viewer/report/structured_report.h"

#include <QPainter>
#include <QRadialGradient>

#include <stdexcept>

namespace qianli::test {

namespace {

template <typename T>
T required(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().message);
    return *std::move(result);
}

void required(Result<void> result)
{
    if (!result)
        throw std::runtime_error(result.error().message);
}

std::string makeBox(crypto::CertificateAuthority& authority)
{
    auto const request = required(crypto::makeKeyRequest("wangmin", pin));
    auto const certificate = required(authority.issue(request.requestPem, "wangmin", "王敏"));
    return required(crypto::makePkcs12(request, certificate, authority.certificatePem(), pin));
}

} // namespace

TimePoint sampleTime()
{
    return required(parseIso8601("2026-04-15T06:05:09.250Z"));
}

model::Report sampleReport()
{
    model::Report report;
    model::ReportSubject& subject = report.subject;
    subject.studyUid = "1.2.826.0.1.3680043.10.1500.1";
    subject.patientName = "Ouyang^Qing=欧阳^清";
    subject.patientId = "PZ20260415007";
    subject.sex = "F";
    subject.birthDate = "19610307";
    subject.age = "065Y";
    subject.accessionNumber = "A2604150031";
    subject.studyId = "CT0031";
    subject.studyDate = "20260415";
    subject.studyTime = "131422";
    subject.studyDescription = "胸部CT平扫";
    subject.modality = "CT";
    subject.bodyPart = "CHEST";
    subject.referringPhysician = "李医生";
    subject.site = model::SiteId{"puzi"};
    subject.siteName = "普子乡卫生院";
    report.text.findings = "双侧胸廓对称。右肺上叶尖段见一磨玻璃结节，大小约8mm×6mm，边界清楚，未见明显分叶及毛刺；余肺"
                           "野内未见异常密度影。\n"
                           "气管及主要支气管通畅。纵隔内未见肿大淋巴结。心影大小、形态未见异常，主动脉壁见钙化。\n双侧"
                           "胸腔未见积液，胸膜无增厚。";
    report.text.impression = "1. 右肺上叶磨玻璃结节，建议随访。\n2. 主动脉硬化。";
    report.text.recommendation = "3个月后复查胸部CT薄层扫描；必要时专科门诊就诊。";
    report.method = "螺旋扫描，层厚5mm，肺窗及纵隔窗重建。";
    report.hospital = "云阳县人民医院";
    report.author = "王敏";
    report.authorLogin = "wangmin";
    report.writtenAt = sampleTime();
    report.signedAt = sampleTime();
    for (int i = 1; i <= 3; ++i)
        report.evidence.push_back({subject.studyUid, "1.2.826.0.1.3680043.10.1500.2", "1.2.840.10008.5.1.4.1.1.2",
                                   "1.2.826.0.1.3680043.10.1500.2." + std::to_string(i), 0});
    report.keyImages.push_back(report.evidence[1]);
    report.srUid = "2.25.305828488182831875890203105390285383139";
    report.srSeriesUid = "2.25.305828488182831875890203105390285383140";
    report.pdfUid = "2.25.305828488182831875890203105390285383141";
    report.pdfSeriesUid = "2.25.305828488182831875890203105390285383142";
    return report;
}

std::string longFindings()
{
    std::string text;
    for (int i = 1; i <= 40; ++i)
        text += "第" + std::to_string(i) +
                "段：双侧胸廓对称，气管居中，双肺纹理清晰，走行自然，肺野内未见明显异常密度影；双肺门影不大，纵隔居中，"
                "心影大小形态正常。\n";
    return text;
}

std::vector<viewer::KeyImage> sampleKeyImages(int count)
{
    std::vector<viewer::KeyImage> images;
    for (int i = 0; i < count; ++i) {
        QImage picture(512, 512, QImage::Format_Grayscale8);
        picture.fill(Qt::black);
        QPainter painter(&picture);
        QRadialGradient gradient(256, 256, 220, 200 + 30 * i, 240);
        gradient.setColorAt(0, QColor(210, 210, 210));
        gradient.setColorAt(1, QColor(30, 30, 30));
        painter.setBrush(gradient);
        painter.drawEllipse(QPoint(256, 256), 230, 180);
        images.push_back({picture, "序列 2　图像 " + std::to_string(40 + i) + "　肺窗"});
    }
    return images;
}

crypto::Trust Signers::trust() const
{
    return {{authority.certificatePem()}, {required(authority.revocationListPem())}};
}

Signers::Signers()
    : authority(required(crypto::CertificateAuthority::open(folder / "ca", clock))), pkcs12(makeBox(authority)),
      key(required(crypto::SigningKey::fromPkcs12(pkcs12, pin)))
{
}

Signers& signers()
{
    static Signers made;
    return made;
}

std::string signedStructuredReport(model::Report const& report)
{
    TemporaryFolder const folder;
    required(viewer::writeStructuredReport(report, folder / "sr.dcm"));
    required(crypto::signReportFile(folder / "sr.dcm", signers().key, report.signedAt));
    return readAll(folder / "sr.dcm");
}

std::string signedPdfObject(model::Report const& report, std::vector<viewer::KeyImage> const& keyImages)
{
    TemporaryFolder const folder;
    required(viewer::writeReportPdf(report, keyImages, folder / "report.pdf"));
    required(viewer::writeEncapsulatedPdf(report, folder / "report.pdf", folder / "pdf.dcm"));
    required(crypto::signReportFile(folder / "pdf.dcm", signers().key, report.signedAt));
    return readAll(folder / "pdf.dcm");
}

std::string readAll(std::filesystem::path const& path)
{
    return required(readFile(path, 64 << 20));
}

void writeAll(std::filesystem::path const& path, std::string const& bytes)
{
    required(writeFileDurably(path, bytes));
}

} // namespace qianli::test
