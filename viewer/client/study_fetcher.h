// StudyFetcher: brings a study's images from the gateway by C-GET, series by series, into files of a private folder.
//
// Promise: runs beside the window and can be cancelled between objects; a file is announced only when it is whole;
// bytes are those the gateway sent.
#pragma once

#include "common/dicom/network/dicom_client.h"
#include "viewer/client/session.h"

#include <QObject>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

namespace qianli::viewer {

class StudyFetcher : public QObject {
    Q_OBJECT

public:
    StudyFetcher(Session session, std::string studyUid, std::filesystem::path folder, QObject* parent = nullptr);
    ~StudyFetcher() override; // cancels and waits

    void start();
    void cancel() { cancelled_ = true; }
    // The series to bring next: the one on screen.
    void prefer(std::string const& seriesUid);

signals:
    // From the fetcher's thread: connect queued.
    void fileArrived(QString const& path);
    void progressed(int arrived, int expected);
    void finished(bool complete, qianli::Error const& error);

private:
    struct Plan;
    void run();
    Result<void> fetch();
    Result<Plan> plan();
    Result<void> fetchSeries(Plan& plan, std::size_t index);
    std::size_t nextSeries(Plan const& plan);

    Session session_;
    std::string studyUid_;
    std::filesystem::path folder_;
    std::atomic<bool> cancelled_ = false;
    std::mutex mutex_; // guards preferred_
    std::string preferred_;
    int arrived_ = 0, expected_ = 0; // the fetcher's thread only
    std::thread thread_;
};

// Where the workstation finds the gateway over DICOM, in the name of the person signed in.
dicom::Destination dicomDestination(Session const& session);

} // namespace qianli::viewer

Q_DECLARE_METATYPE(qianli::Error)
