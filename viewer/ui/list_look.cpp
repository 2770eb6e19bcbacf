#include "viewer/ui/list_look.h"

#include <QHeaderView>
#include <QSettings>

namespace qianli::viewer {

namespace {
constexpr int writeAfter = 400; // milliseconds: a column being dragged is one change

// Widths for another number of columns would be taken, and fit none of them.
QString columnsKey(QHeaderView const& header)
{
    return QString("list/columns%1").arg(header.count());
}
} // namespace

ListLook::ListLook(QTableView& table, QButtonGroup& tabs, QObject* parent)
    : QObject(parent), table_(table), tabs_(tabs), firstColumns_(table.horizontalHeader()->saveState())
{
    writeTimer_.setSingleShot(true);
    writeTimer_.setInterval(writeAfter);
    connect(&writeTimer_, &QTimer::timeout, this, &ListLook::write);
    QHeaderView* header = table_.horizontalHeader();
    connect(header, &QHeaderView::sectionMoved, this, &ListLook::changed);
    connect(header, &QHeaderView::sectionResized, this, &ListLook::changed);
    connect(header, &QHeaderView::sortIndicatorChanged, this, &ListLook::changed);
    connect(&tabs_, &QButtonGroup::idClicked, this, &ListLook::changed);
}

void ListLook::setPlacing(std::function<void()> wide, std::function<void()> asShown)
{
    wide_ = std::move(wide);
    asShown_ = std::move(asShown);
}

void ListLook::setOwn(char const* key, std::function<std::optional<int>()> get,
                      std::function<void(std::optional<int>)> set)
{
    own_.push_back({QString("list/") + key, std::move(get), std::move(set)});
}

void ListLook::open(std::filesystem::path const& settings)
{
    close();
    QString const file = QString::fromStdString(settings.string());
    QSettings const stored(file, QSettings::IniFormat);
    QHeaderView* header = table_.horizontalHeader();
    // Columns of another version don't fit: then as for who has none yet.
    if (!header->restoreState(stored.value(columnsKey(*header)).toByteArray()))
        header->restoreState(firstColumns_);
    table_.sortByColumn(header->sortIndicatorSection(), header->sortIndicatorOrder());
    for (Own const& own : own_)
        own.set(stored.contains(own.key) ? std::optional(stored.value(own.key).toInt()) : std::nullopt);
    QString const tab = stored.value("list/tab").toString();
    QAbstractButton* chosen = tabs_.buttons().value(0);
    for (QAbstractButton* button : tabs_.buttons())
        if (button->objectName() == tab)
            chosen = button;
    if (chosen != nullptr && !chosen->isChecked())
        chosen->click();
    writeTimer_.stop();
    settings_ = file;
}

void ListLook::close()
{
    if (writeTimer_.isActive())
        write();
    settings_.clear();
}

void ListLook::changed()
{
    if (!settings_.isEmpty())
        writeTimer_.start();
}

void ListLook::write()
{
    writeTimer_.stop();
    if (settings_.isEmpty())
        return;
    QSettings stored(settings_, QSettings::IniFormat);
    for (Own const& own : own_)
        if (auto const value = own.get())
            stored.setValue(own.key, *value);
    wide_();
    stored.setValue(columnsKey(*table_.horizontalHeader()), table_.horizontalHeader()->saveState());
    asShown_();
    writeTimer_.stop(); // that was no person's change
    if (QAbstractButton const* tab = tabs_.checkedButton())
        stored.setValue("list/tab", tab->objectName());
}

} // namespace qianli::viewer
