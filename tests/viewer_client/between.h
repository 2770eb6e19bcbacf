// A server between viewer and gateway, for tests of what the viewer does while the gateway is half there.
#pragma once

#include "tests/viewer_client/running_gateway.h"

#include <catch2/catch.hpp>

#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <functional>

namespace qianli::test {

// Passes everything on, or answers for the list itself, or keeps something to itself.
class Between : public QTcpServer {
public:
    explicit Between(RunningGateway const& gateway)
        : gateway_(static_cast<quint16>(QUrl(QString::fromStdString(gateway.url())).port()))
    {
        REQUIRE(listen(QHostAddress::LocalHost));
        connect(this, &QTcpServer::newConnection, this, [this] { join(*nextPendingConnection()); });
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(serverPort()); }
    bool eventsWait = false;
    bool listFails = false;
    bool listWaits = false; // what is asked for comes when release() is called
    bool isWaiting() const { return release_ != nullptr; }
    void release() { std::exchange(release_, nullptr)(); }
    void cut()
    {
        for (auto* client : findChildren<QTcpSocket*>(Qt::FindDirectChildrenOnly))
            client->abort();
    }

private:
    void join(QTcpSocket& client)
    {
        auto* far = new QTcpSocket(&client);
        far->connectToHost(QHostAddress::LocalHost, gateway_);
        connect(far, &QTcpSocket::readyRead, &client, [far, &client] { client.write(far->readAll()); });
        connect(far, &QTcpSocket::disconnected, &client, &QTcpSocket::disconnectFromHost);
        connect(&client, &QTcpSocket::disconnected, &client, &QObject::deleteLater);
        connect(&client, &QTcpSocket::readyRead, &client, [this, far, &client] {
            QByteArray const asked = client.readAll();
            if (eventsWait && asked.startsWith("GET /api/v1/events"))
                return;
            if (listWaits && asked.startsWith("GET /api/v1/tasks?")) {
                release_ = [far, asked] { far->write(asked); };
                return;
            }
            if (!listFails || !asked.startsWith("GET /api/v1/tasks?"))
                return (void)far->write(asked);
            client.write("HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                         "Content-Length: 2\r\nConnection: close\r\n\r\n{}");
            client.disconnectFromHost();
        });
    }
    std::function<void()> release_;
    quint16 gateway_;
};

} // namespace qianli::test
