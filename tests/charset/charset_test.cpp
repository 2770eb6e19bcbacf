#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "common/dicom/chinese_text.h"
#include "common/dicom/instance_header.h"
#include "tests/charset/corpus.h"
#include "tests/charset/encoder.h"
#include "tests/charset/word_lists.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <set>

using namespace qianli;
using namespace qianli::test;
using Kind = CharsetCase::Kind;

namespace {

struct Counts {
    int right = 0, rightFlagged = 0, wrongFlagged = 0, wrong = 0;
    int all() const { return right + rightFlagged + wrongFlagged + wrong; }
};

struct Outcome {
    std::map<int, Counts> byRule;
    Counts total;
    int damagedControls = 0, cut = 0, cutNotFlagged = 0;
    int plain = 0, plainFlagged = 0;   // whole Chinese text in one set
    int honest = 0, honestFlagged = 0; // foreign text that is declared as it should be
    int rareSurnames = 0;
    double microseconds = 0; // a file
    std::vector<std::string> failures;
};

std::vector<std::string> readAll(dicom::CharacterSetDecision const& decision, CharsetCase const& one)
{
    std::vector<std::string> texts;
    for (std::string const& raw : one.raw)
        texts.push_back(dicom::decodeText(decision, raw));
    return texts;
}

void judge(Outcome& outcome, CharsetCase const& one)
{
    auto const decision = dicom::decideCharacterSet(one.declared, one.raw, one.policy);
    auto const texts = readAll(decision, one);
    bool const isRight = texts == one.text;
    for (Counts* const counts : {&outcome.byRule[decision.rule], &outcome.total})
        ++(isRight            ? decision.certain ? counts->right : counts->rightFlagged
           : decision.certain ? counts->wrong
                              : counts->wrongFlagged);
    outcome.damagedControls += one.kind != Kind::Chinese && !isRight ? 1 : 0;
    outcome.cut += one.cut ? 1 : 0;
    outcome.cutNotFlagged += one.cut && decision.certain ? 1 : 0;
    bool const isPlain = one.kind == Kind::Chinese && !one.cut && !one.mixed;
    outcome.plain += isPlain ? 1 : 0;
    outcome.plainFlagged += isPlain && !decision.certain ? 1 : 0;
    bool const isHonest = one.kind != Kind::Chinese && one.honest;
    outcome.honest += isHonest ? 1 : 0;
    outcome.honestFlagged += isHonest && !decision.certain ? 1 : 0;
    outcome.rareSurnames += one.rareSurname ? 1 : 0;
    if (!isRight)
        outcome.failures.push_back(fmt::format("{} is read as {} (rule {}{})", one.what, fmt::join(texts, " | "),
                                               decision.rule, decision.certain ? "" : ", flagged"));
    else if (one.cut && decision.certain)
        outcome.failures.push_back(one.what + " is not flagged");
}

Outcome judge(std::vector<CharsetCase> const& cases)
{
    Outcome outcome;
    for (CharsetCase const& one : cases)
        judge(outcome, one);
    auto const begun = std::chrono::steady_clock::now();
    std::size_t length = 0;
    for (CharsetCase const& one : cases)
        length += readAll(dicom::decideCharacterSet(one.declared, one.raw, one.policy), one).size();
    auto const spent = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun);
    outcome.microseconds = length == 0 ? 0 : spent.count() / static_cast<double>(cases.size());
    return outcome;
}

void print(char const* half, Outcome const& outcome)
{
    fmt::print(
        "figure: character sets, {}: {} cases, right {:.2f} %, wrong and not flagged {}, damaged controls {}, "
        "cut values not flagged {} of {}, whole Chinese text flagged {} of {}, rightly declared controls flagged "
        "{} of {}, {:.1f} µs a file\n",
        half, outcome.total.all(), 100.0 * (outcome.total.right + outcome.total.rightFlagged) / outcome.total.all(),
        outcome.total.wrong, outcome.damagedControls, outcome.cutNotFlagged, outcome.cut, outcome.plainFlagged,
        outcome.plain, outcome.honestFlagged, outcome.honest, outcome.microseconds);
    for (auto const& [rule, counts] : outcome.byRule)
        fmt::print("figure:   rule {}: right {}, right and flagged {}, wrong and flagged {}, wrong {}\n", rule,
                   counts.right, counts.rightFlagged, counts.wrongFlagged, counts.wrong);
    for (std::string const& failure : outcome.failures)
        fmt::print("  {}\n", failure);
}

} // namespace

TEST_CASE("text of every console and label is read right or flagged, and foreign names stay whole", "[charset]")
{
    for (Half const half : {Half::Tuning, Half::HeldOut}) {
        auto const cases = corpus(half);
        auto const outcome = judge(cases);
        print(half == Half::Tuning ? "half that the rules were tuned with" : "held-out half", outcome);
        CHECK(cases.size() >= 1000);
        CHECK((outcome.total.right + outcome.total.rightFlagged) * 1000 >= outcome.total.all() * 995);
        CHECK(outcome.total.wrong == 0);
        CHECK(outcome.damagedControls == 0);
        CHECK(outcome.cut >= 50);
        CHECK(outcome.rareSurnames * 5 >= outcome.plain);
        CHECK(outcome.cutNotFlagged == 0);
        // A flag on everything would be right, too.
        CHECK(outcome.plainFlagged * 50 < outcome.plain);
        CHECK(outcome.honest >= 400);
        CHECK(outcome.honestFlagged * 20 < outcome.honest);
    }
}

TEST_CASE("the corpus is what it claims to be", "[charset]")
{
    int surnames = 0, unlisted = 0;
    for (auto const list : {commonSurnames, rareSurnames})
        for (std::string_view const word : words(list)) {
            ++surnames;
            unlisted += dicom::startsWithSurname(text::toCodePoints(word)) ? 0 : 1;
        }
    CAPTURE(surnames, unlisted);
    CHECK(unlisted * 5 >= surnames);

    std::set<std::string_view> latin;
    for (LatinLanguage const& language : latinLanguages)
        for (std::string_view const name : words(language.names)) {
            CAPTURE(name);
            CHECK(encoded(name, "ISO-8859-1"));
            CHECK(encoded(name, "ISO-8859-1")->size() < name.size());
            latin.insert(name);
        }
    CHECK(latin.size() >= 60);
    CHECK(latinLanguages.size() >= 6);

    std::size_t backslashes = 0, fourBytes = 0;
    for (Half const half : {Half::Tuning, Half::HeldOut})
        for (CharsetCase const& one : corpus(half))
            for (std::size_t i = 0; i < one.raw.size(); ++i) {
                auto const has = [&](char c) {
                    return one.raw[i].find(c) != std::string::npos && one.text[i].find(c) == std::string::npos;
                };
                backslashes += has('\\') || has('^') ? 1 : 0;
                fourBytes += has('0') || has('2') ? 1 : 0;
            }
    CHECK(backslashes >= 30);
    CHECK(fourBytes >= 30);
}
