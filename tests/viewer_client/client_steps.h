// What a person does with the viewer's client, step by step, for tests against a real gateway.
#pragma once

#include "tests/viewer_client/running_gateway.h"
#include "viewer/client/study_fetcher.h"
#include "viewer/model/image.h"
#include "viewer/ui/report_desk.h"

#include <catch2/catch.hpp>

#include <QTest>

#include <iostream>

namespace qianli::test {

using namespace viewer;

// Runs a call of the client to its end.
template <typename T>
Result<T> wait(std::function<void(std::function<void(Result<T>)>)> const& call)
{
    std::optional<Result<T>> answer;
    call([&](Result<T> result) { answer.emplace(std::move(result)); });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 30'000))
        return fail(ErrorCode::Unavailable, "the client never answered");
    return *std::move(answer);
}

inline Result<Session> signIn(GatewayClient& client, RunningGateway const& gateway,
                              char const* password = RunningGateway::password, char const* user = RunningGateway::user)
{
    return wait<Session>(
        [&](auto then) { client.signIn(QUrl(QString::fromStdString(gateway.url())), user, password, then); });
}

inline std::optional<model::ReadingTask> readyTask(GatewayClient& client)
{
    std::optional<model::ReadingTask> found;
    (void)QTest::qWaitFor(
        [&] {
            auto const tasks = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
            for (auto const& task : tasks ? *tasks : std::vector<model::ReadingTask>())
                if (task.state == model::TaskState::Ready)
                    found = task;
            return found.has_value();
        },
        30'000);
    return found;
}

inline std::vector<std::filesystem::path> fetch(Session const& session, std::string const& study,
                                                std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> files;
    bool done = false;
    std::string problem;
    StudyFetcher fetcher(session, {study}, folder);
    QObject receiver;
    QObject::connect(
        &fetcher, &StudyFetcher::fileArrived, &receiver,
        [&](QString const& path) { files.emplace_back(path.toStdString()); }, Qt::QueuedConnection);
    QObject::connect(
        &fetcher, &StudyFetcher::finished, &receiver,
        [&](bool complete, Error const& error) {
            done = true;
            problem = complete ? "" : error.message;
        },
        Qt::QueuedConnection);
    fetcher.start();
    CHECK(QTest::qWaitFor([&] { return done; }, 30'000));
    CHECK(problem.empty());
    return files;
}

inline bool canRun()
{
    if (RunningGateway::isBuilt())
        return true;
    std::cout << "qianli-gateway is not built; the viewer's client is not tested against it\n";
    return false;
}

inline std::shared_ptr<Workplace> openWorkplace(GatewayClient& client)
{
    auto opened = wait<std::shared_ptr<Workplace>>(
        [&](auto then) { Workplace::open(client, RunningGateway::password, &client, then); });
    REQUIRE(opened);
    return *opened;
}

inline ReportDesk::ImagesRead imagesRead(model::ReadingTask const& task,
                                         std::vector<std::filesystem::path> const& files)
{
    ReportDesk::ImagesRead read;
    for (auto const& file : files) {
        auto const image = loadImageAttributes(file);
        REQUIRE(image);
        read.evidence.push_back({task.studyUid, (*image)->series.uid.value(), (*image)->sopClassUid.value(),
                                 (*image)->sopInstanceUid.value(), 0});
        read.subject.studyUid = (*image)->study.uid.value();
        read.subject.patientName = (*image)->patient.name;
        read.subject.patientId = (*image)->patient.id;
    }
    read.subject.site = task.site;
    return read;
}

} // namespace qianli::test
