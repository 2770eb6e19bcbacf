#include "viewer/ui/mpr_view.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"

namespace qianli::viewer {

namespace {
constexpr int restMilliseconds = 150;
constexpr double slabNotch = 1; // mm a notch of the wheel
} // namespace

QString planeWord(MprPlane plane)
{
    return plane == MprPlane::Axial     ? say("MPR 轴位", "MPR axial")
           : plane == MprPlane::Coronal ? say("MPR 冠状", "MPR coronal")
                                        : say("MPR 矢状", "MPR sagittal");
}

MprView::MprView(std::shared_ptr<MprModel> model, MprPlane plane) : model_(std::move(model)), plane_(plane)
{
    rest_.setSingleShot(true);
    rest_.setInterval(restMilliseconds);
    connect(&rest_, &QTimer::timeout, this, &MprView::refine);
    connect(model_.get(), &MprModel::changed, this, &VolumeView::changed);
}

QString MprView::title() const
{
    QString words = planeWord(plane_);
    if (model_->isOblique(plane_))
        words += say(" 斜切", " oblique");
    if (model_->slab().thickness > 0)
        words += model_->slab().mode == SlabMode::Maximum   ? " MIP"
                 : model_->slab().mode == SlabMode::Minimum ? " MinIP"
                                                            : say(" 平均", " average");
    return words;
}

FrameAttributes MprView::attributes() const
{
    return attributesOf(*model_->volume(), cut());
}

QSize MprView::pictureSize() const
{
    return {static_cast<int>(cut().columns), static_cast<int>(cut().rows)};
}

void MprView::scrollTo(std::size_t index)
{
    model_->moveTo(model_->cursor() + cut().into * wayToCut(*model_->volume(), cut(), index));
}

bool MprView::wheel(int steps, Qt::KeyboardModifiers modifiers)
{
    if (!(modifiers & Qt::ShiftModifier))
        return false;
    Slab const& slab = model_->slab();
    model_->setSlab({slab.thickness + steps * slabNotch, slab.mode});
    return true;
}

QImage MprView::picture(ViewState const& state, QSize target)
{
    ++request_;
    state_ = state;
    target_ = target;
    pixels_.reset();
    CutImage drawn = renderCut(*model_->volume(), cut(), state, target, CutQuality::Draft);
    isFull_ = drawn.isFull;
    rest_.start();
    return drawn.image;
}

// The best picture, where the one on screen isn't, and the values for whoever measures.
void MprView::refine()
{
    struct Refined {
        QImage image;
        std::shared_ptr<Pixels const> pixels;
    };
    inBackground<Refined>(
        this,
        [volume = model_->volume(), cut = cut(), state = state_, target = target_,
         isFull = isFull_]() -> Result<Refined> {
            QImage image = isFull ? QImage() : renderCut(*volume, cut, state, target, CutQuality::Full).image;
            return Refined{std::move(image), sampleCut(*volume, cut).pixels};
        },
        [this, request = request_](Result<Refined> refined) {
            if (!refined || request != request_)
                return;
            pixels_ = refined->pixels;
            emit improved(refined->image);
        });
}

} // namespace qianli::viewer
