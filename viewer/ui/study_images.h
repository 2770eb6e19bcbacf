// StudyImages: the objects of one case as they arrive, sorted into series; files are read beside the window.
#pragma once

#include "viewer/client/study_fetcher.h"
#include "viewer/model/series.h"

#include <QObject>
#include <QTimer>

namespace qianli::viewer {

class StudyImages : public QObject {
    Q_OBJECT

public:
    explicit StudyImages(QObject* parent = nullptr);
    ~StudyImages() override;

    // From the gateway, into a folder that goes away with the case.
    void fetch(Session const& session, WantedStudy const& study);
    // What was fetched ahead is at once this case's; what it lacks is fetched. `ahead` is closed.
    void takeOver(Session const& session, StudyImages& ahead);
    // What has come to the gateway since, or did not come before; what is here stays on the screen.
    void fetchMissing();
    // What is here was asked for with exactly these words.
    bool isOf(WantedStudy const& study) const { return study == wanted_; }
    // Files of this machine.
    void open(std::vector<std::filesystem::path> const& files);
    void close();
    // What is on the screen: it and its neighbours are fetched first.
    void look(std::string const& seriesUid, std::string const& sopInstanceUid);

    std::vector<Study> const& studies() const { return studies_; }
    // Of the study being read: the newest one, or the one asked for.
    Study const* study() const;
    // Of files: this one, which is among them, is the study that is looked at.
    void lead(Study const& study);
    int arrived() const { return arrived_; }
    int expected() const { return expected_; }
    bool isComplete() const { return complete_; }
    bool isLoading() const { return loading_; }

signals:
    // Series were added or grew.
    void changed();
    void progressed(int arrived, int expected);
    // Everything that will come has come; an empty reason when nothing is missing.
    void finished(QString const& problem);

private:
    std::set<std::string> uidsHere() const;
    void startFetching(std::set<std::string> const& here);
    void addFile(std::filesystem::path const& file);
    void fileRead(Result<std::shared_ptr<ImageAttributes const>> read);
    void rearrange();
    void settle();

    std::unique_ptr<StudyFetcher> fetcher_;
    std::filesystem::path folder_;
    std::optional<Session> session_;
    WantedStudy wanted_;
    std::vector<std::shared_ptr<ImageAttributes const>> objects_;
    std::vector<Study> studies_;
    std::optional<dicom::Uid> lead_; // of files: the study that is looked at
    QTimer gather_;
    quint64 generation_ = 0;
    int arrived_ = 0, expected_ = 0, reading_ = 0, unreadable_ = 0;
    QString firstProblem_;
    bool fetching_ = false, loading_ = false, complete_ = false;
};

} // namespace qianli::viewer
