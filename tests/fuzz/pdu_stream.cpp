#include "common/dicom/network/associate_request.h"
#include "common/dicom/network/command_set.h"
#include "common/dicom/network/pdu_reader.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace qianli::fuzz {
namespace {

using dicom::CommandSet;
using dicom::PduReader;
using Kind = PduReader::Event::Kind;

// Memory that ends where the bytes do, so that a read behind them is seen.
struct Exactly {
    explicit Exactly(Input input) : bytes(new std::uint8_t[input.size()]), size(input.size())
    {
        std::copy(input.begin(), input.end(), bytes.get());
    }
    Input all() const { return {bytes.get(), size}; }
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size;
};

void readRequest(Input pdu)
{
    Exactly const exactly(pdu);
    auto const request = dicom::readAssociateRequest(exactly.all());
    if (!request)
        return;
    expect(!request->contexts.empty() && request->contexts.size() <= 128, "at most 128 contexts are taken");
    expect(request->titles.size() == 32, "both AE titles are kept as sent");
    dicom::AssociateAnswer answer;
    answer.titles = request->titles;
    answer.roles = request->roles;
    for (auto const& context : request->contexts) {
        expect(context.id % 2 == 1, "a context id is odd");
        expect(!context.transferSyntaxes.empty() && context.transferSyntaxes.size() <= 50,
               "a context has one to fifty transfer syntaxes");
        for (auto const& syntax : context.transferSyntaxes)
            expect(!syntax.empty() && syntax.size() <= 64, "a UID has 1 to 64 bytes");
        answer.contexts.push_back({context.id, 0, context.transferSyntaxes.front()});
    }
    answer.confirmsIdentity = request->identity && request->identity->wantsResponse;
    auto const accept = dicom::encodeAssociateAccept(answer);
    expect(accept.size() > 74 && accept.size() <= 2 * pdu.size() + 512, "an answer is no longer than what was asked");
    auto const announced = std::size_t{accept[2]} << 24 | std::size_t{accept[3]} << 16 | std::size_t{accept[4]} << 8 |
                           std::size_t{accept[5]};
    expect(announced == accept.size() - 6, "the answer's length is its own");
}

void readCommand(Input bytes)
{
    Exactly const exactly(bytes);
    auto const command = CommandSet::parse(exactly.all());
    if (!command)
        return;
    auto const written = command->encode();
    auto const again = CommandSet::parse(written);
    expect(again && again->encode() == written, "a command set reads as it was written");
    expect(again->field() == command->field() && again->hasDataSet() == command->hasDataSet(),
           "a command set means what it meant");
    for (std::uint16_t const element : {0x0002, 0x0003, 0x0600, 0x0902, 0x1000, 0x1030}) {
        static_cast<void>(command->text(element));
        static_cast<void>(command->uid(element));
        expect(command->tags(element).size() <= bytes.size() / 4, "tags take four bytes each");
    }
    auto const response = dicom::responseTo(*command, 0xC000, asText(bytes), command->tags(0x0901));
    expect(response.text(dicom::command::errorComment).size() <= 64, "an Error Comment has at most 64 characters");
    expect(CommandSet::parse(response.encode()).has_value(), "what we answer is a command set");
}

// What a stream came to, however it was cut.
struct Happening {
    Kind kind = Kind::NeedsMore;
    std::uint8_t context = 0;
    bool last = false;
    std::string bytes;
    bool operator==(Happening const&) const = default;
};

struct Course {
    std::vector<Happening> happenings;
    std::string error;
    bool operator==(Course const&) const = default;
};

void note(Course& course, PduReader::Event const& event)
{
    Happening happening{event.kind, event.contextId, event.last, std::string(asText(event.bytes))};
    auto const mayGoOn = [&](Happening const& before) {
        return before.kind == Kind::DataSet && !before.last && before.context == happening.context;
    };
    if (event.kind == Kind::DataSet && !course.happenings.empty() && mayGoOn(course.happenings.back())) {
        course.happenings.back().bytes += happening.bytes;
        course.happenings.back().last = happening.last;
        return;
    }
    course.happenings.push_back(std::move(happening));
}

// False when the association is over.
bool feed(PduReader& reader, Input bytes, Course& course)
{
    for (;;) {
        auto const before = bytes.size();
        auto const event = reader.next(bytes);
        expect(bytes.size() <= before, "bytes are taken from the front");
        if (!event) {
            course.error = event.error().message;
            return false;
        }
        if (event->kind == Kind::NeedsMore) {
            expect(bytes.empty(), "who needs more has taken all");
            return true;
        }
        note(course, *event);
        if (event->kind == Kind::Command)
            expect(event->bytes.size() <= dicom::command::maximumBytes, "a command set has its bound");
        if (event->kind == Kind::AssociateRequest) {
            expect(event->bytes.size() <= dicom::maximumAssociateBytes + 6, "an association request has its bound");
            if (!dicom::readAssociateRequest(event->bytes))
                return false;
            reader.expectMessages();
        }
        if (event->kind == Kind::Abort || event->kind == Kind::ReleaseRequest)
            return false;
    }
}

Course followWhole(Input stream, std::uint32_t maximum, bool established)
{
    PduReader reader(maximum);
    if (established)
        reader.expectMessages();
    Course course;
    Exactly const exactly(stream);
    feed(reader, exactly.all(), course);
    return course;
}

Course followCut(Input stream, std::uint32_t maximum, bool established, std::uint32_t seed)
{
    PduReader reader(maximum);
    if (established)
        reader.expectMessages();
    Course course;
    Cuts cuts(seed);
    while (!stream.empty()) {
        auto const length = cuts.next(stream.size());
        Exactly const piece(stream.first(length));
        if (!feed(reader, piece.all(), course))
            break;
        expect(reader.fragmentLeft() <= maximum, "no fragment is longer than a PDU may be");
        stream = stream.subspan(length);
    }
    return course;
}

} // namespace

// First byte: what the rest is (a new association, an open one, an A-ASSOCIATE-RQ, a command set), the PDU's bound and
// how it is cut.
void pduStream(Input input)
{
    auto const choice = takeChoice(input);
    switch (choice & 3) {
    case 2:
        return readRequest(input);
    case 3:
        return readCommand(input);
    default:
        break;
    }
    bool const established = (choice & 1) != 0;
    std::uint32_t const maximum = (choice & 4) != 0 ? 4096 : 131072;
    auto const course = followWhole(input, maximum, established);
    auto const cut = followCut(input, maximum, established, choice >> 3);
    expect(course == cut, "a stream means the same however it is cut");
    for (auto const& happening : course.happenings) {
        if (happening.kind == Kind::AssociateRequest)
            readRequest(asInput(happening.bytes));
        if (happening.kind == Kind::Command)
            readCommand(asInput(happening.bytes));
    }
}

} // namespace qianli::fuzz
