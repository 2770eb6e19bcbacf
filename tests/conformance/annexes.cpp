#include "tests/conformance/statement.h"

#include "common/dicom/sop_class.h"
#include "gateway/index/attributes.h"
#include "gateway/service/query.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <set>

namespace qianli::test {
namespace {

using gateway::Comparison;
using gateway::Level;

std::string storageClasses()
{
    MarkdownTable table({"SOP Class", "UID"});
    for (auto const& one : dicom::storageClasses())
        table.row({std::string(one.name), std::string(one.uid)});
    return table.text();
}

std::string_view matching(Comparison comparison)
{
    switch (comparison) {
    case Comparison::Text:
        return "single value, wildcard, list";
    case Comparison::Uid:
        return "single value, list of UIDs";
    case Comparison::Name:
        return "single value, wildcard, without regard to case and width; by component group";
    case Comparison::Date:
    case Comparison::Time:
        return "single value, range";
    case Comparison::Number:
        return "single value";
    case Comparison::Modalities:
        return "single value, list";
    case Comparison::None:
        break;
    }
    return "universal";
}

std::string_view levelName(Level level)
{
    return gateway::name(level);
}

std::string keys()
{
    MarkdownTable table({"Level", "Attribute", "Tag", "Key", "Matching"});
    for (auto const& attribute : gateway::attributes()) {
        DcmTag const tag(attribute.tag.group, attribute.tag.element);
        bool const isUnique = gateway::uniqueKey(attribute.level) == attribute.tag;
        table.row({std::string(levelName(attribute.level)), DcmTag(tag).getTagName(), dicom::toString(attribute.tag),
                   isUnique ? "unique" : "required or optional", std::string(matching(attribute.comparison))});
    }
    return table.text();
}

} // namespace

std::string annexes()
{
    return fmt::format(R"(
## 8 Annexes
### 8.1 Storage SOP Classes
{}
and any private or future SOP Class. No attribute of an object is needed but SOP Class, SOP Instance, Study and Series Instance UID.

### 8.2 Keys of Query/Retrieve
At each level the keys of the levels above are matched and answered, too, whether or not their unique keys are given (relational queries need no negotiation). A key that is not
listed here and has a value is not matched; the answers then have status FF01H. Asked for and not known, it is answered empty. Retrieve AE Title (0008,0054) is always answered, Instance Availability
(0008,0056), ONLINE, where it is asked for. A retrieve takes the unique keys and Issuer of Patient ID.

{}
### 8.3 Objects that we make
By the workstation, stored by the gateway like any other: Basic Text SR and Encapsulated PDF (signed reports). By the gateway: Secondary Capture pages of a report, for receivers that take no PDF.

### 8.4 Private attributes, SOP Classes and transfer syntaxes
None of ours. Those of others are stored and sent as they came.

### 8.5 Coded terminology
Reports (TID 2000) use codes of PS3.16 (DCM, LN) and RFC 5646. Nothing is extended, nothing is mapped.

### 8.6 Grayscale
The gateway draws no images.
)",
                       storageClasses(), keys());
}

} // namespace qianli::test
