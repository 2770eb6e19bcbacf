// StudyFetcher: brings a study's images from the gateway by C-GET into files of a private folder, over several
// associations at once: first what the viewport shows, then outwards from it.
//
// Promise: runs beside the window and can be cancelled between objects; a file is announced once, when it is whole;
// bytes are those the gateway sent; an association that breaks is made anew for what is missing.
#pragma once

#include "common/dicom/network/dicom_client.h"
#include "viewer/client/fetch_queue.h"
#include "viewer/client/session.h"
#include "viewer/client/study_plan.h"

#include <QObject>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

namespace qianli::viewer {

class StudyFetcher : public QObject {
    Q_OBJECT

public:
    // `here`: SOP Instance UIDs that need not come again.
    StudyFetcher(Session session, WantedStudy study, std::filesystem::path folder, std::set<std::string> here = {},
                 QObject* parent = nullptr);
    ~StudyFetcher() override; // cancels and waits

    void start();
    void cancel();
    // What is on the screen: what was not yet asked for comes in the order of its distance from there. An empty
    // instance means the middle of the series.
    void look(std::string const& seriesUid, std::string const& sopInstanceUid);

signals:
    // From the fetcher's threads: connect queued.
    void fileArrived(QString const& path);
    void progressed(int arrived, int expected);
    void finished(bool complete, qianli::Error const& error);

private:
    struct Connection;
    void run();
    Result<void> fetch();
    void work();
    // Nothing when there is no more work for this thread.
    std::optional<FetchQueue::Request> nextRequest(std::size_t most);
    Result<dicom::RetrieveSummary> ask(Connection& connection, FetchQueue::Request const& request);
    void arrived(dicom::Uid const& sopInstance, std::filesystem::path const& file);
    void pause(std::chrono::milliseconds time);
    dicom::Destination destination() const;

    Session session_;
    WantedStudy study_;
    std::set<std::string> here_;
    std::filesystem::path folder_;
    std::atomic<bool> cancelled_ = false;
    std::mutex mutex_; // guards the four below
    std::condition_variable changed_;
    std::optional<FetchQueue> queue_; // after the plan
    std::string lookedSeries_, lookedInstance_;
    std::optional<Error> problem_; // why a thread gave up, or images did not come
    std::thread thread_;
};

// Where the workstation finds the gateway over DICOM, in the name of the person signed in.
dicom::Destination dicomDestination(Session const& session);

} // namespace qianli::viewer

Q_DECLARE_METATYPE(qianli::Error)
