#include "viewer/client/study_fetcher.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "viewer/client/study_plan.h"
#include "viewer/i18n/language.h"

#include <fcntl.h>

namespace qianli::viewer {

namespace {
constexpr std::uint32_t sopInstanceKey = 0x00080018, levelKey = 0x00080052, seriesKey = 0x0020000E;
constexpr std::size_t associations = 3;
// The first picture alone, so that nothing stands before it; then enough that a long way costs little, and little
// enough that a change of what is looked at is soon followed.
constexpr std::size_t firstRequest = 1, laterRequest = 8;
constexpr int mostFailures = 4; // of one thread, without an image between them

class FileSink final : public dicom::ObjectSink {
public:
    FileSink(std::filesystem::path folder, std::function<void(dicom::Uid const&, std::filesystem::path const&)> arrived)
        : folder_(std::move(folder)), arrived_(std::move(arrived))
    {
    }

    std::uint16_t begin(dicom::Uid const& sopClass, dicom::Uid const& sopInstance,
                        dicom::Uid const& transferSyntax) override
    {
        sopInstance_ = sopInstance;
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
        arrived_(sopInstance_, path_);
        return 0;
    }

private:
    static constexpr std::uint16_t outOfResources = 0xA700;
    std::filesystem::path folder_, path_, part_;
    dicom::Uid sopInstance_;
    FileDescriptor file_;
    std::function<void(dicom::Uid const&, std::filesystem::path const&)> arrived_;
};

// Why images did not come although the gateway answered; nothing when all was well.
std::optional<Error> problemOf(dicom::RetrieveSummary const& summary)
{
    QString const comment = inReadersWords(summary.comment);
    if (summary.failed > 0)
        return Error{
            ErrorCode::Unavailable,
            say("%1 幅图像没有传来：%2", "%1 images did not come: %2").arg(summary.failed).arg(comment).toStdString()};
    if (summary.status != 0 && (summary.status & 0xF000) != 0xB000)
        return Error{ErrorCode::Unavailable,
                     say("网关拒绝传送图像 (%1H)：%2", "the gateway refused to send the images (%1H): %2")
                         .arg(summary.status, 4, 16, QLatin1Char('0'))
                         .arg(comment)
                         .toStdString()};
    return {};
}
} // namespace

dicom::Destination dicomDestination(Session const& session)
{
    dicom::Destination destination;
    destination.host = session.host;
    destination.port = session.tls ? session.dicomTlsPort : session.dicomPort;
    destination.tls = session.tls;
    destination.calledAe = session.aeTitle;
    destination.callingAe = "QIANLI_VIEWER";
    destination.userIdentity = session.token;
    return destination;
}

// An association of one thread, made for images such as those of a series; good for others that need no more.
struct StudyFetcher::Connection {
    std::unique_ptr<dicom::DicomClient> client;
    std::size_t madeFor = 0;

    bool takes(PlannedSeries const& series, FetchQueue::Request const& request) const
    {
        if (!client)
            return false;
        return request.series == madeFor ||
               std::all_of(request.images.begin(), request.images.end(), [&](std::size_t index) {
                   PlannedImage const& image = series.images[index];
                   auto const syntax = dicom::Uid::fromPeer(image.transferSyntax);
                   return syntax && client->accepts(image.sopClass, *syntax);
               });
    }
};

StudyFetcher::StudyFetcher(Session session, WantedStudy study, std::filesystem::path folder, std::set<std::string> here,
                           QObject* parent)
    : QObject(parent), session_(std::move(session)), study_(std::move(study)), here_(std::move(here)),
      folder_(std::move(folder))
{
    qRegisterMetaType<qianli::Error>();
}

StudyFetcher::~StudyFetcher()
{
    cancel();
    if (thread_.joinable())
        thread_.join();
}

void StudyFetcher::start()
{
    if (!thread_.joinable())
        thread_ = std::thread([this] { run(); });
}

void StudyFetcher::cancel()
{
    cancelled_ = true;
    changed_.notify_all();
}

void StudyFetcher::look(std::string const& seriesUid, std::string const& sopInstanceUid)
{
    std::lock_guard const lock(mutex_);
    lookedSeries_ = seriesUid;
    lookedInstance_ = sopInstanceUid;
    if (queue_)
        queue_->look(seriesUid, sopInstanceUid);
}

void StudyFetcher::run()
{
    auto done = fetch();
    emit finished(done.has_value(), done ? Error{} : done.error());
}

dicom::Destination StudyFetcher::destination() const
{
    auto destination = dicomDestination(session_);
    destination.givesUp = [this] { return cancelled_.load(); };
    return destination;
}

Result<void> StudyFetcher::fetch()
{
    QIANLI_TRY(createDirectoryDurably(folder_));
    auto plan = planStudy(destination(), study_, [this] { return cancelled_.load(); });
    if (cancelled_)
        return fail(ErrorCode::Cancelled, "");
    if (!plan)
        return tl::unexpected(std::move(plan).error());
    std::size_t expected = 0, had = 0;
    {
        std::lock_guard const lock(mutex_);
        queue_.emplace(*std::move(plan));
        for (std::string const& uid : here_)
            queue_->arrived(uid);
        if (!lookedSeries_.empty())
            queue_->look(lookedSeries_, lookedInstance_);
        had = queue_->count();
        expected = queue_->size();
    }
    emit progressed(static_cast<int>(had), static_cast<int>(expected));
    std::vector<std::thread> threads;
    for (std::size_t index = 1; index < std::min(associations, expected); ++index)
        threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads)
        thread.join();
    if (cancelled_)
        return fail(ErrorCode::Cancelled, "");
    if (queue_->count() == expected)
        return {};
    if (problem_)
        return tl::unexpected(*problem_);
    return fail(
        ErrorCode::Unavailable,
        say("只收到 %1/%2 幅图像", "only %1 of %2 images came").arg(queue_->count()).arg(expected).toStdString());
}

std::optional<FetchQueue::Request> StudyFetcher::nextRequest(std::size_t most)
{
    std::unique_lock lock(mutex_);
    while (!cancelled_) {
        if (auto request = queue_->take(most))
            return request;
        if (queue_->isSettled())
            return {};
        // What is with the others may come back.
        changed_.wait_for(lock, std::chrono::milliseconds(200));
    }
    return {};
}

// One thread with one association. It gives up when the gateway can't be reached again and again; what it had asked
// for is then the others'.
void StudyFetcher::work()
{
    Connection connection;
    std::size_t most = firstRequest;
    for (int failures = 0; auto const request = nextRequest(most);) {
        most = laterRequest;
        auto const before = [this] {
            std::lock_guard const lock(mutex_);
            return queue_->count();
        }();
        auto const summary = ask(connection, *request);
        bool const refused = !summary && summary.error().code == ErrorCode::Refused;
        std::optional<Error> const problem = summary ? problemOf(*summary) : std::optional(summary.error());
        {
            std::lock_guard const lock(mutex_);
            queue_->giveBack(*request, summary.has_value());
            failures = !summary && queue_->count() == before ? failures + 1 : 0;
            if (problem)
                problem_ = problem;
        }
        changed_.notify_all();
        if (problem)
            connection.client.reset(); // and the next one is made for the very series that is asked for
        if (refused || failures >= mostFailures)
            break;
        if (failures > 0)
            pause(std::chrono::milliseconds(250) * (1 << failures));
    }
    if (connection.client && !cancelled_)
        (void)connection.client->release();
}

Result<dicom::RetrieveSummary> StudyFetcher::ask(Connection& connection, FetchQueue::Request const& request)
{
    PlannedSeries const& series = queue_->series(request.series); // never changed after the plan
    if (!connection.takes(series, request)) {
        if (connection.client)
            (void)connection.client->release();
        connection.client.reset();
        QIANLI_ASSIGN(connection.client, dicom::DicomClient::connect(destination(), contextsFor(series)));
        connection.madeFor = request.series;
    }
    std::vector<std::string> uids;
    for (std::size_t const image : request.images)
        uids.push_back(series.images[image].sopInstance.value());
    FileSink sink(folder_, [this](dicom::Uid const& sopInstance, std::filesystem::path const& file) {
        arrived(sopInstance, file);
    });
    dicom::Identifier identifier{
        {levelKey, "IMAGE"}, {seriesKey, series.uid}, {sopInstanceKey, text::join(uids, "\\")}};
    nameStudy(identifier, study_);
    return connection.client->get(dicom::Uid::ofKnown(dicom::sop::studyRootGet), identifier, sink,
                                  [this] { return !cancelled_.load(); });
}

void StudyFetcher::arrived(dicom::Uid const& sopInstance, std::filesystem::path const& file)
{
    {
        std::lock_guard const lock(mutex_);
        if (!queue_->arrived(sopInstance.value()))
            return;
        emit progressed(static_cast<int>(queue_->count()), static_cast<int>(queue_->size()));
    }
    emit fileArrived(QString::fromStdString(file.string()));
}

void StudyFetcher::pause(std::chrono::milliseconds time)
{
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return cancelled_.load(); });
}

} // namespace qianli::viewer
