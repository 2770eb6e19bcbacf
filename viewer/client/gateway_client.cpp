#include "viewer/client/gateway_client.h"

#include "common/model/json.h"
#include "viewer/client/workstation_tls.h"
#include "viewer/i18n/chinese_sentences.h"
#include "viewer/i18n/language.h"

#include <QHostAddress>
#include <QNetworkReply>
#include <QNetworkRequest>

#include <algorithm>

namespace qianli::viewer {

using nlohmann::json;

namespace {
constexpr int requestMilliseconds = 15'000;
constexpr qint64 maximumAnswer = 64 << 20;

ErrorCode codeOfStatus(int status)
{
    switch (status) {
    case 400:
        return ErrorCode::InvalidInput;
    case 401:
    case 403:
        return ErrorCode::Refused;
    case 404:
        return ErrorCode::NotFound;
    case 409:
        return ErrorCode::Conflict;
    case 413:
        return ErrorCode::LimitExceeded;
    case 503:
        return ErrorCode::Unavailable;
    default:
        return ErrorCode::Internal;
    }
}

std::string textOf(json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t numberOf(json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

Error networkError(QNetworkReply const& reply, QUrl const& gateway)
{
    QString const where = gateway.host() + ":" + QString::number(gateway.port(gateway.scheme() == "https" ? 443 : 80));
    switch (reply.error()) {
    case QNetworkReply::ConnectionRefusedError:
        return {ErrorCode::Unavailable,
                say("连不上网关 %1：对方没有运行", "The gateway %1 is not running").arg(where).toStdString()};
    case QNetworkReply::HostNotFoundError:
        return {ErrorCode::Unavailable, say("找不到主机 %1", "The host %1 is not known").arg(where).toStdString()};
    case QNetworkReply::OperationCanceledError:
    case QNetworkReply::TimeoutError:
        return {ErrorCode::Unavailable,
                say("网关 %1 没有及时应答", "The gateway %1 did not answer in time").arg(where).toStdString()};
    case QNetworkReply::SslHandshakeFailedError:
        return {ErrorCode::Refused,
                say("网关 %1 的证书不受信任", "The certificate of gateway %1 is not trusted").arg(where).toStdString()};
    default:
        return {ErrorCode::Unavailable, say("与网关 %1 的连接中断：%2", "The connection to gateway %1 broke: %2")
                                            .arg(where, reply.errorString())
                                            .toStdString()};
    }
}

Error errorOf(QNetworkReply const& reply, json const& body, QUrl const& gateway)
{
    int const status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status == 0)
        return networkError(reply, gateway);
    std::string message;
    if (body.is_object() && body.contains("error") && body["error"].is_object()) {
        message = textOf(body["error"], "message");
        // The gateway's own Chinese says what kind of trouble it is; what exactly is in its English sentence.
        if (auto const kind = textOf(body["error"], "chinese");
            displayLanguage() == DisplayLanguage::Chinese && !kind.empty() && !inChinese(message))
            message = kind + (message.empty() ? "" : "（" + message + "）");
    }
    if (message.empty())
        message = "HTTP " + std::to_string(status);
    return {codeOfStatus(status), message};
}

Result<Draft> draftFromJson(json const& body)
{
    Draft draft;
    if (!body.is_object() || !body.contains("text"))
        return fail(ErrorCode::InvalidInput, "the gateway's answer holds no draft");
    QIANLI_ASSIGN(draft.text, model::reportTextFromJson(body["text"]));
    draft.revision = numberOf(body, "revision");
    draft.savedAt = textOf(body, "savedAt");
    draft.savedBy = textOf(body, "savedBy");
    if (auto const marks = body.find("marks"); marks != body.end() && marks->is_object())
        draft.marks = draftMarksFromJson(*marks);
    return draft;
}

Result<PriorStudy> priorFromJson(json const& item)
{
    if (!item.is_object())
        return fail(ErrorCode::InvalidInput, "a prior study in the gateway's answer is no object");
    PriorStudy prior{textOf(item, "studyUid"),
                     textOf(item, "siteName"),
                     textOf(item, "studyDate"),
                     textOf(item, "modality"),
                     textOf(item, "bodyPart"),
                     textOf(item, "description"),
                     !item.contains("sameSite") || item["sameSite"] != false,
                     {},
                     textOf(item, "site"),
                     textOf(item, "patientId"),
                     textOf(item, "patientName"),
                     textOf(item, "sex"),
                     textOf(item, "birthDate")};
    if (auto const report = item.find("report");
        report != item.end() && report->is_object() && report->contains("text")) {
        QIANLI_ASSIGN(auto text, model::reportTextFromJson((*report)["text"]));
        prior.report = PriorReport{std::move(text), textOf(*report, "author"), textOf(*report, "issuedAt")};
    }
    return prior;
}

Result<std::vector<model::ReadingTask>> tasksFromJson(json const& body)
{
    std::vector<model::ReadingTask> tasks;
    auto const list = body.is_object() ? body.find("tasks") : body.end();
    if (list == body.end() || !list->is_array())
        return fail(ErrorCode::InvalidInput, "the gateway's answer holds no tasks");
    for (json const& item : *list) {
        QIANLI_ASSIGN(auto task, model::readingTaskFromJson(item));
        tasks.push_back(std::move(task));
    }
    return tasks;
}

QString taskPath(model::TaskId task, char const* what)
{
    return QString("/api/v1/tasks/%1/%2").arg(task).arg(QLatin1String(what));
}

// Turns a continuation for T into one for the parsed answer.
template <typename T, typename Read>
auto reading(GatewayClient::Then<T> then, Read read)
{
    return [then = std::move(then), read](Result<json> answer, json const&) {
        if (!answer)
            return then(tl::unexpected(std::move(answer).error()));
        then(read(*answer));
    };
}
} // namespace

GatewayClient::GatewayClient(QObject* parent) : QObject(parent)
{
    network_.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy); // a token never follows to another host
    reconnect_.setSingleShot(true);
    silence_.setSingleShot(true);
    silence_.setInterval(45'000); // three missed comment lines
    connect(&reconnect_, &QTimer::timeout, this, [this] { openStream(); });
    connect(&silence_, &QTimer::timeout, this, [this] {
        if (stream_)
            stream_->abort();
    });
}

GatewayClient::~GatewayClient()
{
    if (stream_) {
        stream_->disconnect(this);
        stream_->abort();
    }
}

Result<QUrl> GatewayClient::checkAddress(QString const& text)
{
    QString const trimmed = text.trimmed();
    QUrl const url(trimmed.contains("://") ? trimmed : "https://" + trimmed, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != "http" && url.scheme() != "https"))
        return fail(ErrorCode::InvalidInput,
                    say("网关地址无效：%1", "not a gateway address: %1").arg(trimmed).toStdString());
    bool const loopback = url.host() == "localhost" || QHostAddress(url.host()).isLoopback();
    if (url.scheme() == "http" && !loopback)
        return fail(ErrorCode::Refused, say("不加密的 http:// 只能连接本机；请改用 https://",
                                            "plain http:// is for this machine only; use https://")
                                            .toStdString());
    return url;
}

void GatewayClient::call(QObject* guard, QByteArray const& verb, QString const& path, json const* body,
                         std::function<void(Result<json>, json const&)> then)
{
    QUrl url = gateway_;
    QString const target = url.path().endsWith('/') ? url.path().chopped(1) + path : url.path() + path;
    url.setPath(target.section('?', 0, 0));
    if (target.contains('?'))
        url.setQuery(target.section('?', 1));
    QNetworkRequest request(url);
    request.setTransferTimeout(requestMilliseconds);
    if (url.scheme() == "https")
        request.setSslConfiguration(workstationHttps());
    request.setRawHeader("Accept", "application/json");
    if (session_)
        request.setRawHeader("Authorization", "Bearer " + QByteArray::fromStdString(session_->token));
    QByteArray bytes;
    if (body != nullptr) {
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        bytes = QByteArray::fromStdString(body->dump(-1, ' ', false, json::error_handler_t::replace));
    }
    QNetworkReply* reply = network_.sendCustomRequest(request, verb, bytes);
    connect(reply, &QNetworkReply::downloadProgress, reply, [reply](qint64 received, qint64) {
        if (received > maximumAnswer)
            reply->abort();
    });
    QPointer<QObject> const alive(guard);
    std::string const token = session_ ? session_->token : std::string();
    connect(reply, &QNetworkReply::finished, this, [this, reply, alive, token, then = std::move(then)] {
        reply->deleteLater();
        QByteArray const answer = reply->readAll();
        json parsed = json::parse(answer.begin(), answer.end(), nullptr, false);
        int const status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        // Only the session of now: a late answer to an old one ends nothing.
        if (status == 401 && session_ && session_->token == token)
            emit sessionEnded();
        if (!alive)
            return;
        if (reply->error() != QNetworkReply::NoError || status < 200 || status > 299)
            return then(tl::unexpected(errorOf(*reply, parsed, gateway_)), parsed);
        if (parsed.is_discarded() && !answer.isEmpty())
            return then(fail(ErrorCode::InvalidInput, "the gateway's answer is not JSON"), json());
        then(std::move(parsed), json());
    });
}

void GatewayClient::signIn(QUrl const& gateway, QString const& user, QString const& password, Then<Session> then)
{
    gateway_ = gateway;
    session_.reset();
    json const body{{"user", user.toStdString()}, {"password", password.toStdString()}};
    call(this, "POST", "/api/v1/session", &body,
         reading<Session>(std::move(then), [this](json const& answer) -> Result<Session> {
             Session session;
             session.token = textOf(answer, "token");
             if (session.token.empty() || !answer.contains("user") || !answer.contains("gateway"))
                 return fail(ErrorCode::InvalidInput, "the gateway's answer holds no session");
             QIANLI_ASSIGN(session.user, model::userFromJson(answer["user"]));
             if (auto time = parseIso8601(textOf(answer, "expiresAt")))
                 session.expiresAt = *time;
             session.host = gateway_.host().toStdString();
             session.aeTitle = textOf(answer["gateway"], "aeTitle");
             session.hospital = textOf(answer["gateway"], "hospital");
             session.dicomPort = static_cast<std::uint16_t>(
                 std::clamp<std::int64_t>(numberOf(answer["gateway"], "dicomPort"), 0, 65535));
             // Who signs in over HTTPS never falls back to plain DICOM where there is another way.
             session.dicomTlsPort = static_cast<std::uint16_t>(
                 std::clamp<std::int64_t>(numberOf(answer["gateway"], "dicomTlsPort"), 0, 65535));
             if (gateway_.scheme() == "https" && session.dicomTlsPort != 0) {
                 QIANLI_ASSIGN(session.tls, workstationDicomTls());
             }
             session_ = session;
             return session;
         }));
}

void GatewayClient::signOut()
{
    if (session_)
        call(this, "DELETE", "/api/v1/session", nullptr, [](Result<json>, json const&) {});
    session_.reset();
    reconnect_.stop();
    silence_.stop();
    if (stream_) {
        stream_->disconnect(this);
        stream_->abort();
        stream_->deleteLater();
        stream_.clear();
    }
    online_ = false;
}

void GatewayClient::tasks(QObject* guard, Then<std::vector<model::ReadingTask>> then)
{
    call(guard, "GET", "/api/v1/tasks?limit=2000", nullptr,
         reading<std::vector<model::ReadingTask>>(std::move(then), tasksFromJson));
}

void GatewayClient::findTasks(QObject* guard, QString const& name, Then<std::vector<model::ReadingTask>> then)
{
    call(guard, "GET", "/api/v1/tasks?limit=200&name=" + QString::fromLatin1(QUrl::toPercentEncoding(name)), nullptr,
         reading<std::vector<model::ReadingTask>>(std::move(then), tasksFromJson));
}

void GatewayClient::claim(QObject* guard, model::TaskId task, Then<model::ReadingTask> then)
{
    call(guard, "POST", taskPath(task, "claim"), nullptr,
         reading<model::ReadingTask>(std::move(then), model::readingTaskFromJson));
}

void GatewayClient::release(QObject* guard, model::TaskId task, Then<model::ReadingTask> then)
{
    call(guard, "POST", taskPath(task, "release"), nullptr,
         reading<model::ReadingTask>(std::move(then), model::readingTaskFromJson));
}

void GatewayClient::draft(QObject* guard, model::TaskId task, Then<Draft> then)
{
    call(guard, "GET", taskPath(task, "draft"), nullptr, reading<Draft>(std::move(then), draftFromJson));
}

void GatewayClient::saveDraft(QObject* guard, model::TaskId task, model::ReportText const& text,
                              DraftMarks const& marks, std::int64_t revision, Then<SavedDraft> then)
{
    json const body{{"text", model::toJson(text)}, {"marks", toJson(marks)}, {"revision", revision}};
    call(guard, "PUT", taskPath(task, "draft"), &body,
         [then = std::move(then)](Result<json> answer, json const& errorBody) {
             if (answer)
                 return then(SavedDraft{numberOf(*answer, "revision"), {}});
             if (answer.error().code == ErrorCode::Conflict && errorBody.is_object() && errorBody.contains("draft"))
                 if (auto other = draftFromJson(errorBody["draft"]))
                     return then(SavedDraft{other->revision, *other});
             then(tl::unexpected(std::move(answer).error()));
         });
}

void GatewayClient::priors(QObject* guard, model::TaskId task, Then<std::vector<PriorStudy>> then)
{
    call(guard, "GET", taskPath(task, "priors"), nullptr,
         reading<std::vector<PriorStudy>>(std::move(then), [](json const& body) -> Result<std::vector<PriorStudy>> {
             std::vector<PriorStudy> priors;
             if (!body.is_object() || !body.contains("priors") || !body["priors"].is_array())
                 return fail(ErrorCode::InvalidInput, "the gateway's answer holds no priors");
             for (json const& item : body["priors"]) {
                 QIANLI_ASSIGN(auto prior, priorFromJson(item));
                 priors.push_back(std::move(prior));
             }
             return priors;
         }));
}

void GatewayClient::issue(QObject* guard, model::TaskId task, std::string const& srUid, std::string const& pdfUid,
                          Then<model::ReadingTask> then)
{
    json const body{{"srUid", srUid}, {"pdfUid", pdfUid}};
    call(guard, "POST", taskPath(task, "issue"), &body,
         reading<model::ReadingTask>(std::move(then), model::readingTaskFromJson));
}

void GatewayClient::certificate(QObject* guard, std::string const& requestPem, Then<Certificates> then)
{
    json const body{{"request", requestPem}};
    call(guard, "POST", "/api/v1/certificate", &body,
         reading<Certificates>(std::move(then), [](json const& answer) -> Result<Certificates> {
             Certificates certificates{textOf(answer, "certificate"), textOf(answer, "authority")};
             if (certificates.certificatePem.empty() || certificates.authorityPem.empty())
                 return fail(ErrorCode::InvalidInput, "the gateway's answer holds no certificate");
             return certificates;
         }));
}

} // namespace qianli::viewer
