// In which character set a caller is answered.
#include "gateway/service/answer_charset.h"

#include "common/dicom/character_set.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::gateway;

TEST_CASE("a caller is answered in the set that it declared, else in its site's", "[service]")
{
    struct Row {
        char const *declared, *site, *preferred, *larger;
    };
    for (Row const& row : {
             Row{"GB18030", "", "GB18030", "GB18030"},
             Row{"GBK", "", "GBK", "GB18030"},
             Row{"GB2312", "", "GB18030", "GB18030"}, // no term of the standard
             Row{"ISO_IR 192", "GB18030", "ISO_IR 192", "ISO_IR 192"},
             Row{"\\ISO 2022 IR 58", "", "\\ISO 2022 IR 58", "GB18030"},
             Row{"ISO 2022 IR 6\\ISO 2022 IR 58", "", "\\ISO 2022 IR 58", "GB18030"},
             Row{"ISO_IR 100", "GB18030", "ISO_IR 100", "ISO_IR 192"},
             Row{"ISO 2022 IR 100\\ISO 2022 IR 144", "", "ISO_IR 100", "ISO_IR 192"},
             Row{"\\ISO 2022 IR 87", "GB18030", "ISO_IR 192", "ISO_IR 192"}, // not written by us
             Row{"", "GB18030", "GB18030", "GB18030"},
             Row{"ISO_IR 6", "\\ISO 2022 IR 58", "\\ISO 2022 IR 58", "GB18030"},
             Row{"", "", "ISO_IR 192", "ISO_IR 192"},
             Row{"KLINGON", "GB18030", "GB18030", "GB18030"},
         }) {
        CAPTURE(row.declared, row.site);
        auto const charset = answerCharsetFor(row.declared, row.site);
        CHECK(charset.preferred == row.preferred);
        CHECK(charset.larger == row.larger);
    }
}

TEST_CASE("what has no place in the caller's set is answered in a larger one, plain text in none", "[service]")
{
    auto const fitting = [](char const* declared, char const* name) {
        return fittingCharset(answerCharsetFor(declared, ""), {{{0x0010, 0x0010}, name}, {{0x0010, 0x0040}, "M"}});
    };
    CHECK(fitting("GB18030", "ZHANG^SAN").empty());
    CHECK(fitting("\\ISO 2022 IR 58", "张三") == "\\ISO 2022 IR 58");
    CHECK(fitting("\\ISO 2022 IR 58", "张昞") == "GB18030");
    CHECK(fitting("GBK", "张昞") == "GBK");
    CHECK(fitting("GBK", "𠮷三") == "GB18030");
    CHECK(fitting("ISO_IR 100", "Müller^Eva") == "ISO_IR 100");
    CHECK(fitting("ISO_IR 100", "张三") == "ISO_IR 192");
    CHECK(fitting("", "𠮷三") == "ISO_IR 192");
}
