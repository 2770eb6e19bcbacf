// What ReadingPage gives to the report: key images with their pictures, and which images were read.
#include "viewer/ui/reading_page.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/model/corner_text.h"
#include "viewer/model/pixel_loader.h"
#include "viewer/ui/key_picture.h"

namespace qianli::viewer {

namespace {
std::string keyCaption(int series, std::size_t number, std::size_t count, std::optional<ViewState> const& look,
                       bool isSubtracted = false)
{
    QString caption = say("序列 %1 第 %2/%3 幅", "Series %1, image %2 of %3").arg(series).arg(number).arg(count);
    if (isSubtracted)
        caption += say("，减影", ", subtracted");
    auto const language = displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English;
    if (QString const turned = look ? turnedText(look->orientation, language) : QString(); !turned.isEmpty())
        caption += say("（%1）", " (%1)").arg(turned);
    return caption.toStdString();
}

bool hasPictures(Study const* study)
{
    return study != nullptr &&
           std::ranges::any_of(study->series, [](Series const& series) { return series.pictureCount() > 0; });
}

// For a worker thread.
Result<QImage> keyPicture(StackEntry const& entry, std::optional<ViewState> const& look,
                          std::vector<Measurement> const& measurements, std::uint64_t era)
{
    QIANLI_ASSIGN(auto const pixels, loadPixels(*sharedDecoder(), *entry.image, entry.frame, era));
    return drawKeyPicture(entry, *pixels, look, measurements);
}
} // namespace

bool ReadingPage::isPictureOf(StackEntry const& entry, model::ImageReference const& reference)
{
    int const frame = entry.image->frameCount > 1 ? static_cast<int>(entry.frame) + 1 : 0;
    return reference.frame == frame && reference.sopInstanceUid == entry.image->sopInstanceUid.value() &&
           reference.studyUid == entry.image->study.uid.value();
}

void ReadingPage::refreshMarks(Viewport* viewport)
{
    StackEntry const* entry = viewport->entry();
    viewport->setBand(entry != nullptr ? bandOf(*entry->image) : ViewportBand());
    viewport->setKnown(knownOf(*viewport));
    auto const& keys = report_->desk().keyImages();
    viewport->setKeyImage(entry != nullptr && !viewport->showsPlane() &&
                          std::any_of(keys.begin(), keys.end(), [entry](MarkedImage const& marked) {
                              return isPictureOf(*entry, marked.reference);
                          }));
}

void ReadingPage::markKeyImage()
{
    Viewport& viewport = grid_->active();
    StackEntry const* entry = viewport.entry();
    if (task_ && viewport.pages() != nullptr)
        return notices_->show(NoticeBar::Weight::Information,
                              say("文档不能作为关键图。", "A document can't be a key image."));
    if (!task_ || entry == nullptr || !viewport.pixels() || !report_->desk().isWritable())
        return;
    if (viewport.showsPlane())
        return notices_->show(NoticeBar::Weight::Information,
                              say("重建图不能作为关键图，请在原始图像上标记。",
                                  "A reconstruction can't be a key image; mark the original."));
    if (isOfOtherStudy(*entry->image))
        return notices_->show(NoticeBar::Weight::Information,
                              say("别的检查的图像不能作为这份报告的关键图。",
                                  "An image of another study can't be a key image of this report."));
    MarkedImage marked;
    ImageAttributes const& image = *entry->image;
    marked.reference = {image.study.uid.value(), image.series.uid.value(), image.sopClassUid.value(),
                        image.sopInstanceUid.value(), image.frameCount > 1 ? static_cast<int>(entry->frame) + 1 : 0};
    marked.look = viewport.state();
    marked.isSubtracted = viewport.isSubtracted();
    marked.picture = drawKeyPicture(*entry, *viewport.pixels(), marked.look, board_.all());
    marked.caption = keyCaption(image.series.number, viewport.state().index + 1, viewport.stack().entries.size(),
                                marked.look, marked.isSubtracted);
    if (auto const done = report_->desk().toggleKeyImage(marked); !done)
        notices_->show(NoticeBar::Weight::Information, sentence(done.error()));
}

// Marks that came back from the journal get their pictures again, as the file says they look; also what was measured on
// meanwhile. Each picture is drawn once at a time: drawn again for each change of a hand that drags, they would be
// thousands.
void ReadingPage::restoreKeyPictures()
{
    Study const* study = images_.study();
    if (!task_ || study == nullptr || images_.isLoading())
        return;
    for (MarkedImage const& marked : report_->desk().keyImages())
        for (Series const& series : study->series)
            for (Stack const& stack : series.stacks)
                for (std::size_t index = 0; index < stack.entries.size(); ++index)
                    if (marked.picture.isNull() && isPictureOf(stack.entries[index], marked.reference))
                        drawBeside(marked, stack.entries[index],
                                   keyCaption(series.identity.number, index + 1, stack.entries.size(), marked.look));
}

void ReadingPage::drawBeside(MarkedImage const& marked, StackEntry const& entry, std::string const& caption)
{
    if (!beingDrawn_.insert({marked.reference.sopInstanceUid, marked.reference.frame}).second)
        return;
    inBackground<QImage>(
        this,
        [entry, look = marked.look, drawn = board_.all(), era = sharedDecoder()->era()] {
            return keyPicture(entry, look, drawn, era);
        },
        [this, reference = marked.reference, caption, of = measured_, before = pictures_](Result<QImage> picture) {
            if (before != pictures_)
                return; // of another case
            beingDrawn_.erase({reference.sopInstanceUid, reference.frame});
            if (of != measured_)
                return restoreKeyPictures(); // of what was drawn before
            if (picture)
                report_->desk().setKeyPicture(reference, *picture, caption);
        });
}

// What is signed is what is seen: the case itself must be on the screen, and nobody else.
QString ReadingPage::notTheCase() const
{
    bool seen = false;
    for (Viewport const* viewport : grid_->viewports()) {
        StackEntry const* entry = viewport->isVisible() ? viewport->entry() : nullptr;
        if (entry == nullptr)
            continue;
        if (bandOf(*entry->image).kind == ViewportBand::Kind::OtherPatient)
            return say("画面上有另一位患者的图像：%1。请先换下，再签发。",
                       "An image of another patient is on the screen: %1. Put it away before you sign.")
                .arg(QString::fromStdString(displayName(entry->image->patient.name)));
        // A page stands for the case where there are no pictures: an electrocardiogram.
        bool const isPage = viewport->pages() != nullptr && !hasPictures(images_.study());
        bool const isShown = viewport->pixels() || viewport->showsPlane() || isPage;
        seen = seen || (isShown && !isOfOtherStudy(*entry->image) && task_ &&
                        entry->image->study.uid.value() == task_->studyUid);
    }
    return seen ? QString()
                : say("画面上没有这个检查的图像，不能签发。请先把它放到画面上。",
                      "No image of this study is on the screen; put one there before you sign.");
}

ReportDesk::ImagesRead ReadingPage::imagesRead() const
{
    ReportDesk::ImagesRead read;
    Study const* study = images_.study();
    if (study == nullptr || !task_)
        return read;
    read.notOnScreen = notTheCase();
    auto& subject = read.subject;
    subject.studyUid = study->identity.uid.value();
    subject.patientName = study->patient.name;
    subject.patientId = study->patient.id;
    subject.studyId = study->identity.id;
    // The gateway gave the images as this site's study; the objects themselves don't carry the site's id.
    subject.site = task_->site;
    subject.siteName = task_->siteName;
    if (study->patientsDiffer)
        subject.patientName += say("（以及另一位患者）", " (and another patient)").toStdString();
    // What is reported on are the pictures; where there are none, the pages.
    bool const ofPictures = hasPictures(study);
    for (Series const& series : study->series)
        for (Stack const& stack : series.stacks)
            for (StackEntry const& entry : stack.entries)
                if (entry.frame == 0 && (!ofPictures || stack.kind != StackKind::Document))
                    read.evidence.push_back({study->identity.uid.value(), series.identity.uid.value(),
                                             entry.image->sopClassUid.value(), entry.image->sopInstanceUid.value(), 0});
    return read;
}

QString ReadingPage::incompleteWord() const
{
    QStringList words;
    if (!images_.isComplete() || images_.isLoading())
        words << say("注意：图像只收到 %1/%2。", "Note: only %1 of %2 images are here.")
                     .arg(images_.arrived())
                     .arg(images_.expected());
    if (int const late = lateImages(); late > 0)
        words
            << say("注意：后到的 %1 幅图像还没有取来。", "Note: %1 images that came later were not fetched.").arg(late);
    if (task_)
        words << (incompleteWords(*task_).isEmpty() ? openedIncomplete_ : incompleteWords(*task_));
    words.removeAll(QString());
    return words.join('\n');
}

} // namespace qianli::viewer
