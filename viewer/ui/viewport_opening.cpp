// How Viewport opens a stack: with which slice, and with which window where the object has no usable one.
#include "viewer/ui/viewport.h"

namespace qianli::viewer {

std::size_t Viewport::leadingIndex() const
{
    return stack_.kind == StackKind::Slices && view_ == nullptr ? stack_.representative() : state_.index;
}

// Beside the body there is nothing but noise: a window made from it would show the rest of the stack white.
VoiChoice Viewport::openingVoi()
{
    voiAwaitsLeading_ = false;
    std::string const& modality = entry()->image->series.modality;
    VoiChoice choice = initialVoi(*pixels_, attributes()->grey, modality);
    if (choice.kind != VoiChoice::Kind::Automatic || leadingIndex() == state_.index)
        return choice;
    StackEntry const& leading = stack_.entries[leadingIndex()];
    auto const picture = cache_.find(leading);
    if (picture.pixels)
        choice = initialVoi(*picture.pixels, leading.attributes().grey, modality);
    else
        voiAwaitsLeading_ = !picture.error;
    return choice;
}

bool Viewport::takeLeading(quintptr image, unsigned frame)
{
    if (!voiAwaitsLeading_ || !pixels_)
        return false;
    StackEntry const& leading = stack_.entries[leadingIndex()];
    if (reinterpret_cast<quintptr>(leading.image.get()) != image || leading.frame != frame)
        return false;
    state_.voi = openingVoi();
    imageCurrent_ = false;
    update();
    emit pictureChanged(this);
    return true;
}

void Viewport::settle()
{
    std::size_t const count = stack_.entries.size(), middle = stack_.representative();
    if (touched_ || view_ != nullptr || pages_ != nullptr || stack_.kind != StackKind::Slices ||
        (state_.index >= count / 4 && state_.index <= middle + count / 4))
        return;
    state_.index = middle;
    voiChosen_ = voiAwaitsLeading_ = false;
    takePicture();
}

} // namespace qianli::viewer
