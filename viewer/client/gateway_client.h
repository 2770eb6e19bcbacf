// GatewayClient: the gateway's HTTP interface (docs/http-api.md) for a window: sign-in, reading list, drafts, issuing.
//
// Promise: no call blocks; each continuation runs exactly once in the caller's thread, with a value or an Error whose
// message can be shown, and not at all once the guard object is gone. Answers are bounded in size and time.
#pragma once

#include "common/model/reading_task.h"
#include "common/model/report.h"
#include "viewer/client/draft_marks.h"
#include "viewer/client/session.h"

#include <QNetworkAccessManager>
#include <QObject>
#include <QPointer>
#include <QTimer>
#include <QUrl>

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

class QNetworkReply;

namespace qianli::viewer {

struct Draft {
    model::ReportText text;
    std::int64_t revision = 0;
    std::string savedAt, savedBy;
    std::optional<DraftMarks> marks; // none: whoever saved it knew of no marks
};

struct SavedDraft {
    std::int64_t revision = 0;
    std::optional<Draft> other; // what is stored instead, when it was changed elsewhere
};

struct PriorReport {
    model::ReportText text;
    std::string author, issuedAt;
};

struct PriorStudy {
    std::string studyUid, siteName, studyDate, modality, bodyPart, description;
    bool sameSite = true;
    std::optional<PriorReport> report;
    std::string site = {}, patientId = {}, patientName = {}, sex = {}, birthDate = {}; // as that site sent them
};

struct Certificates {
    std::string certificatePem, authorityPem;
};

class GatewayClient : public QObject {
    Q_OBJECT

public:
    template <typename T>
    using Then = std::function<void(Result<T>)>;

    explicit GatewayClient(QObject* parent = nullptr);
    ~GatewayClient() override;

    // Refused for plain HTTP to another machine: the password would travel in the clear.
    static Result<QUrl> checkAddress(QString const& text);

    void signIn(QUrl const& gateway, QString const& user, QString const& password, Then<Session> then);
    void signOut();
    bool isSignedIn() const { return session_.has_value(); }
    std::optional<Session> const& session() const { return session_; }

    void tasks(QObject* guard, Then<std::vector<model::ReadingTask>> then);
    // By name: Hanzi, pinyin, initials, Latin letters; the whole list where there is nothing of a name in it.
    void findTasks(QObject* guard, QString const& name, Then<std::vector<model::ReadingTask>> then);
    void claim(QObject* guard, model::TaskId task, Then<model::ReadingTask> then);
    void release(QObject* guard, model::TaskId task, Then<model::ReadingTask> then);
    void draft(QObject* guard, model::TaskId task, Then<Draft> then);
    // A revision that is not the stored one gives a value with `other`, not an error: a person must choose.
    void saveDraft(QObject* guard, model::TaskId task, model::ReportText const& text, DraftMarks const& marks,
                   std::int64_t revision, Then<SavedDraft> then);
    void priors(QObject* guard, model::TaskId task, Then<std::vector<PriorStudy>> then);
    void issue(QObject* guard, model::TaskId task, std::string const& srUid, std::string const& pdfUid,
               Then<model::ReadingTask> then);
    void certificate(QObject* guard, std::string const& requestPem, Then<Certificates> then);

    // Opens the event stream and keeps it open; a break is repaired by itself with growing delay.
    void listen();

signals:
    void taskChanged(qianli::model::ReadingTask const& task);
    // Online is when the event stream is open. After each return the list should be read anew.
    void onlineChanged(bool online);
    // The gateway no longer knows our token.
    void sessionEnded();

private:
    void call(QObject* guard, QByteArray const& verb, QString const& path, nlohmann::json const* body,
              std::function<void(Result<nlohmann::json>, nlohmann::json const& errorBody)> then);
    void openStream();
    void streamBroke();
    void readStream();
    void takeEvent();

    QNetworkAccessManager network_;
    QUrl gateway_;
    std::optional<Session> session_;
    QPointer<QNetworkReply> stream_;
    QByteArray streamBuffer_, eventName_, eventData_;
    QTimer reconnect_, silence_;
    int failures_ = 0;
    bool online_ = false;
};

} // namespace qianli::viewer
