#include "viewer/i18n/chinese_sentences.h"

#include "viewer/i18n/sentence_table.h"

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace qianli::viewer {

namespace {

// Values that are words themselves.
constexpr std::array words{
    Sentence{"Study Instance UID", "检查标识 (Study UID)"},
    Sentence{"SOP Instance UID", "对象标识 (SOP UID)"},
    Sentence{"patient name", "姓名"},
    Sentence{"patient's name", "姓名"},
    Sentence{"patient ID", "患者编号"},
    Sentence{"Patient ID", "患者编号"},
    Sentence{"site", "医疗机构"},
    Sentence{"images", "图像"},
    Sentence{"task", "任务"},
    Sentence{"report", "报告"},
    Sentence{"findings", "检查所见"},
    Sentence{"content", "内容"},
    Sentence{"diagnosis", "影像诊断"},
    Sentence{"recommendation", "建议"},
    Sentence{"method", "检查方法"},
    Sentence{"author", "报告医师"},
    Sentence{"author's name", "报告医师姓名"},
    Sentence{"author's login", "报告医师的用户名"},
    Sentence{"issuing hospital", "签发医院"},
    Sentence{"hospital's name", "签发医院名称"},
    Sentence{"site's name", "医疗机构名称"},
    Sentence{"study description", "检查描述"},
    Sentence{"encapsulated", "封装"},
    Sentence{"native", "未封装"},
    Sentence{"receiving", "接收中"},
    Sentence{"incomplete", "疑缺"},
    Sentence{"ready", "待报告"},
    Sentence{"claimed", "已领取"},
    Sentence{"drafting", "书写中"},
    Sentence{"preliminary", "临时报告"},
    Sentence{"submitted", "待审核"},
    Sentence{"returned", "审核退回"},
    Sentence{"final", "已审核"},
    Sentence{"issued", "已发布"},
    Sentence{"delivered", "已送达"},
    Sentence{"amended", "已修改"},
    Sentence{"withdrawn", "已撤回"},
    Sentence{"rejected", "退回重拍"},
    Sentence{"No such file or directory", "没有这个文件或文件夹"},
    Sentence{"Permission denied", "没有权限"},
    Sentence{"No space left on device", "磁盘已满"},
    Sentence{"Read-only file system", "磁盘是只读的"},
    Sentence{"Input/output error", "磁盘读写出错"},
    Sentence{"Is a directory", "是一个文件夹"},
};

// The values that stand for {}, or nothing when the text is not this sentence.
std::optional<std::vector<std::string_view>> matched(std::string_view pattern, std::string_view text)
{
    std::vector<std::string_view> values;
    auto place = pattern.find("{}");
    if (place == std::string_view::npos)
        return text == pattern ? std::optional(values) : std::nullopt;
    if (!text.starts_with(pattern.substr(0, place)))
        return {};
    text.remove_prefix(place);
    pattern.remove_prefix(place + 2);
    while (true) {
        place = pattern.find("{}");
        std::string_view const literal = pattern.substr(0, place);
        bool const last = place == std::string_view::npos;
        // The last one reaches to the end; any other ends where what follows it comes first.
        if (last && !text.ends_with(literal))
            return {};
        auto const end = last ? text.size() - literal.size() : text.find(literal);
        if (end == std::string_view::npos)
            return {};
        values.push_back(text.substr(0, end));
        if (last)
            return values;
        text.remove_prefix(end + literal.size());
        pattern.remove_prefix(place + 2);
    }
}

QString asRead(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

std::optional<QString> translated(std::string_view text, std::span<Sentence const> table);

QString valueAsRead(std::string_view value)
{
    if (auto const word = translated(value, words))
        return *word;
    return inChinese(std::string(value)).value_or(asRead(value));
}

std::optional<QString> translated(std::string_view text, std::span<Sentence const> table)
{
    for (Sentence const& sentence : table) {
        auto const values = matched(sentence.english, text);
        if (!values)
            continue;
        QString const chinese = QString::fromUtf8(sentence.chinese);
        QString result;
        for (qsizetype index = 0; index < chinese.size(); ++index) {
            bool const isPlace = chinese[index] == '%' && index + 1 < chinese.size() && chinese[index + 1].isDigit();
            if (!isPlace)
                result += chinese[index];
            else if (auto const number = static_cast<std::size_t>(chinese[++index].digitValue()) - 1;
                     number < values->size())
                result += valueAsRead((*values)[number]);
        }
        return result;
    }
    return {};
}

std::optional<QString> known(std::string_view text)
{
    for (auto const table : {pictureSentences(), serviceSentences(), std::span<Sentence const>(words)})
        if (auto whole = translated(text, table))
            return whole;
    return {};
}
} // namespace

std::optional<QString> inChinese(std::string const& english)
{
    if (auto whole = known(english))
        return whole;
    // "place: place: sentence": what is known at its end is said, where it happened stays before it.
    for (auto colon = english.find(": "); colon != std::string::npos; colon = english.find(": ", colon + 1)) {
        std::string const rest = english.substr(colon + 2);
        if (auto const end = known(rest))
            return asRead(std::string_view(english).substr(0, colon)) + QString::fromUtf8("：") + *end;
    }
    return {};
}

} // namespace qianli::viewer
