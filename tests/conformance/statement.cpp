#include "tests/conformance/statement.h"

#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"

#include <fmt/format.h>

namespace qianli::test {
namespace {

constexpr auto overview = R"(# DICOM Conformance Statement: qianli-gateway

After PS3.2. This page is made from the tables, defaults and decisions of the code, and a test compares them: it can't say something else than the
program does. After a change: `build/release/bin/test_conformance "write docs/conformance.md"`.

## 1 Overview
`qianli-gateway` takes studies from the modalities of township hospitals, keeps them as they came, hands them out for reading, and sends signed reports
back. {stored} storage SOP Classes are named below; private and future ones are taken, too. Objects are stored and sent in the transfer syntax in which they were received: nothing is
re-encoded, converted or coerced.

| Network service | SCU | SCP |
| --- | --- | --- |
| Verification | yes (`site silent`) | yes |
| Storage, all SOP Classes of PS3.4 Annex B, retired and private ones | yes (C-GET, C-MOVE, delivery of reports) | yes |
| Query/Retrieve, Patient Root and Study Root: FIND | no | yes |
| Query/Retrieve, Patient Root and Study Root: MOVE | no | yes |
| Query/Retrieve, Patient Root and Study Root: GET | no | yes |
| Storage Commitment, Modality Worklist, Modality Performed Procedure Step | no | no |

## 2 Introduction
For those who connect a device or another archive. Which callers are let in, with which of these services, is configuration: a caller that is in no `[[site]]` and no
`[[station]]` is rejected ([operations](operations.md#connect-a-modality)). What devices do against the standard is taken as far as an object can still be filed, and counted
([devices](operations.md#what-devices-do-against-the-standard)). Terms are those of PS3.2 to PS3.8 and PS3.15. This statement alone does not promise that two systems work together: try it.
)";

constexpr auto media = R"(
## 5 Media interchange
None. `archive import` reads any DICOM file below a folder; a DICOMDIR is not needed and not read. `study export` writes DICOM files (PS3.10), without a DICOMDIR.
)";

std::size_t countedClasses()
{
    return dicom::storageClasses().size();
}

} // namespace

MarkdownTable::MarkdownTable(std::initializer_list<std::string> head)
{
    row(head);
    for (std::size_t i = 0; i < head.size(); ++i)
        text_ += "| --- ";
    text_ += "|\n";
}

void MarkdownTable::row(std::initializer_list<std::string> cells)
{
    for (auto const& cell : cells) {
        text_ += "| ";
        for (char const c : cell)
            text_ += c == '|' ? std::string("\\|") : std::string(1, c);
        text_ += ' ';
    }
    text_ += "|\n";
}

std::string conformanceStatement()
{
    return fmt::format(fmt::runtime(overview), fmt::arg("stored", countedClasses())) + networkingPart() + media +
           characterSetPart() + securityPart() + annexes();
}

} // namespace qianli::test
