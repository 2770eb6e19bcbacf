// The event stream of GatewayClient: server-sent events, kept open all day.
#include "common/model/json.h"
#include "viewer/client/gateway_client.h"
#include "viewer/client/workstation_tls.h"

#include <QNetworkReply>
#include <QNetworkRequest>

#include <algorithm>

namespace qianli::viewer {

namespace {
constexpr qsizetype maximumEvent = 4 << 20;
}

void GatewayClient::listen()
{
    failures_ = 0;
    openStream();
}

void GatewayClient::openStream()
{
    if (!session_ || stream_)
        return;
    QUrl url = gateway_;
    url.setPath((url.path().endsWith('/') ? url.path().chopped(1) : url.path()) + "/api/v1/events");
    QNetworkRequest request(url);
    request.setRawHeader("Accept", "text/event-stream");
    request.setRawHeader("Authorization", "Bearer " + QByteArray::fromStdString(session_->token));
    if (url.scheme() == "https")
        request.setSslConfiguration(workstationHttps());
    stream_ = network_.get(request);
    streamBuffer_.clear();
    eventName_.clear();
    eventData_.clear();
    connect(stream_, &QNetworkReply::readyRead, this, [this] { readStream(); });
    connect(stream_, &QNetworkReply::finished, this, [this] { streamBroke(); });
    silence_.start();
}

void GatewayClient::streamBroke()
{
    silence_.stop();
    bool const expired = stream_ && stream_->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() == 401;
    if (stream_) {
        stream_->deleteLater();
        stream_.clear();
    }
    if (online_) {
        online_ = false;
        emit onlineChanged(false);
    }
    if (expired) {
        emit sessionEnded();
        return;
    }
    ++failures_;
    reconnect_.start(std::min(30'000, 500 << std::min(failures_, 6)));
}

void GatewayClient::readStream()
{
    if (stream_->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() != 200)
        return;
    silence_.start();
    streamBuffer_ += stream_->readAll();
    if (!online_) {
        online_ = true;
        failures_ = 0;
        emit onlineChanged(true);
    }
    qsizetype end = 0;
    while (stream_ && (end = streamBuffer_.indexOf('\n')) >= 0) {
        QByteArray line = streamBuffer_.left(end);
        streamBuffer_.remove(0, end + 1);
        if (line.endsWith('\r'))
            line.chop(1);
        if (line.isEmpty())
            takeEvent();
        else if (line.startsWith("event:"))
            eventName_ = line.mid(6).trimmed();
        else if (line.startsWith("data:"))
            eventData_ += line.mid(5).trimmed();
    }
    if (stream_ && (streamBuffer_.size() > maximumEvent || eventData_.size() > maximumEvent))
        stream_->abort();
}

void GatewayClient::takeEvent()
{
    QByteArray const name = std::exchange(eventName_, {});
    QByteArray const data = std::exchange(eventData_, {});
    if (name != "task")
        return;
    auto const parsed = nlohmann::json::parse(data.begin(), data.end(), nullptr, false);
    if (auto task = model::readingTaskFromJson(parsed))
        emit taskChanged(*task);
}

} // namespace qianli::viewer
