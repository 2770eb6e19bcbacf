// C-FIND by names in the caller's character set, over findscu: the same studies for every caller, and answers that say
// in which set they are written.
#include "tests/interop/peers.h"

#include "common/base/file.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>

using namespace qianli;
using namespace qianli::test;

namespace {

void append(std::string& bytes, std::uint16_t group, std::uint16_t element, char const* vr, std::string value)
{
    if (value.size() % 2 != 0)
        value.push_back(' ');
    for (unsigned const part : {unsigned(group), unsigned(element)})
        bytes += {static_cast<char>(part & 0xFF), static_cast<char>(part >> 8)};
    bytes += vr;
    bytes += {static_cast<char>(value.size() & 0xFF), static_cast<char>(value.size() >> 8)};
    bytes += value;
}

struct FoundStudy {
    std::string uid, charset, rawName;
    bool operator<(FoundStudy const& other) const { return uid < other.uid; }
};

std::string valueAt(std::string const& dataSet, std::string const& tagAndVr)
{
    auto const at = dataSet.find(tagAndVr);
    if (at == std::string::npos)
        return "-";
    auto const length =
        static_cast<unsigned char>(dataSet[at + 6]) + 256u * static_cast<unsigned char>(dataSet[at + 7]);
    auto value = dataSet.substr(at + 8, length);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0'))
        value.pop_back();
    return value;
}

class Asker {
public:
    explicit Asker(ServedGateway const& gateway) : gateway_(gateway) {}

    // By the bytes of a key. `charset` "-": not declared.
    std::set<FoundStudy> ask(std::string const& charset, std::string const& rawKey)
    {
        auto const folder = gateway_.folder() / fmt::format("query{}", ++count_);
        std::filesystem::create_directory(folder);
        auto query =
            dicom::encodeFileMeta({dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), dicom::Uid::ofKnown("1.2.3"),
                                   dicom::Uid::ofKnown(dicom::transfer::explicitLittle), ""});
        if (charset != "-")
            append(query, 0x0008, 0x0005, "CS", charset);
        append(query, 0x0008, 0x0052, "CS", "STUDY");
        append(query, 0x0010, 0x0010, "PN", rawKey);
        append(query, 0x0020, 0x000D, "UI", "");
        std::ofstream(folder / "query.dcm", std::ios::binary) << query;
        auto const done = runPeer({"findscu", "-S", "-X", "-od", folder.string(), "-aet", "FINDSCU", "-aec", "QIANLI",
                                   "127.0.0.1", gateway_.portText(), (folder / "query.dcm").string()});
        INFO(done.errors);
        CHECK(done.exitCode == 0);
        std::set<FoundStudy> found;
        for (auto const& entry : std::filesystem::directory_iterator(folder)) {
            if (entry.path().filename() == "query.dcm")
                continue;
            auto const answer = dataSetOf(entry.path());
            found.insert({valueAt(answer, std::string("\x20\x00\x0d\x00UI", 6)),
                          valueAt(answer, std::string("\x08\x00\x05\x00"
                                                      "CS",
                                                      6)),
                          valueAt(answer, std::string("\x10\x00\x10\x00PN", 6))});
        }
        return found;
    }

private:
    ServedGateway const& gateway_;
    int count_ = 0;
};

std::set<std::string> uids(std::set<FoundStudy> const& studies)
{
    std::set<std::string> all;
    for (auto const& study : studies)
        all.insert(study.uid);
    return all;
}

FoundStudy only(std::set<FoundStudy> const& studies)
{
    REQUIRE(studies.size() == 1);
    return *studies.begin();
}

} // namespace

SCENARIO("callers with every character set find the same studies and can read the answers", "[interop]")
{
    GIVEN("a gateway with names from several consoles")
    {
        ServedGateway const gateway;
        struct {
            char const *uid, *name, *charset;
        } const names[] = {{"2.25.900.1", "张昞", "GB18030"},
                           {"2.25.900.2", "张三丰", "ISO_IR 192"},
                           {"2.25.900.3", "李玘", "GBK"},
                           {"2.25.900.4", "张𠮷", "GB18030"},
                           {"2.25.900.5", "Müller^Eva", "ISO_IR 100"},
                           {"2.25.900.6", "ZHANG^SAN", "ISO_IR 6"},
                           {"2.25.900.7", "王三丰", "GB18030"}};
        for (auto const& [uid, name, charset] : names)
            writeSample(gateway.folder() / (std::string(uid) + ".dcm"), {.study = uid,
                                                                         .series = std::string(uid) + ".1",
                                                                         .instance = std::string(uid) + ".1.1",
                                                                         .patientName = name,
                                                                         .charset = charset,
                                                                         .patientId = uid});
        std::vector<std::string> send{"dcmsend", "-aet", "DCMSEND", "-aec", "QIANLI", "127.0.0.1", gateway.portText()};
        for (auto const& one : names)
            send.push_back((gateway.folder() / (std::string(one.uid) + ".dcm")).string());
        REQUIRE(runPeer(send).exitCode == 0);
        Asker asker(gateway);
        std::string const gbZhang = "\xD5\xC5", irZhang = "\x1b$)A\xD5\xC5", utf8Zhang = "张";

        THEN("the same key in UTF-8, GB 18030, GBK, ISO 2022 IR 58 and undeclared names the same studies")
        {
            std::set<std::string> const zhang{"2.25.900.1", "2.25.900.2", "2.25.900.4"};
            CHECK(uids(asker.ask("ISO_IR 192", utf8Zhang + "*")) == zhang);
            CHECK(uids(asker.ask("GB18030", gbZhang + "*")) == zhang);
            CHECK(uids(asker.ask("GBK", gbZhang + "*")) == zhang);
            CHECK(uids(asker.ask("\\ISO 2022 IR 58", irZhang + "*")) == zhang);
            CHECK(uids(asker.ask("-", gbZhang + "*")) == zhang);
            CHECK(uids(asker.ask("-", utf8Zhang + "*")) == zhang);
            CHECK(uids(asker.ask("ISO_IR 100", gbZhang + "*")) == zhang); // as consoles do that lie in their objects
        }
        THEN("names whose bytes hold '\\' and '^' are found whole")
        {
            CHECK(only(asker.ask("GB18030", "\xD5\xC5\x95\x5C")).uid == "2.25.900.1");
            CHECK(only(asker.ask("ISO_IR 192", "张昞")).uid == "2.25.900.1");
            CHECK(only(asker.ask("-", "\xD5\xC5\x95\x5C")).uid == "2.25.900.1");
            CHECK(only(asker.ask("GB18030", "\xC0\xEE\xAB\x5E")).uid == "2.25.900.3");
            CHECK(only(asker.ask("GBK", "*\xAB\x5E")).uid == "2.25.900.3");
            CHECK(uids(asker.ask("ISO_IR 192", "张?")) ==
                  std::set<std::string>{"2.25.900.1", "2.25.900.4"}); // a character, not a byte
            CHECK(only(asker.ask("GB18030", "\xD5\xC5\x95\x34\xB2\x35")).uid == "2.25.900.4");
            CHECK(only(asker.ask("ISO_IR 192", "*𠮷")).uid == "2.25.900.4");
            CHECK(uids(asker.ask("GB18030", "*\xC8\xFD\xB7\xE1")) == std::set<std::string>{"2.25.900.2", "2.25.900.7"});
        }
        THEN("each answer is in the caller's set, or in a larger one that it declares")
        {
            auto const utf8 = only(asker.ask("ISO_IR 192", "张三丰"));
            CHECK(utf8.charset == "ISO_IR 192");
            CHECK(utf8.rawName == "张三丰");
            auto const gb = only(asker.ask("GB18030", "\xD5\xC5\x95\x5C"));
            CHECK(gb.charset == "GB18030");
            CHECK(gb.rawName == "\xD5\xC5\x95\x5C");
            auto const escaped = only(asker.ask("\\ISO 2022 IR 58", irZhang + "\xC8\xFD\xB7\xE1"));
            CHECK(escaped.charset == "\\ISO 2022 IR 58");
            CHECK(escaped.rawName == irZhang + "\xC8\xFD\xB7\xE1");
            auto const tooSmall = only(asker.ask("\\ISO 2022 IR 58", irZhang + "\x95\x5C"));
            CHECK(tooSmall.charset == "GB18030");
            CHECK(tooSmall.rawName == "\xD5\xC5\x95\x5C");
            CHECK(only(asker.ask("GBK", "*\x95\x34\xB2\x35")).charset == "GB18030");
            auto const latin = only(asker.ask("ISO_IR 100", "M\xFCller*"));
            CHECK(latin.charset == "ISO_IR 100");
            CHECK(latin.rawName == "M\xFCller^Eva");
            auto const undeclared = only(asker.ask("-", "\xC0\xEE\xAB\x5E"));
            CHECK(undeclared.charset == "GB18030"); // its site's
            CHECK(undeclared.rawName == "\xC0\xEE\xAB\x5E");
            auto const plain = only(asker.ask("GB18030", "ZHANG*"));
            CHECK(plain.charset == "-");
            CHECK(plain.rawName == "ZHANG^SAN");
        }
    }
}
