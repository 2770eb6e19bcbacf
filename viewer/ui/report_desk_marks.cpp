// ReportDesk: what is marked on the images and kept with the draft: key images and measurements.
#include "viewer/i18n/language.h"
#include "viewer/ui/report_desk.h"

namespace qianli::viewer {

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
    auto const same = [&image](MarkedImage const& other) {
        return other.reference.sopInstanceUid == image.reference.sopInstanceUid &&
               other.reference.frame == image.reference.frame;
    };
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
        if (marked.reference.sopInstanceUid == reference.sopInstanceUid && marked.reference.frame == reference.frame &&
            marked.picture.isNull()) {
            marked.picture = picture;
            marked.caption = caption;
            emit keyImagesChanged();
            return;
        }
}

void ReportDesk::replaceKeyPicture(model::ImageReference const& reference, QImage const& picture)
{
    for (auto& marked : keyImages_)
        if (marked.reference.sopInstanceUid == reference.sopInstanceUid && marked.reference.frame == reference.frame)
            marked.picture = picture;
    emit keyImagesChanged();
}

} // namespace qianli::viewer
