// ReadingPage: one case: its identity, series, viewports, tools, and the report beside them.
#pragma once

#include "viewer/ui/elided_label.h"
#include "viewer/ui/identity_band.h"
#include "viewer/ui/notice_bar.h"
#include "viewer/ui/picture_cache.h"
#include "viewer/ui/report_panel.h"
#include "viewer/ui/series_bar.h"
#include "viewer/ui/study_images.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/viewport_grid.h"

#include <QSplitter>
#include <QTimer>

namespace qianli::viewer {

class ReadingPage : public QWidget {
    Q_OBJECT

public:
    explicit ReadingPage(QWidget* parent = nullptr);
    ~ReadingPage() override;

    // `listed`: as it stood in the list before it was claimed. `related`: the other studies under its Patient ID or its
    // Study Instance UID.
    void openTask(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task,
                  model::ReadingTask const& listed, std::vector<model::ReadingTask> related);
    void openFiles(std::vector<std::filesystem::path> const& files, QStringList const& problems);
    void close();
    void taskChanged(model::ReadingTask const& task);
    void setNext(std::optional<model::ReadingTask> const& next);
    std::optional<model::ReadingTask> const& task() const { return task_; }
    NoticeBar& notices() { return *notices_; }
    ViewportGrid& grid() { return *grid_; }
    StudyImages const& images() const { return images_; }

signals:
    void backAsked();
    void nextAsked();
    void signedAndSent();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Command {
        Invert,
        FlipLeftRight,
        FlipUpDown,
        Rotate,
        Fit,
        Reset,
        Mpr,
        KeyImage,
        OneUp,
        TwoUp,
        FourUp,
        PreviousSeries,
        NextSeries,
        First,
        Last,
        NextViewport,
        Up,
        Down
    };
    QWidget* buildHeader();
    QWidget* buildTools();
    // What lies over the pictures of each viewport.
    void addLayers();
    void run(Command command);
    void applyPreset(int key);
    void setLeftTool(ToolKind tool);
    void imagesChanged();
    void hang();
    void refreshWaiting();
    void showProgress();
    void putStack(std::size_t study, std::size_t series, std::size_t stack);
    void stepSeries(int by);
    void markSeries();
    void refreshMarks(Viewport* viewport);
    // What the window says of the case: identity, marks, what is missing.
    void refreshCase();
    void refreshBadges(std::vector<StudyMark> const& marks);
    void refreshIdentityBand();
    void refreshCompleteness();
    void clearPictures();
    void fetchMissing();
    int lateImages() const;
    // A claim is given back after idle minutes: whoever reads says so, whoever left the desk does not.
    void keepClaim();
    void toggleMpr();
    void continueMpr();
    void markKeyImage();
    void restoreKeyPictures();
    PatientIdentity const* patientOfCase() const;
    ReportDesk::ImagesRead imagesRead() const;
    QString incompleteWord() const;

    // First: it must outlive everything that shows its pictures.
    PictureCache cache_;
    StudyImages images_;
    std::optional<model::ReadingTask> task_;
    std::shared_ptr<Workplace> workplace_;
    QLabel* identity_;
    ElidedLabel* examination_;
    QWidget* badges_;
    QLabel *progress_, *state_;
    QPushButton* next_;
    IdentityBand* identityBand_;
    NoticeBar *notices_, *completeness_;
    SeriesBar* series_;
    ViewportGrid* grid_;
    ReportPanel* report_;
    QSplitter* splitter_;
    QFrame* loadLine_;
    std::vector<std::pair<ToolKind, QToolButton*>> toolButtons_;
    QToolButton *mpr_ = nullptr, *reportToggle_ = nullptr, *backButton_ = nullptr, *keyButton_ = nullptr;
    std::vector<model::ReadingTask> related_;
    int known_ = 0;                          // images that were there when the study was fetched
    QString openedIncomplete_, saidMissing_; // what was missing when it was opened; what is said of it now
    bool hung_ = false;
    QTimer claimTimer_;
    bool touched_ = false; // mouse or keys since the gateway heard of us
    struct MprWish {
        Viewport* source = nullptr;
        Stack stack;
        SeriesIdentity identity;
        std::vector<std::shared_ptr<Pixels const>> pixels;
        bool building = false;
    };
    std::optional<MprWish> mprWish_;
    std::optional<std::pair<std::vector<std::pair<Stack, SeriesIdentity>>, ViewportGrid::Layout>> beforeMpr_;
};

} // namespace qianli::viewer
