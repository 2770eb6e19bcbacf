// Negotiation: which of the proposed presentation contexts we accept, in which transfer syntax and roles.
#pragma once

#include "common/dicom/network/associate_request.h"
#include "common/dicom/uid.h"
#include "gateway/service/caller.h"

#include <map>
#include <span>
#include <vector>

namespace qianli::gateway {

// An accepted presentation context.
struct PresentationContext {
    std::uint8_t id = 0;
    dicom::Uid abstractSyntax, transferSyntax;
    bool weInvoke = false;  // we may be SCU in it
    bool weProvide = false; // we may be SCP in it
};

struct Negotiated {
    std::vector<PresentationContext> accepted;
    std::vector<dicom::AnsweredContext> answers; // one for each proposed context
    std::map<std::string, dicom::Roles> roles;   // to be told to the requestor
};

// Answers every proposed context by what the caller may use (PS3.8 9.3.3.2, PS3.7 D.3.3.4). At most `limit` contexts
// are accepted.
Negotiated negotiate(dicom::AssociateRequest const& request, Caller const& caller, std::size_t limit);

// Among the proposed transfer syntaxes; empty when none will do. What the caller names first is taken when it is
// compressed: that is how it holds the pixels. Otherwise uncompressed explicit, then implicit: nobody is made to
// compress. Then whatever holds its own pixels.
dicom::Uid chooseStorageSyntax(std::span<dicom::Uid const> proposed);

} // namespace qianli::gateway
