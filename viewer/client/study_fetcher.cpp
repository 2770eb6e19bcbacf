#include "viewer/client/study_fetcher.h"

#include "common/base/file.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "viewer/i18n/language.h"

#include <fcntl.h>
#include <map>
#include <set>
#include <string_view>

namespace qianli::viewer {

namespace {
constexpr std::uint32_t sopClassKey = 0x00080016, sopInstanceKey = 0x00080018, levelKey = 0x00080052,
                        studyKey = 0x0020000D, seriesKey = 0x0020000E, seriesNumberKey = 0x00200011,
                        modalityKey = 0x00080060, seriesCountKey = 0x00201209, availableTransferKey = 0x00083002;
constexpr std::size_t maximumAnswers = 100'000;
constexpr std::size_t maximumContexts = 120; // of 128 in an association (PS3.8 9.3.2.2)

// What a gateway may hold, most likely first. A context for each: what is stored is sent as it is.
constexpr std::string_view transferSyntaxes[] = {
    "1.2.840.10008.1.2.1",     "1.2.840.10008.1.2",       "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.80",  "1.2.840.10008.1.2.4.50",  "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.51",  "1.2.840.10008.1.2.4.57",  "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.4.92",  "1.2.840.10008.1.2.4.93",  "1.2.840.10008.1.2.8.1",  "1.2.840.10008.1.2.4.100",
    "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.103", "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"};

class FileSink final : public dicom::ObjectSink {
public:
    FileSink(std::filesystem::path folder, std::function<void(std::filesystem::path const&)> arrived)
        : folder_(std::move(folder)), arrived_(std::move(arrived))
    {
    }

    std::uint16_t begin(dicom::Uid const& sopClass, dicom::Uid const& sopInstance,
                        dicom::Uid const& transferSyntax) override
    {
        // Named by ourselves: a UID from the wire never becomes a path.
        path_ = folder_ / (dicom::Uid::derivedFrom(sopInstance.value()).value() + ".dcm");
        part_ = path_.string() + ".part";
        auto opened = openFile(part_, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (!opened)
            return outOfResources;
        file_ = std::move(*opened);
        std::string const meta = dicom::encodeFileMeta({sopClass, sopInstance, transferSyntax, {}});
        return append(std::span(reinterpret_cast<std::uint8_t const*>(meta.data()), meta.size()));
    }

    std::uint16_t append(std::span<std::uint8_t const> bytes) override
    {
        return writeAll(file_.get(), bytes) ? 0 : outOfResources;
    }

    std::uint16_t end() override
    {
        if (!file_.close())
            return outOfResources;
        std::error_code error;
        std::filesystem::rename(part_, path_, error);
        if (error)
            return outOfResources;
        arrived_(path_);
        return 0;
    }

private:
    static constexpr std::uint16_t outOfResources = 0xA700;
    std::filesystem::path folder_, path_, part_;
    FileDescriptor file_;
    std::function<void(std::filesystem::path const&)> arrived_;
};

std::string valueOf(dicom::Identifier const& identifier, std::uint32_t key)
{
    auto const found = identifier.find(key);
    return found == identifier.end() ? std::string() : found->second;
}
} // namespace

dicom::Destination dicomDestination(Session const& session)
{
    dicom::Destination destination;
    destination.host = session.host;
    destination.port = session.dicomPort;
    destination.calledAe = session.aeTitle;
    destination.callingAe = "QIANLI_VIEWER";
    destination.userIdentity = session.token;
    return destination;
}

struct StudyFetcher::Plan {
    struct OneSeries {
        std::string uid;
        int number = 0;
        int images = 0;
        std::set<dicom::Uid> classes;
        std::set<std::string> transferSyntaxes;
        bool done = false;
    };
    std::vector<OneSeries> series;
};

StudyFetcher::StudyFetcher(Session session, std::string studyUid, std::filesystem::path folder, QObject* parent)
    : QObject(parent), session_(std::move(session)), studyUid_(std::move(studyUid)), folder_(std::move(folder))
{
    qRegisterMetaType<qianli::Error>();
}

StudyFetcher::~StudyFetcher()
{
    cancelled_ = true;
    if (thread_.joinable())
        thread_.join();
}

void StudyFetcher::start()
{
    if (!thread_.joinable())
        thread_ = std::thread([this] { run(); });
}

void StudyFetcher::prefer(std::string const& seriesUid)
{
    std::lock_guard const lock(mutex_);
    preferred_ = seriesUid;
}

void StudyFetcher::run()
{
    auto done = fetch();
    emit finished(done.has_value(), done ? Error{} : done.error());
}

Result<void> StudyFetcher::fetch()
{
    QIANLI_TRY(createDirectoryDurably(folder_));
    QIANLI_ASSIGN(Plan work, plan());
    for (std::size_t index = nextSeries(work); index < work.series.size() && !cancelled_; index = nextSeries(work)) {
        QIANLI_TRY(fetchSeries(work, index));
        work.series[index].done = true;
    }
    if (cancelled_)
        return fail(ErrorCode::Cancelled, "");
    if (arrived_ < expected_)
        return fail(ErrorCode::Unavailable,
                    say("只收到 %1/%2 幅图像", "only %1 of %2 images came").arg(arrived_).arg(expected_).toStdString());
    return {};
}

// One query at image level says how many images there are, of which classes, in which series.
Result<StudyFetcher::Plan> StudyFetcher::plan()
{
    auto const model = dicom::Uid::ofKnown(dicom::sop::studyRootFind);
    std::vector<dicom::ProposedContext> const contexts{
        {model,
         {dicom::Uid::ofKnown(dicom::transfer::explicitLittle), dicom::Uid::ofKnown(dicom::transfer::implicitLittle)},
         false}};
    QIANLI_ASSIGN(auto const client, dicom::DicomClient::connect(dicomDestination(session_), contexts));
    QIANLI_ASSIGN(auto const seriesAnswers,
                  client->find(model,
                               {{levelKey, "SERIES"}, {studyKey, studyUid_}, {seriesKey, ""}, {seriesNumberKey, ""}},
                               maximumAnswers));
    Plan result;
    for (auto const& answer : seriesAnswers) {
        Plan::OneSeries series;
        series.uid = valueOf(answer, seriesKey);
        series.number = QString::fromStdString(valueOf(answer, seriesNumberKey)).trimmed().toInt();
        if (series.uid.empty() || cancelled_)
            continue;
        QIANLI_ASSIGN(auto const images, client->find(model,
                                                      {{levelKey, "IMAGE"},
                                                       {studyKey, studyUid_},
                                                       {seriesKey, series.uid},
                                                       {sopClassKey, ""},
                                                       {sopInstanceKey, ""},
                                                       {availableTransferKey, ""}},
                                                      maximumAnswers));
        for (auto const& image : images) {
            auto const sopClass = dicom::Uid::fromPeer(valueOf(image, sopClassKey));
            if (!sopClass || !dicom::isImageStorage(*sopClass))
                continue;
            series.classes.insert(*sopClass);
            ++series.images;
            if (auto const syntax = valueOf(image, availableTransferKey); !syntax.empty())
                series.transferSyntaxes.insert(syntax);
        }
        expected_ += series.images;
        if (series.images > 0)
            result.series.push_back(std::move(series));
    }
    (void)client->release();
    std::stable_sort(result.series.begin(), result.series.end(),
                     [](auto const& left, auto const& right) { return left.number < right.number; });
    emit progressed(0, expected_);
    if (result.series.empty() && !cancelled_)
        return fail(ErrorCode::NotFound,
                    say("网关上没有这个检查的图像", "the gateway has no images of this study").toStdString());
    return result;
}

std::size_t StudyFetcher::nextSeries(Plan const& plan)
{
    std::lock_guard const lock(mutex_);
    std::size_t first = plan.series.size();
    for (std::size_t index = plan.series.size(); index-- > 0;) {
        if (plan.series[index].done)
            continue;
        if (plan.series[index].uid == preferred_)
            return index;
        first = index;
    }
    return first;
}

Result<void> StudyFetcher::fetchSeries(Plan& plan, std::size_t index)
{
    Plan::OneSeries const& series = plan.series[index];
    auto const model = dicom::Uid::ofKnown(dicom::sop::studyRootGet);
    auto const explicitLittle = dicom::Uid::ofKnown(dicom::transfer::explicitLittle);
    std::vector<dicom::ProposedContext> contexts{
        {model, {explicitLittle, dicom::Uid::ofKnown(dicom::transfer::implicitLittle)}, false}};
    std::vector<dicom::Uid> syntaxes;
    for (auto const& syntax : series.transferSyntaxes)
        if (auto known = dicom::Uid::fromPeer(syntax))
            syntaxes.push_back(*known);
    for (auto const syntax : transferSyntaxes)
        if (auto const known = dicom::Uid::ofKnown(syntax);
            std::find(syntaxes.begin(), syntaxes.end(), known) == syntaxes.end())
            syntaxes.push_back(known);
    // By likelihood over all classes: with many classes the rare encodings fall out, never a class.
    for (auto const& syntax : syntaxes)
        for (auto const& sopClass : series.classes)
            if (contexts.size() < maximumContexts)
                contexts.push_back({sopClass, {syntax}, true});
    QIANLI_ASSIGN(auto const client, dicom::DicomClient::connect(dicomDestination(session_), contexts));
    FileSink sink(folder_, [this](std::filesystem::path const& path) {
        ++arrived_;
        emit fileArrived(QString::fromStdString(path.string()));
        emit progressed(arrived_, expected_);
    });
    QIANLI_ASSIGN(auto const summary,
                  client->get(model, {{levelKey, "SERIES"}, {studyKey, studyUid_}, {seriesKey, series.uid}}, sink,
                              [this] { return !cancelled_.load(); }));
    (void)client->release();
    if (summary.failed > 0 && !cancelled_)
        return fail(ErrorCode::Unavailable, say("%1 幅图像没有传来：%2", "%1 images did not come: %2")
                                                .arg(summary.failed)
                                                .arg(QString::fromStdString(summary.comment))
                                                .toStdString());
    if (summary.status != 0 && (summary.status & 0xF000) != 0xB000 && !cancelled_)
        return fail(ErrorCode::Unavailable,
                    say("网关拒绝传送图像 (%1H)：%2", "the gateway refused to send the images (%1H): %2")
                        .arg(summary.status, 4, 16, QLatin1Char('0'))
                        .arg(QString::fromStdString(summary.comment))
                        .toStdString());
    return {};
}

} // namespace qianli::viewer
