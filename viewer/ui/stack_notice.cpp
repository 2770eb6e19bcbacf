#include "viewer/ui/stack_notice.h"

#include "viewer/i18n/language.h"
#include "viewer/model/geometry_text.h"

namespace qianli::viewer {

StackNotice::StackNotice(ViewportGrid& grid, NoticeBar& notices, QObject* parent)
    : QObject(parent), grid_(grid), notices_(notices)
{
    connect(&grid_, &ViewportGrid::pictureChanged, this, [this](Viewport* viewport) { lookAt(*viewport); });
}

void StackNotice::look()
{
    for (std::size_t index = 0; index < grid_.visibleCount(); ++index)
        lookAt(*grid_.viewports()[index]);
}

void StackNotice::forget()
{
    last_.reset();
    said_.clear();
}

void StackNotice::lookAt(Viewport const& viewport)
{
    auto const& geometry = viewport.stack().geometry;
    if (geometry == nullptr || geometry == last_)
        return;
    // Something graver stands there: it is said with the next picture after that was read.
    if (notices_.isAnswering())
        return;
    last_ = geometry;
    bool const chinese = displayLanguage() == DisplayLanguage::Chinese;
    QString const words =
        QString::fromStdString(geometryWarning(*geometry, chinese ? Language::Chinese : Language::English));
    if (words.isEmpty())
        return;
    if (said_.insert(QString::fromStdString(viewport.seriesUid()) + words).second)
        notices_.show(NoticeBar::Weight::Warning, words);
}

} // namespace qianli::viewer
