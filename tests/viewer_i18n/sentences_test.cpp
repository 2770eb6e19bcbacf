// No English sentence in a Chinese window: the sources are read, and every sentence that an Error may carry to the
// window must have its Chinese one.
#include "common/base/file.h"
#include "viewer/i18n/chinese_sentences.h"
#include "viewer/i18n/language.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <regex>

using namespace qianli;
using namespace qianli::viewer;

namespace {
struct InSource {
    std::string file, sentence;
};

std::string withoutComments(std::string const& source)
{
    return std::regex_replace(source, std::regex("(^|[ \t])//[^\n]*"), " ");
}

// What stands between fail( and the parenthesis that closes it.
std::vector<std::string> failures(std::string const& source)
{
    std::vector<std::string> found;
    std::string const opening = "fail(";
    for (auto at = source.find(opening); at != std::string::npos; at = source.find(opening, at + 1)) {
        if (at > 0 && (std::isalnum(static_cast<unsigned char>(source[at - 1])) != 0 || source[at - 1] == '_'))
            continue;
        auto end = at + opening.size();
        bool inString = false;
        for (int depth = 1; depth > 0 && end < source.size(); ++end) {
            char const character = source[end];
            if (inString && character == '\\')
                ++end;
            else if (character == '"')
                inString = !inString;
            else if (!inString && character == '(')
                ++depth;
            else if (!inString && character == ')')
                --depth;
        }
        found.push_back(source.substr(at + opening.size(), end - 1 - at - opening.size()));
    }
    return found;
}

// The sentences of one such call with values for the places: "a {} b" + x → "a 7 b7". A choice gives both.
std::vector<std::string> sentencesOf(std::string const& call)
{
    if (call.find("say(") != std::string::npos)
        return {};
    std::vector<std::string> sentences(1);
    bool choice = false;
    std::size_t at = 0;
    std::size_t const comma = call.find(',');
    std::string const words = comma == std::string::npos ? std::string() : call.substr(comma + 1);
    bool const formatted = words.find("format(") != std::string::npos;
    for (bool first = true; at < words.size(); first = false) {
        auto const start = words.find('"', at);
        if (start == std::string::npos)
            break;
        auto end = start + 1;
        while (end < words.size() && words[end] != '"')
            end += words[end] == '\\' ? 2 : 1;
        std::string const between = words.substr(at, start - at);
        bool const adjacent = between.find_first_not_of(" \t\n") == std::string::npos;
        if (between.find(':') != std::string::npos && choice) {
            sentences.emplace_back();
        } else if (!adjacent && !(first && between.find('+') == std::string::npos)) {
            if (formatted)
                break; // the values' own words
            if (between.find('?') == std::string::npos)
                sentences.back() += "{}";
        }
        choice = choice || between.find('?') != std::string::npos;
        sentences.back() += words.substr(start + 1, end - start - 1);
        at = end + 1;
    }
    if (!formatted && words.substr(std::min(at, words.size())).find('+') != std::string::npos)
        sentences.back() += "{}";
    for (auto& sentence : sentences)
        sentence = std::regex_replace(sentence, std::regex(R"(\{[^}]*\})"), "7");
    return sentences;
}

std::vector<InSource> sentencesIn(std::vector<std::string> const& places)
{
    std::vector<InSource> all;
    auto const take = [&all](std::filesystem::path const& file) {
        auto const source = readFile(file, 4 << 20);
        REQUIRE(source);
        for (auto const& call : failures(withoutComments(*source)))
            for (auto const& sentence : sentencesOf(call))
                if (std::regex_search(sentence, std::regex("[a-z]{2} [a-z]")))
                    all.push_back({file.filename().string(), sentence});
    };
    for (auto const& place : places) {
        std::filesystem::path const path = std::filesystem::path(QIANLI_SOURCE_DIR) / place;
        if (std::filesystem::is_regular_file(path))
            take(path);
        else
            for (auto const& entry : std::filesystem::directory_iterator(path))
                if (entry.path().extension() == ".cpp" && !entry.path().filename().string().starts_with("render_"))
                    take(entry.path());
    }
    return all;
}

bool hasChinese(QString const& text)
{
    return std::any_of(text.begin(), text.end(),
                       [](QChar c) { return c.unicode() >= 0x4E00 && c.unicode() <= 0x9FFF; });
}
} // namespace

TEST_CASE("the reader of sources reads them", "[i18n]")
{
    CHECK(sentencesOf(R"(ErrorCode::Refused, fmt::format("a {} of {:.2f} "
                         "b", first("x"), second))") == std::vector<std::string>{"a 7 of 7 b"});
    CHECK(sentencesOf(R"(ErrorCode::Refused, path.string() + ": no " + what)") == std::vector<std::string>{"7: no 7"});
    CHECK(sentencesOf(R"(ErrorCode::Refused, small ? "too small" : "too large")") ==
          std::vector<std::string>{"too small", "too large"});
    CHECK(sentencesOf(R"(ErrorCode::Refused, say("不", "no").toStdString())").empty());
}

TEST_CASE("every sentence that may reach the window is there in Chinese", "[i18n]")
{
    auto const all = sentencesIn(
        {"viewer/report", "viewer/render", "viewer/model", "viewer/decoding", "viewer/client", "viewer/ui",
         "gateway/workflow/report_issuer.cpp", "gateway/workflow/reports.cpp", "gateway/workflow/reading_tasks.cpp",
         "gateway/workflow/drafts.cpp", "common/dicom/part10.cpp", "common/dicom/data_set_walker.cpp",
         "common/dicom/network/dicom_client.cpp", "common/crypto/report_signature.cpp",
         "common/crypto/certificate_trust.cpp", "common/crypto/dicom_signature.cpp", "common/crypto/key_request.cpp"});
    CHECK(all.size() > 150);
    for (auto const& [file, sentence] : all) {
        auto const chinese = inChinese(sentence);
        if (!chinese || !hasChinese(*chinese))
            FAIL_CHECK(file << ": " << sentence);
    }
}

TEST_CASE("values, words among them, stand at their places", "[i18n]")
{
    CHECK(inChinese("patient name differs: '张^三' in the images, 'Zhang^San' in the task") ==
          QString("姓名不一致：图像是“张^三”，任务是“Zhang^San”"));
    CHECK(inChinese("the report has no diagnosis") == QString("报告还没有影像诊断"));
    CHECK(inChinese("no volume: the slices are sheared by 50.0 degrees, which no gantry does") ==
          QString("各层错开了 50.0 度，没有机架会这样倾斜"));
    CHECK(inChinese("/media/cd/1.dcm: no DICOM file: neither 'DICM' at byte 128 nor a data set at its start") ==
          QString("/media/cd/1.dcm：不是 DICOM 文件"));
    CHECK(inChinese("opening /home/a/b: No such file or directory") ==
          QString("opening /home/a/b：没有这个文件或文件夹"));
    CHECK(inChinese("a task that is 'issued' is not claimed") == QString("这个检查现在（已发布）不能领取"));
    CHECK_FALSE(inChinese("something else"));
    CHECK_FALSE(inChinese(""));
}

TEST_CASE("each window speaks its one language", "[i18n]")
{
    Error const error{ErrorCode::Refused, "the report has no findings"};
    CHECK(sentence(error) == "报告还没有检查所见");
    CHECK(inReadersWords("the PIN is wrong") == "签名口令不正确");
    setDisplayLanguage(DisplayLanguage::English);
    CHECK(sentence(error) == "Refused: the report has no findings");
    CHECK(inReadersWords("the PIN is wrong") == "the PIN is wrong");
    setDisplayLanguage(DisplayLanguage::Chinese);
}
