// ReadingPage: one case: its identity, series, viewports, tools, and the report beside them.
#pragma once

#include "viewer/ui/elided_label.h"
#include "viewer/ui/identity_band.h"
#include "viewer/ui/key_sheet.h"
#include "viewer/ui/load_line.h"
#include "viewer/ui/measure_board.h"
#include "viewer/ui/mpr_bar.h"
#include "viewer/ui/notice_bar.h"
#include "viewer/ui/picture_cache.h"
#include "viewer/ui/prior_images.h"
#include "viewer/ui/report_panel.h"
#include "viewer/ui/series_bar.h"
#include "viewer/ui/study_images.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/study_order.h"
#include "viewer/ui/viewport_grid.h"
#include "viewer/ui/viewport_link.h"

#include <QSplitter>
#include <QTimer>

#include <set>

namespace qianli::viewer {

class StackNotice;
class ToolStrip;

class ReadingPage : public QWidget {
    Q_OBJECT

public:
    explicit ReadingPage(QWidget* parent = nullptr);
    ~ReadingPage() override;

    // `listed`: as it stood in the list before it was claimed. `related`: the other studies under its Patient ID or its
    // Study Instance UID.
    void openTask(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task,
                  model::ReadingTask const& listed, std::vector<model::ReadingTask> related);
    // Files are being looked for; openFiles() follows.
    void expectFiles();
    void openFiles(std::vector<std::filesystem::path> const& files, QStringList const& problems);
    void close();
    void taskChanged(model::ReadingTask const& task);
    // Whom "next" opens; its images come here ahead, when the case's own and the earlier ones are here.
    void setNext(std::optional<model::ReadingTask> const& next);
    void setOnline(bool online);
    // A person's own keys; what is wrong with the file, a sentence each.
    QStringList useKeys(std::filesystem::path const& file);
    std::optional<model::ReadingTask> const& task() const { return task_; }
    NoticeBar& notices() { return *notices_; }
    ViewportGrid& grid() { return *grid_; }
    StudyImages const& images() const { return images_; }
    StudyImages const* imagesAhead() const { return ahead_.get(); }
    MeasureBoard& measurements() { return board_; }
    PriorImages& prior() { return prior_; }
    // While the next case is being claimed: no name, no picture, one sentence.
    void waitForCase();
    // For the second window, and back into this one (`inside`).
    ReportPanel* report() { return report_; }
    void setReportInside(bool inside);
    void sign() { report_->beginSigning(); }
    bool isSigning() const { return report_->desk().isSigning(); }
    void askForNext(); // if there is one
    void focusImages();
    void focusReport();

signals:
    void twoWindowsAsked(bool two);
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
        CrossHair,
        Rendered,
        KeyImage,
        Prior,
        Link,
        ReferenceLines,
        Graphics,
        PlayCine,
        CineSlower,
        CineFaster,
        Subtract,
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
    void addMeasureTools(ToolStrip& bar);
    void addMeasurements();
    void measureWith(MeasurementKind kind);
    bool measureKey(QKeyEvent const& event);
    void turnTo(Measurement const& measurement);
    void redrawKeyPictures();
    void drawBeside(MarkedImage const& marked, StackEntry const& entry, std::string const& caption);
    // What lies over the pictures of each viewport.
    void addLayers();
    void run(Command command);
    void runCine(Command command);
    void applyPreset(int key);
    void setLeftTool(ToolKind tool);
    void imagesChanged();
    void hang();
    void refreshWaiting();
    void fetchAhead();
    void showProgress();
    // The case's studies and, after them, the earlier ones: what the series bar shows.
    std::vector<Study> allStudies() const;
    void growInPlace();
    void showSeries();
    void showWhoFromFiles();
    bool hasBegun() const;
    void leadWithNewest();
    void followPatient();
    void putStack(std::size_t study, std::size_t series, std::size_t stack);
    void stepSeries(int by);
    void markSeries();
    void refreshMarks(Viewport* viewport);
    // Of an object on the screen: of another study than the case, most often an earlier one, or of somebody else.
    bool isOfOtherStudy(ImageAttributes const& image) const;
    ViewportBand bandOf(ImageAttributes const& image) const;
    StudyMoment momentOfCase() const;
    void refreshState();
    KnownOfCase knownOf(Viewport const& viewport) const;
    void priorsArrived(std::vector<PriorStudy> priors);
    void priorChanged();
    void togglePrior();
    void showPrior();
    void hangPrior();
    Study const* priorOfFiles() const;
    void refreshPriorMenu();
    QString priorWaitingWord() const;
    QString noCaseWord(std::size_t viewport) const;
    // Why nothing can be signed with what is on the screen; empty: the case is.
    QString notTheCase() const;
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
    void showMpr(std::shared_ptr<Volume const> volume);
    void leaveMpr();
    void showMprSource(); // beside the planes, as it was looked at
    void forgetMpr();
    // The volume seen from outside, beside its three planes.
    void toggleRendered();
    void markKeyImage();
    void restoreKeyPictures();
    static bool isPictureOf(StackEntry const& entry, model::ImageReference const& reference);
    PatientIdentity const* patientOfCase() const;
    ReportDesk::ImagesRead imagesRead() const;
    QString incompleteWord() const;

    // First: it must outlive everything that shows its pictures.
    PictureCache cache_;
    StudyImages images_;
    MeasureBoard board_;
    std::vector<std::pair<MeasurementKind, QToolButton*>> measureButtons_;
    bool saidNotKept_ = false; // of measurements on a case that somebody else writes
    PriorImages prior_;
    ViewportLink* link_ = nullptr;
    std::optional<model::ReadingTask> task_, nextTask_;
    std::unique_ptr<StudyImages> ahead_;
    std::shared_ptr<Workplace> workplace_;
    QLabel* identity_;
    ElidedLabel* examination_;
    QWidget* badges_;
    QLabel *progress_, *state_, *offline_ = nullptr;
    QPushButton* next_;
    IdentityBand* identityBand_;
    NoticeBar *notices_, *completeness_;
    StackNotice* stackNotice_ = nullptr;
    SeriesBar* series_;
    ViewportGrid* grid_;
    ReportPanel* report_;
    QSplitter* splitter_;
    LoadLine* loadLine_;
    QTimer progressIsOld_, mprIsOld_; // hundreds of objects and pictures arrive in a second
    std::vector<std::pair<ToolKind, QToolButton*>> toolButtons_;
    QToolButton *mpr_ = nullptr, *reportToggle_ = nullptr, *backButton_ = nullptr, *keyButton_ = nullptr,
                *deskButton_ = nullptr;
    bool reportInside_ = true;
    KeySheet* keySheet_ = nullptr;
    KeyBindings keys_;
    QToolButton *priorButton_ = nullptr, *linkButton_ = nullptr, *linesButton_ = nullptr;
    bool linesOn_ = true;
    bool graphicsOn_ = true;   // what devices drew over their pictures
    bool priorWanted_ = false; // asked for; hung as soon as there is a picture
    struct BeforePrior {
        ViewportGrid::Layout layout;
        Stack stack; // in its viewport
        SeriesIdentity identity;
        ViewState state;
    };
    std::optional<BeforePrior> beforePrior_;
    std::vector<model::ReadingTask> related_;
    int known_ = 0;                          // images that were there when the study was fetched
    QString openedIncomplete_, saidMissing_; // what was missing when it was opened; what is said of it now
    enum class Files { None, Sought, Opened } files_ = Files::None; // without a gateway
    bool hung_ = false, settles_ = false; // settles_: the first hanging looks for the middle once all is there
    quint64 pictures_ = 0; // what was drawn beside the window for those of before is nobody's
    quint64 measured_ = 0; // changes of what is measured: a key picture of before lacks something
    std::set<std::pair<std::string, int>> beingDrawn_; // key pictures beside the window: object and frame
    QTimer claimTimer_;
    bool touched_ = false; // mouse or keys since the gateway heard of us
    struct MprWish {
        Viewport* source = nullptr;
        Stack stack;
        SeriesIdentity identity;
        std::vector<std::shared_ptr<Pixels const>> pixels;
        bool building = false;
        quint64 number = 0; // a volume that was built for another wish is nobody's
    };
    std::optional<MprWish> mprWish_;
    quint64 mprWishes_ = 0;
    std::shared_ptr<MprModel> mprModel_; // while there is an MPR
    MprWish mprOf_;                      // what it was made from
    ViewState mprSeen_;                  // and how that was looked at
    MprBar* mprBar_ = nullptr;
    std::shared_ptr<RenderedView> rendered_;
    QToolButton* renderedButton_ = nullptr;
    bool renderedWanted_ = false; // as soon as there is a volume
    struct Shown {
        Stack stack;
        SeriesIdentity identity;
        ViewState state;
        bool isVoiChosen = false; // else the window is nobody's choice
    };
    struct BeforeMpr {
        std::vector<Shown> shown; // by viewport
        ViewportGrid::Layout layout;
        Viewport* active;
    };
    std::optional<BeforeMpr> beforeMpr_;
};

} // namespace qianli::viewer
