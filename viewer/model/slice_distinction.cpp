#include "viewer/model/slice_distinction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

using Key = SliceDistinction::Key;
using Keys = std::vector<Key>;

SliceDescription const& of(StackEntry const& entry)
{
    return entry.attributes().description;
}

Key measured(std::optional<double> const& value)
{
    return {value ? std::round(*value * 1000) / 1000 : -1e9, {}};
}

Key whole(std::int32_t number)
{
    return {static_cast<double>(number), {}};
}

StackLabel same(std::string words)
{
    return {words, words};
}

StackLabel quantity(Key const& key, std::string_view before, std::string_view after)
{
    return key.first < -1e8 ? StackLabel{fmt::format("无 {}", before), fmt::format("no {}", before)}
                            : same(fmt::format("{} {:g}{}", before, key.first, after));
}

std::vector<std::string> partsOf(std::string const& text)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        auto const end = std::min(text.find('\\', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

// Of the values of Image Type: what radiologists call them.
StackLabel typeWord(std::string const& value)
{
    struct Word {
        std::string_view value;
        char const *chinese, *english;
    };
    static constexpr std::array words{Word{"ORIGINAL", "原始", "original"},
                                      Word{"DERIVED", "后处理", "derived"},
                                      Word{"M", "幅值", "magnitude"},
                                      Word{"P", "相位", "phase"},
                                      Word{"R", "实部", "real"},
                                      Word{"I", "虚部", "imaginary"},
                                      Word{"WATER", "水像", "water"},
                                      Word{"FAT", "脂像", "fat"},
                                      Word{"W", "水像", "water"},
                                      Word{"F", "脂像", "fat"},
                                      Word{"IN_PHASE", "同相位", "in phase"},
                                      Word{"OUT_PHASE", "反相位", "out of phase"},
                                      Word{"IP", "同相位", "in phase"},
                                      Word{"OP", "反相位", "out of phase"},
                                      Word{"AVERAGE", "平均", "average"},
                                      Word{"MIN_IP", "MinIP", "MinIP"},
                                      Word{"SUBTRACTION", "减影", "subtracted"}};
    for (auto const& word : words)
        if (word.value == value)
            return {word.chinese, word.english};
    return same(value);
}

// The values that not all of the types have, the telling ones at the end first.
StackLabel typeLabel(Keys const& keys, std::size_t which)
{
    StackLabel label;
    auto const own = partsOf(keys[which].second);
    auto const isCommon = [&](std::string const& value) {
        return std::all_of(keys.begin(), keys.end(), [&](Key const& key) {
            auto const parts = partsOf(key.second);
            return std::find(parts.begin(), parts.end(), value) != parts.end();
        });
    };
    int words = 0;
    for (std::size_t from : {std::size_t{2}, std::size_t{0}})
        for (std::size_t i = from; i < own.size() && i < (from == 0 ? 2 : own.size()) && words < 2; ++i)
            if (!own[i].empty() && (from == 2 || words == 0) && !isCommon(own[i])) {
                label = joined(label, typeWord(own[i]));
                ++words;
            }
    return label.empty() ? numbered("类型", "type", which, keys.size()) : label;
}

constexpr auto recipe = SliceDistinction::Weight::Recipe;
constexpr auto time = SliceDistinction::Weight::Time;

constexpr std::array distinctions{
    SliceDistinction{recipe,
                     [](StackEntry const& entry) {
                         return Key{0, of(entry).frameType};
                     },
                     typeLabel},
    SliceDistinction{recipe,
                     [](StackEntry const& entry) {
                         return Key{0, of(entry).kernel};
                     },
                     [](Keys const& keys, std::size_t which) {
                         auto const& kernel = keys[which].second;
                         return kernel.empty() ? StackLabel{"无卷积核", "no kernel"}
                                               : same(fmt::format("{}", fmt::join(partsOf(kernel), " ")));
                     }},
    SliceDistinction{recipe, [](StackEntry const& entry) { return measured(entry.attributes().sliceThickness); },
                     [](Keys const& keys, std::size_t which) {
                         return keys[which].first <= 0 ? StackLabel{"层厚未说明", "thickness not stated"}
                                                       : StackLabel{fmt::format("层厚 {:g}", keys[which].first),
                                                                    fmt::format("{:g} mm", keys[which].first)};
                     }},
    SliceDistinction{recipe, [](StackEntry const& entry) { return whole(of(entry).contrast.empty() ? 0 : 1); },
                     [](Keys const& keys, std::size_t which) {
                         return keys[which].first == 0 ? StackLabel{"平扫", "plain"} : StackLabel{"增强", "contrast"};
                     }},
    SliceDistinction{recipe, [](StackEntry const& entry) { return measured(of(entry).kvp); },
                     [](Keys const& keys, std::size_t which) {
                         return keys[which].first < 0 ? quantity(keys[which], "kV", "")
                                                      : same(fmt::format("{:g} kV", keys[which].first));
                     }},
    SliceDistinction{recipe, [](StackEntry const& entry) { return measured(of(entry).echoTime); },
                     [](Keys const& keys, std::size_t which) { return quantity(keys[which], "TE", ""); }},
    SliceDistinction{recipe, [](StackEntry const& entry) { return whole(of(entry).echoNumber); },
                     [](Keys const& keys, std::size_t which) { return numbered("回波", "echo", which, keys.size()); }},
    SliceDistinction{recipe, [](StackEntry const& entry) { return measured(of(entry).inversionTime); },
                     [](Keys const& keys, std::size_t which) { return quantity(keys[which], "TI", ""); }},
    SliceDistinction{recipe, [](StackEntry const& entry) { return measured(of(entry).bValue); },
                     [](Keys const& keys, std::size_t which) { return quantity(keys[which], "b", ""); }},
    SliceDistinction{recipe,
                     [](StackEntry const& entry) {
                         return Key{0, of(entry).stackId};
                     },
                     [](Keys const& keys, std::size_t which) { return numbered("层组", "stack", which, keys.size()); }},
    SliceDistinction{time, [](StackEntry const& entry) { return whole(of(entry).temporalPosition); },
                     [](Keys const& keys, std::size_t which) { return numbered("期相", "phase", which, keys.size()); }},
    SliceDistinction{
        time, [](StackEntry const& entry) { return whole(of(entry).acquisitionNumber); },
        [](Keys const& keys, std::size_t which) { return numbered("采集", "acquisition", which, keys.size()); }},
    SliceDistinction{time,
                     [](StackEntry const& entry) {
                         std::string dimensions;
                         for (auto const index : of(entry).dimensions)
                             dimensions += fmt::format("{:08}.", index);
                         return Key{0, dimensions};
                     },
                     [](Keys const& keys, std::size_t which) { return numbered("组", "group", which, keys.size()); }},
    // Several enhanced objects of one series.
    SliceDistinction{time,
                     [](StackEntry const& entry) {
                         return entry.image->frameCount > 1 ? Key{static_cast<double>(entry.image->instanceNumber),
                                                                  entry.image->sopInstanceUid.value()}
                                                            : Key{0, {}};
                     },
                     [](Keys const& keys, std::size_t which) { return numbered("组", "group", which, keys.size()); }},
    SliceDistinction{
        time,
        [](StackEntry const& entry) {
            return Key{0, of(entry).acquisitionTime};
        },
        [](Keys const& keys, std::size_t which) { return numbered("采集", "acquisition", which, keys.size()); }},
};

} // namespace

std::span<SliceDistinction const> sliceDistinctions()
{
    return distinctions;
}

StackLabel planeWord(ImagePlane const& plane)
{
    Vector3 const n = plane.normal();
    double const x = std::abs(n.x), y = std::abs(n.y), z = std::abs(n.z);
    StackLabel const word = x > y && x > z ? StackLabel{"矢状", "sagittal"}
                            : y > z        ? StackLabel{"冠状", "coronal"}
                                           : StackLabel{"轴位", "axial"};
    // A gantry's tilt is no oblique plane to a reader.
    return std::max({x, y, z}) > 0.85 ? word : StackLabel{"斜" + word.chinese, "oblique " + word.english};
}

StackLabel numbered(char const* chinese, char const* english, std::size_t which, std::size_t count)
{
    return {fmt::format("{} {}/{}", chinese, which + 1, count), fmt::format("{} {}/{}", english, which + 1, count)};
}

StackLabel joined(StackLabel const& first, StackLabel const& second)
{
    if (first.empty() || second.empty())
        return first.empty() ? second : first;
    return {first.chinese + " " + second.chinese, first.english + " " + second.english};
}

} // namespace qianli::viewer
