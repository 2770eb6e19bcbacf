// ListLook: how a person likes the reading list: the tab, the columns' order and width, the sorting; remembered for
// this person on this workstation. What is typed into the search box is not: it would hide patients the next morning.
#pragma once

#include <QAbstractButton>
#include <QButtonGroup>
#include <QTableView>
#include <QTimer>

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace qianli::viewer {

class ListLook : public QObject {
    Q_OBJECT

public:
    // Remembers how the list looks now as the look of who has none yet.
    ListLook(QTableView& table, QButtonGroup& tabs, QObject* parent);

    // Widths are written as `wide` puts them; `asShown` puts them back.
    void setPlacing(std::function<void()> wide, std::function<void()> asShown);
    // One more number of this person's; none: as for who has none yet.
    void setOwn(char const* key, std::function<std::optional<int>()> get, std::function<void(std::optional<int>)> set);
    // The person who keeps its look in `settings`; changes are written there from now on.
    void open(std::filesystem::path const& settings);
    // Writes what is unwritten; nobody's look from now on.
    void close();

private:
    void changed();
    void write();

    QTableView& table_;
    QButtonGroup& tabs_;
    QByteArray const firstColumns_;
    QString settings_;
    QTimer writeTimer_;
    std::function<void()> wide_ = [] {}, asShown_ = [] {};
    struct Own {
        QString key;
        std::function<std::optional<int>()> get;
        std::function<void(std::optional<int>)> set;
    };
    std::vector<Own> own_;
};

} // namespace qianli::viewer
