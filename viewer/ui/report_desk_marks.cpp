// ReportDesk: what is marked on the images and kept with the draft: key images and measurements.
#include "viewer/i18n/language.h"
#include "viewer/ui/report_desk.h"

namespace qianli::viewer {

namespace {
// Two sites may use the same UIDs.
bool isSamePicture(model::ImageReference const& one, model::ImageReference const& other)
{
    return one.sopInstanceUid == other.sopInstanceUid && one.frame == other.frame && one.studyUid == other.studyUid;
}
} // namespace

void ReportDesk::takeMarks(DraftMarks const& marks)
{
    draft_.marks = marks;
    keyImages_.clear();
    for (auto const& reference : marks.keyImages)
        if (keyImages_.size() < maximumKeyImages)
            keyImages_.push_back({reference, {}, {}, {}});
    emit measurementsLoaded();
    emit keyImagesChanged();
}

void ReportDesk::setMeasurements(std::vector<Measurement> const& measurements)
{
    if (!writable_ || !ready_ || signing_ || measurements == draft_.marks.measurements)
        return;
    draft_.marks.measurements = measurements;
    changed();
}

Result<void> ReportDesk::toggleKeyImage(MarkedImage const& image)
{
    if (signing_)
        return fail(ErrorCode::Refused,
                    say("正在签名，关键图不能再改。", "The report is being signed: its key images stay as they are.")
                        .toStdString());
    auto const same = [&image](MarkedImage const& other) { return isSamePicture(other.reference, image.reference); };
    if (std::erase_if(keyImages_, same) == 0) {
        if (keyImages_.size() >= maximumKeyImages)
            return fail(ErrorCode::LimitExceeded, say("报告最多附 %1 幅关键图", "a report takes at most %1 key images")
                                                      .arg(maximumKeyImages)
                                                      .toStdString());
        keyImages_.push_back(image);
    }
    draft_.marks.keyImages.clear();
    for (auto const& marked : keyImages_)
        draft_.marks.keyImages.push_back(marked.reference);
    if (writable_ && ready_)
        changed();
    emit keyImagesChanged();
    return {};
}

void ReportDesk::setKeyPicture(model::ImageReference const& reference, QImage const& picture,
                               std::string const& caption)
{
    for (auto& marked : keyImages_)
        if (isSamePicture(marked.reference, reference) && marked.picture.isNull()) {
            marked.picture = picture;
            marked.caption = caption;
            emit keyImagesChanged();
            return;
        }
}

void ReportDesk::replaceKeyPicture(model::ImageReference const& reference, QImage const& picture)
{
    for (auto& marked : keyImages_)
        if (isSamePicture(marked.reference, reference))
            marked.picture = picture;
    emit keyImagesChanged();
}

} // namespace qianli::viewer
