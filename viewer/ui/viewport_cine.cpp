// Viewport's clips: the bar under the picture while the stack is the frames of one object in time.
#include "viewer/i18n/language.h"
#include "viewer/model/mask_subtraction.h"
#include "viewer/ui/cine_bar.h"
#include "viewer/ui/viewport.h"

namespace qianli::viewer {

void Viewport::followClip()
{
    bool const wanted = !view_ && !pages_ && isClip(stack_);
    if (!wanted && cine_ == nullptr)
        return;
    if (cine_ == nullptr)
        cine_ = new CineBar(
            {[this] { return state_.index; },
             [this](std::size_t frame) { change([frame](ToolTarget const& target) { target.state.index = frame; }); },
             [this](std::size_t frame) { return frame < stack_.entries.size() && cache_.holds(stack_.entries[frame]); },
             [this] { return isVisible(); }, [this] { toggleSubtraction(); }},
            this);
    auto const clip = wanted ? stack_.entries.front().image : nullptr;
    if (std::exchange(clip_, clip) != clip) {
        cine_->pause();
        mask_.reset();
        if (wanted)
            cine_->setClip(stack_);
    }
    if (cine_->isHidden() == wanted) {
        cine_->setVisible(wanted);
        imageCurrent_ = false;
    }
    placeClip();
    cine_->follow();
}

void Viewport::toggleSubtraction()
{
    if (!clip_ || !pixels_ || !mayBeSubtracted(*clip_))
        return;
    if (mask_)
        leaveMask();
    else if (takeMask())
        plainVoi_ = std::exchange(state_.voi, VoiChoice{VoiChoice::Kind::Manual, 0, windowOfDifferences()});
    else
        return cine_->refuseMask();
    takePicture();
}

bool Viewport::takeMask()
{
    auto const said = readMaskFrames(clip_->file, entry()->frame);
    bool const isSaid = said && !said->frames.empty();
    auto const frames = isSaid ? said->frames : std::vector<std::uint32_t>{entry()->frame};
    std::vector<std::shared_ptr<Pixels const>> pixels;
    QStringList numbers;
    for (std::uint32_t const frame : frames)
        if (auto const picture = cache_.find({clip_, frame}); picture.pixels) {
            pixels.push_back(picture.pixels);
            numbers << QString::number(frame + 1);
        }
    auto mask = pixels.size() == frames.size()
                    ? Mask::average(pixels, said && said->isLinear, isSaid ? said->appliesTo : FrameRanges(),
                                    isSaid ? said->shift : MaskShift())
                    : std::nullopt;
    if (!mask)
        return false;
    mask_ = std::make_shared<Mask const>(std::move(*mask));
    QString words = say("减影，蒙片 %1", "subtracted, mask %1").arg(numbers.join(", "));
    if (said && !said->otherMethod.empty())
        words += say("；文件指定的 %1 没有采用", "; the file's %1 is not applied").arg(said->otherMethod.c_str());
    if (said && said->contrastFrames > 1)
        words += say("；文件指定的 %1 幅平均没有采用", "; the file's average of %1 frames is not applied")
                     .arg(said->contrastFrames);
    cine_->setMask(words);
    return true;
}

void Viewport::leaveMask()
{
    mask_.reset();
    state_.voi = plainVoi_;
    cine_->setMask({});
}

// The frame shown may be of another run, which has a mask of its own or none: never that of the run before.
void Viewport::followMask()
{
    if (!mask_ || !clip_ || entry()->image != clip_ || mask_->appliesTo(entry()->frame))
        return;
    auto const said = readMaskFrames(clip_->file, entry()->frame);
    if (!said || said->frames.empty() || !takeMask())
        leaveMask();
}

// Of a few frames over the whole clip: the mask itself, and what is near it, differs in nothing.
Window Viewport::windowOfDifferences()
{
    constexpr std::size_t looks = 8;
    Window widest;
    widest.width = 0;
    for (std::size_t i = 0; i < looks; ++i) {
        StackEntry const& looked = stack_.entries[i * (stack_.entries.size() - 1) / (looks - 1)];
        auto const picture = mask_->appliesTo(looked.frame) ? cache_.find(looked) : PictureCache::Picture();
        auto const differences = picture.pixels ? mask_->subtractFrom(*picture.pixels) : nullptr;
        if (!differences)
            continue;
        if (Window const window = Mask::windowOf(*differences); window.width > widest.width)
            widest = window;
    }
    return widest.width > 0 ? widest : Window{0.5, 65, {}, VoiFunction::Linear};
}

std::shared_ptr<Pixels const> Viewport::withoutMask(std::shared_ptr<Pixels const> const& pixels) const
{
    return pixels && mask_ ? mask_->subtractFrom(*pixels) : pixels;
}

void Viewport::placeClip()
{
    if (cine_ != nullptr)
        cine_->setGeometry(1, height() - 1 - CineBar::barHeight, width() - 2, CineBar::barHeight);
}

int Viewport::clipHeight() const
{
    return cine_ != nullptr && !cine_->isHidden() ? CineBar::barHeight : 0;
}

} // namespace qianli::viewer
