// MissingImages: why a study is taken for incomplete, and what of it is missing (ReadingTask::missing).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::model {

struct MissingImages {
    enum class Why {
        Count,         // fewer than the device said there are (0020,1002)
        Gap,           // slices in between are missing
        BrokeOff,      // the sender was cut off while it sent this study
        LocalizerOnly, // nothing but what the scan was planned on has come
    };
    // From the first missing slice to the last one, in mm along the normal of the slices.
    struct Range {
        double from = 0, to = 0;
        bool operator==(Range const&) const = default;
    };

    Why why = Why::Count;
    int received = 0; // of the series that are not whole, or of the study where no series is known not to be
    std::optional<int> expected;
    std::vector<Range> ranges;       // of the series that lacks most
    std::vector<std::string> series; // numbers of the series that are not whole
    bool operator==(MissingImages const&) const = default;
};

// "received=137;expected=350;z=72.5..337.5;series=2;why=count"; what is not known is left out.
std::string toText(MissingImages const& missing);
// Nothing where it is not that form. Keys that it does not know are passed over.
std::optional<MissingImages> parseMissingImages(std::string_view text);

// "137 of 350 images; missing from 72.5 to 337.5 mm (series 2)"
std::string inWords(MissingImages const& missing);
// "已收137/350幅，缺72.5～337.5 mm（序列2）"
std::string inChinese(MissingImages const& missing);

} // namespace qianli::model
