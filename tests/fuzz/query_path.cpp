#include "common/base/text.h"
#include "common/dicom/network/identifier_codec.h"
#include "common/dicom/sop_class.h"
#include "gateway/service/find.h"
#include "gateway/service/query.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/quiet.h"
#include "tests/fuzz/targets.h"
#include "tests/support/support.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace qianli::fuzz {
namespace {

using namespace gateway;
using dicom::Uid;

constexpr std::string_view ourRoot = "1.2.77.", theirRoot = "1.2.99.";
constexpr std::string_view ourIssuer = "HIS_1", theirIssuer = "HIS_2";
constexpr std::array<char const*, 6> classes{dicom::sop::studyRootFind,  dicom::sop::patientRootFind,
                                             dicom::sop::studyRootMove,  dicom::sop::patientRootMove,
                                             dicom::sop::patientRootGet, "1.2.840.10008.5.1.4.31"};
constexpr std::array<char const*, 3> syntaxes{dicom::transfer::implicitLittle, dicom::transfer::explicitLittle,
                                              dicom::transfer::explicitBig};

// An index with two sites that have the same Patient IDs, names and dates; whose a study is shows in its UIDs.
class House {
public:
    House() : index_(need(StudyIndex::open(folder_ / "index.db")))
    {
        std::vector<IndexedObject> objects;
        for (int study = 0; study < 8; ++study)
            for (int instance = 0; instance < 3; ++instance)
                for (bool const ours : {true, false})
                    objects.push_back(object(ours, study, instance, objects.size() + 1));
        need(index_->apply(objects));
    }
    StudyIndex& index() { return *index_; }

private:
    static IndexedObject object(bool ours, int study, int instance, std::uint64_t sequence)
    {
        static constexpr std::array<char const*, 4> names{"Zhang^San=张^三", "欧阳^清", "Li^Si=李^四", "WANG^WU"};
        IndexedObject made;
        auto& receipt = made.receipt;
        auto& header = made.header;
        std::string const root(ours ? ourRoot : theirRoot);
        receipt.sequence = sequence;
        receipt.site = {ours ? "puzi" : "sunjia"};
        receipt.callingAe = ours ? "PUZI_CT" : "SUNJIA_DR";
        receipt.receivedAt = TimePoint(std::chrono::seconds(1'795'000'000 + sequence));
        receipt.digest[0] = static_cast<std::uint8_t>(sequence);
        // One study of each site is a report that is not issued yet.
        receipt.origin = study == 7 ? Origin::Station : Origin::Site;
        receipt.person = study == 7 ? "wangmin" : "";
        receipt.study = header.studyUid = Uid::ofKnown(fmt::format("{}{}", root, study));
        receipt.series = header.seriesUid = Uid::ofKnown(fmt::format("{}{}.1", root, study));
        receipt.sopInstance = header.sopInstanceUid = Uid::ofKnown(fmt::format("{}{}.1.{}", root, study, instance));
        receipt.sopClass = header.sopClassUid = Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
        receipt.transferSyntax = Uid::ofKnown(dicom::transfer::explicitLittle);
        receipt.location = {fmt::format("objects/{}", sequence), 400, 1000};
        header.transferSyntaxUid = receipt.transferSyntax.value();
        header.patientName = names[static_cast<std::size_t>(study) % names.size()];
        header.patientId = fmt::format("P{}", study % 4);
        header.issuerOfPatientId = ours ? ourIssuer : theirIssuer;
        header.patientBirthDate = "19610307";
        header.patientSex = "F";
        header.studyDate = fmt::format("2026111{}", study);
        header.studyTime = "101500";
        header.accessionNumber = fmt::format("A{}", study);
        header.studyDescription = "胸部CT平扫";
        header.modality = study % 2 == 0 ? "CT" : "DX";
        header.seriesNumber = "2";
        header.instanceNumber = std::to_string(instance + 1);
        return made;
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<StudyIndex> index_;
};

House& house()
{
    static House one;
    return one;
}

Caller site(std::uint8_t choice)
{
    Caller caller;
    caller.allow = {model::Service::Find, model::Service::Get, model::Service::Move};
    caller.sender.site = {"puzi"};
    caller.sender.siteCharset = (choice & 1) != 0 ? "GB18030" : "";
    caller.scope.sites = {{"puzi"}};
    caller.fuzzyNames = (choice & 2) != 0;
    return caller;
}

bool isTheirs(std::string_view text)
{
    return text.find(theirRoot) != std::string_view::npos;
}

// Answers are an identifier of their level each, and hold what our site may see.
void checkAnswer(std::span<std::uint8_t const> bytes, Uid const& syntax, std::string_view siteCharset)
{
    auto const answer = dicom::decodeIdentifier(bytes, syntax, siteCharset);
    expect(answer.has_value(), "an answer is an identifier");
    auto const level = answer->value({0x0008, 0x0052});
    expect(level == "PATIENT" || level == "STUDY" || level == "SERIES" || level == "IMAGE", "an answer has its level");
    for (auto const& [tag, element] : answer->elements)
        expect(!isTheirs(element.value), "no answer holds a UID of another site");
    expect(answer->value({0x0010, 0x0021}) != theirIssuer, "no answer holds another site's patient");
}

void find(Input identifier, Uid const& sopClass, Uid const& syntax, std::uint8_t choice)
{
    constexpr std::uint64_t limit = 20;
    FindService const service(house().index(), "QIANLI", limit);
    auto const caller = site(choice);
    std::uint64_t answers = 0;
    auto const status = service.run(caller, {sopClass, syntax, identifier}, [&](std::uint16_t pending, Input answer) {
        expect(pending == 0xFF00 || pending == 0xFF01, "an answer has a pending status");
        checkAnswer(answer, syntax, caller.sender.siteCharset);
        return ++answers == 15 && (choice & 4) != 0 ? Proceed::Cancel : Proceed::GoOn;
    });
    expect(answers <= limit, "answers have their bound");
    expect(status.code != 0xFF00 && status.code != 0xFF01, "the last status is a final one");
    expect(status.code != 0xC001 || answers == 0, "what was refused had no answer");
}

void retrieve(dicom::DecodedIdentifier const& identifier, InformationModel model)
{
    auto const query = toRetrieveQuery(identifier, model);
    if (!query)
        return;
    Scope scope;
    scope.sites = {{"puzi"}};
    auto const instances = house().index().instances(scope, *query);
    if (!instances)
        return;
    for (auto const& instance : *instances) {
        expect(instance.receipt.site.value == "puzi", "no instance of another site is handed out");
        expect(instance.released && !isTheirs(instance.receipt.sopInstance.value()),
               "no report is handed out before it is issued");
    }
}

bool isText(std::string_view vr)
{
    return vr == "LO" || vr == "LT" || vr == "PN" || vr == "SH" || vr == "ST" || vr == "UT";
}

bool isPlain(std::string_view value)
{
    return std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7F; });
}

// What was read and written again reads the same. Of other characters a reading is a judgement (docs/decisions/0012),
// which may come out otherwise when their declaration is another.
void writeAgain(dicom::DecodedIdentifier const& identifier, Uid const& syntax)
{
    std::map<dicom::Tag, std::string> values;
    for (auto const& [tag, element] : identifier.elements)
        if (isPlain(element.value))
            values[tag] = element.value;
    auto const once = dicom::encodeIdentifier(values, syntax, "ISO_IR 192");
    if (!once)
        return;
    auto const read = dicom::decodeIdentifier(*once, syntax, "");
    expect(read.has_value(), "an identifier that we write can be read");
    std::map<dicom::Tag, std::string> again;
    for (auto const& [tag, element] : read->elements)
        again[tag] = element.value;
    auto const twice = dicom::encodeIdentifier(again, syntax, "ISO_IR 192");
    expect(twice && *twice == *once, "an identifier that was read is written as it was");
}

} // namespace

// First byte: SOP class and transfer syntax; second: who asks.
void queryPath(Input input)
{
    quietDcmtk();
    auto const choice = takeChoice(input), who = takeChoice(input);
    auto const sopClass = Uid::ofKnown(classes[choice % classes.size()]);
    auto const syntax = Uid::ofKnown(syntaxes[choice / classes.size() % syntaxes.size()]);
    find(input, sopClass, syntax, who);
    auto const decoded = dicom::decodeIdentifier(input, syntax, (who & 1) != 0 ? "GB18030" : "");
    if (!decoded)
        return;
    for (auto const& [tag, element] : decoded->elements)
        expect(text::isUtf8(element.value) || !isText(element.vr), "text to be matched is UTF-8");
    if (auto const model = informationModelOf(sopClass))
        retrieve(*decoded, *model);
    writeAgain(*decoded, syntax);
}

} // namespace qianli::fuzz
