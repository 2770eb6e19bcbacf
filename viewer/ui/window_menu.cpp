#include "viewer/ui/window_menu.h"

#include "viewer/i18n/language.h"
#include "viewer/model/view_state.h"
#include "viewer/model/window_text.h"

namespace qianli::viewer {
namespace {

Language menuLanguage()
{
    return displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English;
}

using Choose = std::function<void(VoiChoice const&)>;

void addChoice(QMenu& menu, QString const& text, VoiChoice const& choice, VoiChoice const& current,
               Choose const& choose)
{
    auto* const action = menu.addAction(text);
    action->setCheckable(true);
    action->setChecked(choice.kind == current.kind && choice.index == current.index);
    QObject::connect(action, &QAction::triggered, &menu, [choice, choose] { choose(choice); });
}

void addOwnChoices(QMenu& menu, GreyScale const& grey, VoiChoice const& current, Choose const& choose)
{
    for (std::size_t i = 0; i < grey.voiLuts.size(); ++i) {
        VoiChoice choice{VoiChoice::Kind::FileLut, i, {}};
        choice.manual = effectiveWindow(grey, choice);
        addChoice(menu, windowText(grey, choice, menuLanguage()), choice, current, choose);
    }
    for (std::size_t i = 0; i < grey.windows.size(); ++i) {
        VoiChoice const choice{VoiChoice::Kind::FileWindow, i, grey.windows[i]};
        addChoice(menu, windowText(grey, choice, menuLanguage()), choice, current, choose);
    }
}

void addPresets(QMenu& menu, Choose const& choose)
{
    for (WindowPreset const& preset : windowPresets()) {
        auto const words = displayLanguage() == DisplayLanguage::Chinese ? preset.chinese : preset.english;
        Window const window{preset.center, preset.width, {}, VoiFunction::Linear};
        auto* const action =
            menu.addAction(QString("%1   %2   %3")
                               .arg(preset.key)
                               .arg(QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size())))
                               .arg(windowNumbers(window)));
        QObject::connect(action, &QAction::triggered, &menu, [window, choose] {
            choose(VoiChoice{VoiChoice::Kind::Manual, 0, window});
        });
    }
}

} // namespace

void fillWindowMenu(QMenu& menu, FrameAttributes const* attributes, Pixels const* pixels, std::string const& modality,
                    VoiChoice const& current, std::function<void(VoiChoice const&)> const& choose)
{
    menu.clear();
    if (attributes != nullptr && pixels != nullptr && !pixels->isColour) {
        addOwnChoices(menu, attributes->grey, current, choose);
        VoiChoice const automatic{VoiChoice::Kind::Automatic, 0, automaticWindow(*pixels, attributes->grey, modality)};
        addChoice(menu, windowNumbers(automatic.manual) + say(" 自动", " automatic"), automatic, current, choose);
        menu.addSeparator();
    }
    addPresets(menu, choose);
}

} // namespace qianli::viewer
