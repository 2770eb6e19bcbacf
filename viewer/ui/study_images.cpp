#include "viewer/ui/study_images.h"

#include "viewer/client/background.h"
#include "viewer/client/profile.h"
#include "viewer/i18n/language.h"
#include "viewer/model/stack_geometry.h"

namespace qianli::viewer {

StudyImages::StudyImages(QObject* parent) : QObject(parent)
{
    gather_.setSingleShot(true);
    gather_.setInterval(120);
    connect(&gather_, &QTimer::timeout, this, &StudyImages::rearrange);
}

StudyImages::~StudyImages()
{
    close();
}

void StudyImages::close()
{
    fetcher_.reset();
    ++generation_;
    gather_.stop();
    objects_.clear();
    studies_.clear();
    lead_.reset();
    session_.reset();
    wanted_ = {};
    arrived_ = expected_ = reading_ = unreadable_ = 0;
    firstProblem_.clear();
    fetching_ = loading_ = complete_ = false;
    if (!folder_.empty()) {
        std::error_code error;
        std::filesystem::remove_all(folder_, error);
        folder_.clear();
    }
}

void StudyImages::fetch(Session const& session, WantedStudy const& study)
{
    close();
    session_ = session;
    wanted_ = study;
    auto cache = openImageCache();
    if (!cache) {
        emit finished(sentence(cache.error()));
        return;
    }
    folder_ = *cache;
    startFetching({});
}

void StudyImages::fetchMissing()
{
    if (!session_ || loading_)
        return;
    if (folder_.empty())
        return fetch(Session(*session_), WantedStudy(wanted_));
    unreadable_ = 0;
    firstProblem_.clear();
    startFetching(uidsHere());
}

std::set<std::string> StudyImages::uidsHere() const
{
    std::set<std::string> here;
    for (auto const& object : objects_)
        here.insert(object->sopInstanceUid.value());
    return here;
}

void StudyImages::takeOver(Session const& session, StudyImages& ahead)
{
    WantedStudy const wanted = ahead.wanted_;
    if (ahead.folder_.empty() || ahead.objects_.empty())
        return fetch(session, wanted);
    close();
    ahead.fetcher_.reset(); // whatever it was about to bring comes again
    session_ = session;
    wanted_ = wanted;
    folder_ = std::exchange(ahead.folder_, {});
    objects_ = std::move(ahead.objects_);
    ahead.close();
    startFetching(uidsHere());
    gather_.start(); // shown when whoever opens the case has done so
}

void StudyImages::startFetching(std::set<std::string> const& here)
{
    complete_ = false;
    fetching_ = loading_ = true;
    fetcher_ = std::make_unique<StudyFetcher>(*session_, wanted_, folder_, here);
    auto const generation = generation_;
    connect(
        fetcher_.get(), &StudyFetcher::fileArrived, this,
        [this, generation](QString const& path) {
            if (generation == generation_)
                addFile(path.toStdString());
        },
        Qt::QueuedConnection);
    connect(
        fetcher_.get(), &StudyFetcher::progressed, this,
        [this, generation](int arrived, int expected) {
            if (generation != generation_)
                return;
            arrived_ = arrived;
            expected_ = expected;
            emit progressed(arrived, expected);
        },
        Qt::QueuedConnection);
    connect(
        fetcher_.get(), &StudyFetcher::finished, this,
        [this, generation](bool complete, Error const& error) {
            if (generation != generation_)
                return;
            fetching_ = false;
            complete_ = complete;
            if (!complete && firstProblem_.isEmpty())
                firstProblem_ = sentence(error);
            settle();
        },
        Qt::QueuedConnection);
    fetcher_->start();
}

void StudyImages::open(std::vector<std::filesystem::path> const& files)
{
    close();
    loading_ = complete_ = true;
    expected_ = static_cast<int>(files.size());
    emit progressed(0, expected_);
    for (auto const& file : files)
        addFile(file);
    if (files.empty())
        settle();
}

void StudyImages::look(std::string const& seriesUid, std::string const& sopInstanceUid)
{
    if (fetcher_ && fetching_)
        fetcher_->look(seriesUid, sopInstanceUid);
}

void StudyImages::addFile(std::filesystem::path const& file)
{
    ++reading_;
    inBackground<std::shared_ptr<ImageAttributes const>>(
        this, [file] { return loadImageAttributes(file); },
        [this, generation = generation_](Result<std::shared_ptr<ImageAttributes const>> read) {
            if (generation == generation_)
                fileRead(std::move(read));
        });
}

void StudyImages::fileRead(Result<std::shared_ptr<ImageAttributes const>> read)
{
    --reading_;
    bool const isFirst = read && objects_.empty();
    if (read) {
        objects_.push_back(*std::move(read));
        if (isFirst && wanted_.uid.empty())
            lead_ = objects_.front()->study.uid;
    } else {
        ++unreadable_;
        if (firstProblem_.isEmpty())
            firstProblem_ = sentence(read.error()); // which names the file
    }
    if (!fetcher_) {
        arrived_ = expected_ - reading_;
        emit progressed(arrived_, expected_);
    }
    if (isFirst)
        rearrange(); // somebody waits for a picture; the others gather
    else if (!gather_.isActive())
        gather_.start();
    settle();
}

void StudyImages::rearrange()
{
    studies_ = arrange(objects_);
    if (!loading_)
        measureStacks(studies_);
    emit changed();
}

void StudyImages::settle()
{
    if (fetching_ || reading_ > 0 || !loading_)
        return;
    loading_ = false;
    gather_.stop();
    rearrange();
    if (unreadable_ > 0) {
        complete_ = false;
        emit finished(say("%1 个文件不能读取。%2", "%1 files can't be read. %2").arg(unreadable_).arg(firstProblem_));
        return;
    }
    emit finished(complete_ ? QString() : firstProblem_);
}

Study const* StudyImages::study() const
{
    // Where nobody asked for one, that of what was read first, which hangs already: not to be mistaken for an object
    // that has no Study UID.
    bool const ofFiles = wanted_.uid.empty();
    if (ofFiles && !lead_)
        return studies_.empty() ? nullptr : &studies_.front();
    for (Study const& study : studies_)
        if (ofFiles ? study.identity.uid == *lead_ : study.identity.uid.value() == wanted_.uid)
            return &study;
    return nullptr;
}

void StudyImages::lead(Study const& study)
{
    lead_ = study.identity.uid;
}

} // namespace qianli::viewer
