// Negotiation: which of the proposed presentation contexts we accept, in which transfer syntax and roles.
#pragma once

#include "common/dicom/network/association.h"
#include "gateway/service/caller.h"

#include <vector>

struct T_ASC_Parameters;

namespace qianli::gateway {

// Answers every proposed context by what the caller may use (PS3.8 9.3.3.2, PS3.7 D.3.3.4). At most `limit` contexts
// are accepted.
std::vector<dicom::PresentationContext> negotiate(T_ASC_Parameters* parameters, Caller const& caller,
                                                  std::size_t limit);

// Among the proposed transfer syntaxes; empty when none will do. What the caller names first is taken when it is
// compressed: that is how it holds the pixels. Otherwise uncompressed explicit, then implicit: nobody is made to
// compress. Then whatever holds its own pixels.
dicom::Uid chooseStorageSyntax(std::span<dicom::Uid const> proposed);

} // namespace qianli::gateway
