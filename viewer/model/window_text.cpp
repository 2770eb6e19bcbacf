#include "viewer/model/window_text.h"

#include <cmath>

namespace qianli::viewer {
namespace {

constexpr int longestExplanation = 18; // characters: the corner of a small viewport

QString number(double value, double width)
{
    // As many decimals as a hundredth of the width needs.
    int const decimals = width >= 20 ? 1 : std::clamp(2 - static_cast<int>(std::floor(std::log10(width))), 1, 6);
    QString text = QString::number(value, 'f', decimals);
    while (text.endsWith('0'))
        text.chop(1);
    if (text.endsWith('.'))
        text.chop(1);
    return text == "-0" ? QStringLiteral("0") : text;
}

QString explanationText(std::string const& explanation)
{
    QString text = QString::fromStdString(explanation).trimmed();
    if (text.size() > longestExplanation)
        text = text.left(longestExplanation - 1) + QStringLiteral("…");
    return text.isEmpty() ? text : QStringLiteral(" ") + text;
}

} // namespace

QString windowNumbers(Window const& window)
{
    double const width = std::max(window.width, 1e-6);
    return QStringLiteral("W%1 L%2").arg(number(window.width, width), number(window.center, width));
}

QString windowText(GreyScale const& grey, VoiChoice const& choice, Language language)
{
    bool const chinese = language == Language::Chinese;
    if (choice.kind == VoiChoice::Kind::FileLut && choice.index < grey.voiLuts.size())
        return QStringLiteral("VOI LUT %1").arg(choice.index + 1) +
               explanationText(grey.voiLuts[choice.index].explanation);
    QString text = windowNumbers(effectiveWindow(grey, choice));
    if (choice.kind == VoiChoice::Kind::FileWindow && choice.index < grey.windows.size()) {
        text += explanationText(grey.windows[choice.index].explanation);
    } else if (choice.kind == VoiChoice::Kind::Automatic) {
        bool const hasOwn = grey.brokenWindows > 0 || !grey.windows.empty() || !grey.voiLuts.empty();
        text += !hasOwn   ? (chinese ? QStringLiteral(" 自动") : QStringLiteral(" auto"))
                : chinese ? QStringLiteral(" 自动（文件窗位不合理）")
                          : QStringLiteral(" auto (the file's is implausible)");
    }
    return text;
}

} // namespace qianli::viewer
