#include "viewer/i18n/language.h"

#include "viewer/i18n/chinese_sentences.h"

#include <atomic>

namespace qianli::viewer {

namespace {
std::atomic<DisplayLanguage> current{DisplayLanguage::Chinese};

QString kind(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
        return say("内容有误", "The input is not usable");
    case ErrorCode::Refused:
        return say("被拒绝", "Refused");
    case ErrorCode::NotFound:
        return say("找不到", "Not found");
    case ErrorCode::Conflict:
        return say("冲突", "Conflict");
    case ErrorCode::LimitExceeded:
        return say("超出限制", "Limit exceeded");
    case ErrorCode::Unavailable:
        return say("暂时不可用", "Not available now");
    case ErrorCode::Corrupt:
        return say("数据已损坏", "Damaged");
    case ErrorCode::Cancelled:
        return say("已取消", "Cancelled");
    case ErrorCode::Internal:
        break;
    }
    return say("程序内部错误", "Internal error");
}

bool isChinese(QString const& text)
{
    for (QChar const character : text)
        if (character.unicode() >= 0x4E00 && character.unicode() <= 0x9FFF)
            return true;
    return false;
}
} // namespace

void setDisplayLanguage(DisplayLanguage language)
{
    current = language;
}

DisplayLanguage displayLanguage()
{
    return current;
}

QString say(char const* chinese, char const* english)
{
    return QString::fromUtf8(current == DisplayLanguage::Chinese ? chinese : english);
}

QString inReadersWords(std::string const& english)
{
    if (displayLanguage() == DisplayLanguage::Chinese)
        if (auto const known = inChinese(english))
            return *known;
    return QString::fromStdString(english);
}

QString sentence(Error const& error)
{
    QString const message = QString::fromStdString(error.message);
    if (displayLanguage() == DisplayLanguage::Chinese)
        if (auto const known = inChinese(error.message))
            return *known;
    // What the gateway already put in the reader's words needs no label before it.
    if (displayLanguage() == DisplayLanguage::Chinese && isChinese(message))
        return message;
    return message.isEmpty() ? kind(error.code) : kind(error.code) + say("：", ": ") + message;
}

} // namespace qianli::viewer
