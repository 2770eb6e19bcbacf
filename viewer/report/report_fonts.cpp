#include "viewer/report/report_fonts.h"

#include <QFontDatabase>

namespace qianli::viewer {

QStringList reportFontFamilies()
{
    return {QStringLiteral("WenQuanYi Zen Hei"), QStringLiteral("HanaMinA"), QStringLiteral("HanaMinB")};
}

QFont reportFont(double points)
{
    QFont font(reportFontFamilies());
    font.setPointSizeF(points);
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

Result<void> checkReportFonts()
{
    if (!QFontDatabase::hasFamily(reportFontFamilies().front()))
        return fail(
            ErrorCode::Unavailable,
            "the font WenQuanYi Zen Hei (package fonts-wqy-zenhei), in which reports are printed, is not installed");
    return {};
}

} // namespace qianli::viewer
