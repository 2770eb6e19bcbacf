#include "viewer/i18n/qt_words.h"

#include <array>
#include <string_view>
#include <utility>

namespace qianli::viewer {

namespace {
using Words = std::pair<std::string_view, char const*>;
constexpr std::array words{Words{"&Undo", "撤销"},
                           Words{"&Redo", "重做"},
                           Words{"Cu&t", "剪切"},
                           Words{"&Copy", "复制"},
                           Words{"&Paste", "粘贴"},
                           Words{"Delete", "删除"},
                           Words{"Select All", "全选"},
                           Words{"Copy &Link Location", "复制链接地址"},
                           Words{"Insert Unicode control character", "插入 Unicode 控制字符"},
                           Words{"Displays help on commandline options.", "显示命令行选项。"},
                           Words{"Displays help including Qt specific options.", "显示全部选项，包括 Qt 的。"},
                           Words{"Options:", "选项："},
                           Words{"Arguments:", "参数："},
                           Words{"Usage: %1", "用法：%1"},
                           Words{"[options]", "[选项]"}};
} // namespace

QString QtWords::translate(char const*, char const* sourceText, char const*, int) const
{
    for (auto const& [source, chinese] : words)
        if (source == sourceText)
            return QString::fromUtf8(chinese);
    return {};
}

} // namespace qianli::viewer
