// A1: Chinese names from four consoles, each with another idea of its character set.
#include "tests/story/modality.h"

#include <iconv.h>

using namespace qianli;
using namespace qianli::test;

namespace {

// By glibc, so that the product's own tables don't judge themselves.
std::string inGb18030(std::string text)
{
    iconv_t const converter = iconv_open("GB18030", "UTF-8");
    REQUIRE(converter != iconv_t(-1));
    std::string bytes(text.size() * 4 + 16, '\0');
    char* from = text.data();
    char* to = bytes.data();
    std::size_t fromLeft = text.size(), toLeft = bytes.size();
    REQUIRE(iconv(converter, &from, &fromLeft, &to, &toLeft) != std::size_t(-1));
    iconv_close(converter);
    bytes.resize(bytes.size() - toLeft);
    return bytes;
}

struct Sent {
    std::string site, calling, uid, name; // the name as it must be read
    bool corrected = false;
    std::filesystem::path file;
};

class Consoles {
public:
    Consoles()
    {
        std::ofstream more(gateway.configuration(), std::ios::app);
        for (int i = 1; i <= 4; ++i)
            more << fmt::format(
                "[[site]]\nid = \"s{0}\"\nname = \"{0}号卫生院\"\ncallers = [{{ ae_title = \"S{0}\", address = "
                "\"127.0.0.1\" }}]\nallow = [\"echo\", \"store\", \"find\"]\n",
                i);
        more.close();
        addRadiologist(gateway);
        REQUIRE(gateway.start());
    }
    void add(int site, std::string const& charset, bool declares, std::string const& bytes, std::string const& name,
             bool corrected)
    {
        auto const number = std::to_string(++count_);
        Sent one;
        one.site = "s" + std::to_string(site);
        one.calling = "S" + std::to_string(site);
        one.uid = "2.25.7001." + number;
        one.name = name;
        one.corrected = corrected;
        auto object = picture(one.uid, one.uid + ".1", one.uid + ".1.1");
        object.set(0x00100010, "PN", bytes)
            .set(0x00100020, "LO", "N" + number)
            .remove(0x00081030)
            .set(0x00080005, "CS", charset);
        if (!declares)
            object.remove(0x00080005);
        one.file = writeFile(gateway.folder() / one.site / (number + ".dcm"), object);
        sent.push_back(one);
    }
    void send()
    {
        for (char const* site : {"1", "2", "3", "4"})
            REQUIRE(gateway.sendAs(std::string("S") + site, gateway.folder() / (std::string("s") + site)).exitCode ==
                    0);
    }
    // UIDs and names that DCMTK's findscu gets for a key; the answers are read by DCMTK, by what they declare.
    std::map<std::string, std::string> found(std::string const& calling, std::string const& charset,
                                             std::string const& key)
    {
        auto const folder = gateway.folder() / ("answers-" + std::to_string(++queries_));
        std::filesystem::create_directory(folder);
        auto const asked = run({"findscu", "-S", "-aet", calling, "-aec", "QIANLI", "-k", "QueryRetrieveLevel=STUDY",
                                "-k", "SpecificCharacterSet=" + charset, "-k", "PatientName=" + key, "-k",
                                "StudyInstanceUID", "-X", "-od", folder.string(), "127.0.0.1", gateway.dicomPort()});
        INFO(asked.errors);
        CHECK(asked.exitCode == 0);
        std::map<std::string, std::string> answers;
        for (auto const& entry : std::filesystem::directory_iterator(folder)) {
            auto const dump = run({"dcmdump", "-q", "+U8", "+P", "0008,0005", "+P", "0010,0010", "+P", "0020,000d",
                                   "+L", entry.path().string()});
            CHECK(dump.exitCode == 0);
            CHECK(dump.errors == "");
            auto const value = [&](char const* tag) {
                auto const at = dump.output.find(tag);
                auto const from = dump.output.find('[', at);
                return at == std::string::npos ? std::string()
                                               : dump.output.substr(from + 1, dump.output.find(']', from) - from - 1);
            };
            CHECK(dump.output.find("(0008,0005)") != std::string::npos);
            answers[std::string(text::trim(value("(0020,000d)")))] = text::trim(value("(0010,0010)"));
        }
        return answers;
    }

    GatewayProgram gateway;
    std::vector<Sent> sent;

private:
    int count_ = 0, queries_ = 0;
};

} // namespace

SCENARIO("A1: Chinese names from four consoles are all read right, and nothing stored is changed", "[story][A1]")
{
    Consoles consoles;
    std::vector<std::string> const names{"张昞", "李玘", "张智宏", "吴卫生", "黄璟瑄", "刘䶮", "王𠮷"};
    for (auto const& name : names) {
        consoles.add(1, "GB18030", true, inGb18030(name), name, false);
        consoles.add(2, "ISO_IR 100", true, inGb18030(name), name, true);
        consoles.add(3, "", false, inGb18030(name), name, true);
    }
    consoles.add(4, "\\ISO 2022 IR 58", true,
                 "Zhang^Zhihong=\x1b$)A" + inGb18030("张") + "^\x1b$)A" + inGb18030("智宏"), "Zhang^Zhihong=张^智宏",
                 false);
    consoles.add(4, "\\ISO 2022 IR 58", true, "Wu^Weisheng=\x1b$)A" + inGb18030("吴") + "^\x1b$)A" + inGb18030("卫生"),
                 "Wu^Weisheng=吴^卫生", false);
    consoles.add(2, "ISO_IR 100", true, "M\xFCller^Eva", "Müller^Eva", false);
    consoles.send();
    auto& gateway = consoles.gateway;
    REQUIRE(waitForReady(gateway, consoles.sent.size()));

    // The command line.
    auto const studies = parsed(gateway.command({"study", "list", "--json"}));
    CHECK(studies.size() == consoles.sent.size());
    for (auto const& one : consoles.sent) {
        CAPTURE(one.site, one.name);
        auto const study = std::find_if(studies.begin(), studies.end(),
                                        [&](auto const& any) { return any["studyInstanceUid"] == one.uid; });
        REQUIRE(study != studies.end());
        CHECK((*study)["patientName"] == one.name);
        if (one.corrected)
            CHECK((*study)["charsetRule"] == 5);
        auto const exported = gateway.folder() / "out" / one.uid;
        std::filesystem::create_directories(exported.parent_path());
        auto const files = parsed(gateway.command({"study", "export", one.uid, exported, "--json"}))["files"];
        REQUIRE(files.size() == 1);
        CHECK(dataSetOf(files[0]["file"].get<std::string>()) == dataSetOf(one.file));
    }
    auto const table = gateway.command({"study", "list"}).output;
    CHECK(table.find("corrected") != std::string::npos);

    // The viewer's list.
    auto const rows = toldByViewer(gateway);
    CHECK(rows.size() == consoles.sent.size());
    for (auto const& one : consoles.sent) {
        CAPTURE(one.site, one.name);
        auto const shown = one.name.find('=') == std::string::npos ? one.name : one.name.substr(one.name.find('=') + 1);
        auto const wanted = text::join(text::split(shown, '^'), shown == "Müller^Eva" ? " " : "");
        auto const site = one.site.substr(1) + "号卫生院";
        auto const row = std::find_if(rows.begin(), rows.end(), [&](std::string const& any) {
            return any.find(wanted) != std::string::npos && any.find(site) != std::string::npos;
        });
        REQUIRE(row != rows.end());
        CHECK((row->find("字符集已纠正") != std::string::npos) == one.corrected);
    }

    // C-FIND, by a program that is not ours: the same studies, whatever the key is written in.
    for (char const* calling : {"S1", "S2", "S3"}) {
        auto const unicode = consoles.found(calling, "ISO_IR 192", "张*");
        auto const national = consoles.found(calling, "GB18030", inGb18030("张*"));
        CAPTURE(calling);
        CHECK(unicode.size() == 2);
        CHECK(unicode == national);
        std::set<std::string> found;
        for (auto const& [uid, name] : unicode)
            found.insert(name);
        CHECK(found == std::set<std::string>{"张昞", "张智宏"});
    }
    auto const escaped = "*=\x1b$)A" + inGb18030("张") + "*";
    CHECK(consoles.found("S4", "\\ISO 2022 IR 58", escaped).size() == 1);
    CHECK(consoles.found("S4", "ISO_IR 192", "*=张*").size() == 1);
    CHECK(consoles.found("S1", "ISO_IR 192", "王𠮷").size() == 1);
}
