// JpegRemarks: what the IJG libraries say of a codestream while it is decoded. They find damage, fill the rest of the
// picture with grey, call it done and only remark on it.
#pragma once

#include <string>

namespace qianli::viewer {

// Listens while it lives, to its own thread.
class JpegRemarks {
public:
    JpegRemarks();
    ~JpegRemarks();
    JpegRemarks(JpegRemarks const&) = delete;
    JpegRemarks& operator=(JpegRemarks const&) = delete;

    // Of what makes values wrong, the first remark; empty when there was none. Superfluous bytes, of which some devices
    // leave a few behind the last value, and unknown versions do no harm.
    std::string const& damage() const { return damage_; }

private:
    std::string damage_;
};

} // namespace qianli::viewer
