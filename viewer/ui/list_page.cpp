#include "viewer/ui/list_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QShortcut>
#include <QSplitter>

namespace qianli::viewer {

namespace {
constexpr int rowHeight = 28;
constexpr int askAfter = 250; // milliseconds after the last key

QString tabWord(TaskFilter::Tab tab)
{
    switch (tab) {
    case TaskFilter::Tab::Open:
        return say("待报告", "To report");
    case TaskFilter::Tab::Mine:
        return say("我的", "Mine");
    case TaskFilter::Tab::Issued:
        return say("已发布", "Issued");
    case TaskFilter::Tab::All:
        break;
    }
    return say("全部", "All");
}

constexpr TaskFilter::Tab allTabs[] = {TaskFilter::Tab::Open, TaskFilter::Tab::Mine, TaskFilter::Tab::Issued,
                                       TaskFilter::Tab::All};
constexpr char const* tabNames[] = {"list.tab.open", "list.tab.mine", "list.tab.issued", "list.tab.all"};
} // namespace

ListPage::ListPage(GatewayClient& gateway, QWidget* parent)
    : QWidget(parent), gateway_(gateway), model_(new TaskModel(this)), filter_(new TaskFilter(this)),
      delegate_(new TaskDelegate(this)), top_(new TopBar(this)), notices_(new NoticeBar("list.notice", this)),
      table_(new QTableView(this)), body_(new QStackedWidget(this)), state_(new QLabel(this)),
      stateDetail_(new QLabel(this)), age_(new QLabel(this)), search_(new QLineEdit(this)),
      tabs_(new QButtonGroup(this)), preview_(new TaskPreview(gateway, this))
{
    setObjectName("list");
    filter_->setSourceModel(model_);
    filter_->setSortRole(TaskModel::SortRole);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(buildTable());
    splitter->addWidget(preview_);
    splitter->setStretchFactor(0, 1);
    splitter->setCollapsible(0, false);
    preview_->setMinimumWidth(270);
    splitter->setSizes({1000, 330});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(top_);
    layout->addWidget(notices_);
    layout->addWidget(buildBar());
    layout->addWidget(splitter, 1);
    look_ = new ListLook(*table_, *tabs_, this);
    look_->setPlacing([this] { widenColumns(); }, [this] { placeColumns(); });
    look_->setOwn(
        "narrowArrival", [this] { return narrowArrival_; },
        [this](std::optional<int> width) { narrowArrival_ = width; });
    connect(table_->horizontalHeader(), &QHeaderView::sectionResized, this, [this](int column, int, int width) {
        if (column == TaskModel::Arrived && arrivalWidth_ && !placing_)
            narrowArrival_ = width; // dragged
    });
    connect(top_, &TopBar::signOutAsked, this, &ListPage::signOutAsked);
    connect(top_, &TopBar::outboxAsked, this, &ListPage::outboxAsked);
    connect(preview_, &TaskPreview::openAsked, this, &ListPage::openSelected);
    connect(preview_, &TaskPreview::releaseAsked, this, &ListPage::releaseSelected);
    connect(&gateway_, &GatewayClient::taskChanged, this, &ListPage::taskArrived);
    connect(&gateway_, &GatewayClient::onlineChanged, this, &ListPage::setOnline);
    retry_.setObjectName("list.retry");
    retry_.setSingleShot(true);
    connect(&retry_, &QTimer::timeout, this, &ListPage::load);
    auto* minute = new QTimer(this);
    connect(minute, &QTimer::timeout, this, [this] {
        model_->tick();
        refreshState();
    });
    minute->start(20'000);
    refreshState();
}

QWidget* ListPage::buildBar()
{
    auto* bar = new QFrame(this);
    bar->setProperty("role", "bar");
    bar->setFixedHeight(40);
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(16, 0, 16, 0);
    layout->setSpacing(0);
    for (std::size_t index = 0; index < std::size(allTabs); ++index) {
        auto* tab = new QPushButton(tabWord(allTabs[index]), bar);
        tab->setObjectName(tabNames[index]);
        tab->setProperty("role", "tab");
        tab->setCheckable(true);
        tab->setFocusPolicy(Qt::NoFocus);
        tabs_->addButton(tab, static_cast<int>(index));
        layout->addWidget(tab);
    }
    tabs_->button(0)->setChecked(true);
    connect(tabs_, &QButtonGroup::idClicked, this, [this](int index) {
        filter_->setTab(allTabs[index]);
        refreshState();
    });
    age_->setObjectName("list.age");
    age_->setProperty("role", "warning");
    search_->setObjectName("list.search");
    search_->setPlaceholderText(say("姓名、拼音、编号、检查号、机构", "Name, pinyin, ID, accession, site"));
    search_->setClearButtonEnabled(false);
    search_->setMinimumWidth(150);
    search_->setMaximumWidth(260);
    search_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    details_ = new QPushButton(say("详情 ▸", "Details ▸"), bar);
    details_->setObjectName("list.details");
    details_->setProperty("role", "tab");
    details_->setToolTip(
        say("选中的检查：患者、既往、退回列表", "The selected study: patient, earlier ones, give back"));
    details_->setCheckable(true);
    details_->setFocusPolicy(Qt::NoFocus);
    connect(details_, &QPushButton::toggled, this, &ListPage::placeDetails);
    search_->addAction(lineIcon(Icon::Search), QLineEdit::LeadingPosition);
    search_->installEventFilter(this);
    connect(search_, &QLineEdit::textChanged, this, &ListPage::searchChanged);
    searchDelay_.setSingleShot(true);
    searchDelay_.setInterval(askAfter);
    connect(&searchDelay_, &QTimer::timeout, this, &ListPage::askGateway);
    for (QKeySequence const& keys : {QKeySequence(QKeySequence::Find), QKeySequence(Qt::Key_Slash)}) {
        auto* find = new QShortcut(keys, this);
        connect(find, &QShortcut::activated, this, [this] {
            search_->setFocus();
            search_->selectAll();
        });
    }
    auto* again = new QShortcut(QKeySequence(Qt::Key_F5), this);
    connect(again, &QShortcut::activated, this, &ListPage::reload);
    layout->addStretch();
    layout->addWidget(age_);
    layout->addSpacing(16);
    layout->addWidget(search_, 1);
    layout->addWidget(details_);
    return bar;
}

QWidget* ListPage::buildTable()
{
    table_->setObjectName("list.table");
    table_->setModel(filter_);
    table_->setItemDelegate(delegate_);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->setShowGrid(false);
    table_->setWordWrap(false);
    table_->setMouseTracking(true);
    table_->setTabKeyNavigation(false);
    table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table_->verticalHeader()->setDefaultSectionSize(rowHeight);
    table_->setHorizontalHeader(new TaskHeader(table_));
    auto& header = *table_->horizontalHeader();
    header.setFixedHeight(rowHeight);
    header.setMinimumSectionSize(44);
    constexpr int chinese[] = {116, 50, 56, 66, 160, 124, 98, 88, 58, 112, 132};
    constexpr int english[] = {116, 46, 66, 78, 160, 118, 84, 78, 70, 116, 162};
    for (int column = 0; column < TaskModel::ColumnCount; ++column)
        header.resizeSection(column, (displayLanguage() == DisplayLanguage::Chinese ? chinese : english)[column]);
    header.setStretchLastSection(false);
    header.setSectionResizeMode(TaskModel::BodyPart, QHeaderView::Stretch);
    table_->setSortingEnabled(true);
    table_->sortByColumn(TaskModel::Waiting, Qt::DescendingOrder);
    table_->installEventFilter(this);
    table_->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(table_, &QTableView::customContextMenuRequested, this, &ListPage::showRowMenu);
    connect(table_, &QTableView::doubleClicked, this, [this] { openSelected(); });
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { selectionChanged(); });
    auto* message = new QWidget(body_);
    auto* column = new QVBoxLayout(message);
    state_->setObjectName("list.state");
    state_->setTextFormat(Qt::PlainText);
    state_->setProperty("role", "title");
    stateDetail_->setProperty("role", "quiet");
    stateDetail_->setWordWrap(true);
    stateDetail_->setAlignment(Qt::AlignCenter);
    stateDetail_->setObjectName("list.stateDetail");
    connect(stateDetail_, &QLabel::linkActivated, this, [this] { tabs_->buttons().last()->click(); });
    column->addStretch(3);
    column->addWidget(state_, 0, Qt::AlignCenter);
    column->addWidget(stateDetail_);
    column->addStretch(5);
    body_->addWidget(table_);
    body_->addWidget(message);
    return body_;
}

void ListPage::setWorkplace(std::shared_ptr<Workplace> workplace)
{
    workplace_ = std::move(workplace);
    top_->setWorkplace(workplace_);
    model_->setMe(workplace_->session().user.name);
    connect(&workplace_->outbox(), &ReportOutbox::changed, this, &ListPage::outboxChanged);
    outboxChanged();
    widenColumns();
    look_->open(workplace_->settingsFile());
    placeColumns();
    model_->setTasks({});
    loading_ = Loading::Never;
    reload();
    table_->setFocus();
}

bool ListPage::selectTask(model::TaskId task)
{
    for (int row = 0; row < filter_->rowCount(); ++row)
        if (filter_->index(row, 0).data(TaskModel::TaskRole).toLongLong() == task) {
            table_->selectRow(row);
            return true;
        }
    return false;
}

void ListPage::selectLost()
{
    if (lost_ && !selected() && selectTask(*lost_))
        lost_.reset();
}

void ListPage::taskArrived(model::ReadingTask const& task)
{
    model_->upsert(task);
    if (loading_ == Loading::Busy)
        arrived_.insert_or_assign(task.id, task);
    refreshTabs();
    refreshState();
    selectLost();
    if (auto const current = selected(); current && current->id == task.id)
        preview_->show(*current, model_->me(), model_->tasks(), model_->outgoing(task.id));
}

void ListPage::outboxChanged()
{
    model_->setOutgoing(outgoingOf(workplace_->outbox()));
    if (auto const current = selected())
        preview_->show(*current, model_->me(), model_->tasks(), model_->outgoing(current->id));
}

void ListPage::leave()
{
    look_->close();
    if (workplace_) // it may live on, with what is being signed
        workplace_->outbox().disconnect(this);
    workplace_.reset();
    model_->setOutgoing({});
    arrived_.clear();
    lost_.reset();
    search_->clear(); // the next one would look for patients who are hidden
    top_->setWorkplace(nullptr);
    model_->setTasks({});
    notices_->clear();
    retry_.stop();
    saidNotReread_.clear();
    loadedAt_ = {};
    online_ = hasGap_ = false;
    top_->setOnline(false);
}

void ListPage::refreshTabs()
{
    for (std::size_t index = 0; index < std::size(allTabs); ++index) {
        auto const& tasks = model_->tasks();
        auto const count = std::count_if(tasks.begin(), tasks.end(), [&](auto const& task) {
            return TaskFilter::belongs(task, allTabs[index], model_->me());
        });
        QString const number = allTabs[index] == TaskFilter::Tab::All ? QString() : QString("  %1").arg(count);
        tabs_->button(static_cast<int>(index))->setText(tabWord(allTabs[index]) + number);
    }
}

std::optional<model::ReadingTask> ListPage::selected() const
{
    QModelIndex const current = table_->currentIndex();
    if (!current.isValid() || !table_->selectionModel()->hasSelection())
        return {};
    return model_->at(filter_->mapToSource(current).row());
}

void ListPage::selectionChanged()
{
    QModelIndex const current = table_->currentIndex();
    if (!current.isValid())
        return;
    lost_.reset();
    auto const& task = model_->at(filter_->mapToSource(current).row());
    preview_->show(task, model_->me(), model_->tasks(), model_->outgoing(task.id));
}

void ListPage::openSelected()
{
    if (auto const task = selected())
        emit openAsked(*task);
}

void ListPage::releaseSelected()
{
    auto const task = selected();
    if (!task)
        return;
    gateway_.release(this, task->id, [this](Result<model::ReadingTask> released) {
        if (!released)
            return notices_->show(NoticeBar::Weight::Failure, sentence(released.error()));
        model_->upsert(*released);
        refreshTabs();
        selectionChanged();
    });
}

std::optional<model::ReadingTask> ListPage::nextAfter(model::TaskId task) const
{
    std::optional<model::ReadingTask> next;
    for (auto const& candidate : model_->tasks()) {
        if (candidate.id == task || candidate.state != model::TaskState::Ready || !candidate.claimedBy.empty() ||
            model_->outgoing(candidate.id))
            continue;
        bool const first =
            !next || (candidate.stat == next->stat ? candidate.receivedAt < next->receivedAt : candidate.stat);
        if (first)
            next = candidate;
    }
    return next;
}

bool ListPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == table_ && event->type() == QEvent::Resize)
        placeColumns();
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    int const key = static_cast<QKeyEvent*>(event)->key();
    if (watched == table_ && (key == Qt::Key_Return || key == Qt::Key_Enter)) {
        openSelected();
        return true;
    }
    if (watched == search_ && key == Qt::Key_Escape) {
        search_->clear();
        table_->setFocus();
        return true;
    }
    if (watched == search_ && (key == Qt::Key_Down || key == Qt::Key_Return)) {
        if (filter_->rowCount() == 0)
            return true; // nowhere to go
        table_->selectRow(0);
        table_->setFocus();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace qianli::viewer
