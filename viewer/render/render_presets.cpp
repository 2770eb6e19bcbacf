#include "viewer/render/render_presets.h"

namespace qianli::viewer {

namespace {
constexpr RenderPreset maximum{"最大密度 MIP", "Maximum (MIP)", 0, 0, {}, {}, true};
} // namespace

std::span<RenderPreset const> renderPresets(bool inHounsfield)
{
    static constexpr std::array hounsfield{
        RenderPreset{"骨",
                     "Bone",
                     400,
                     800,
                     {{{0.20f, 0}, {0.32f, 0.15f}, {0.55f, 0.9f}, {1, 1.5f}, {2, 1.5f}}},
                     {{{0.2f, 170, 120, 90}, {0.5f, 232, 208, 172}, {1, 255, 250, 240}}},
                     false},
        RenderPreset{"血管（增强）",
                     "Vessels, contrast",
                     300,
                     500,
                     {{{0.16f, 0}, {0.30f, 0.04f}, {0.50f, 0.6f}, {1, 1.2f}, {2, 1.2f}}},
                     {{{0.2f, 140, 35, 28}, {0.55f, 226, 112, 84}, {1, 255, 238, 214}}},
                     false},
        RenderPreset{"软组织",
                     "Soft tissue",
                     60,
                     400,
                     {{{0.30f, 0}, {0.40f, 0.03f}, {0.52f, 0.14f}, {0.75f, 0.5f}, {1, 1}}},
                     {{{0.3f, 205, 160, 120}, {0.55f, 196, 84, 70}, {1, 250, 240, 222}}},
                     false},
        RenderPreset{"肺",
                     "Lung",
                     -600,
                     1000,
                     {{{0.18f, 0}, {0.30f, 0.02f}, {0.50f, 0.05f}, {0.72f, 0.08f}, {0.8f, 0}}},
                     {{{0.2f, 120, 150, 200}, {0.45f, 190, 190, 200}, {0.75f, 235, 150, 130}}},
                     false},
        RenderPreset{"皮肤",
                     "Skin",
                     -200,
                     600,
                     {{{0.25f, 0}, {0.35f, 0.2f}, {0.5f, 1.2f}, {1, 1.5f}, {2, 1.5f}}},
                     {{{0.2f, 196, 148, 118}, {0.5f, 226, 180, 148}, {1, 240, 205, 178}}},
                     false},
        RenderPreset{"最大密度 MIP", "Maximum (MIP)", 300, 1000, {}, {}, true}};
    static constexpr std::array others{
        RenderPreset{"表面",
                     "Surface",
                     0,
                     0,
                     {{{0.30f, 0}, {0.45f, 0.1f}, {0.70f, 0.6f}, {1, 1}, {2, 1}}},
                     {{{0.2f, 130, 130, 138}, {0.6f, 205, 205, 208}, {1, 255, 255, 255}}},
                     false},
        maximum};
    return inHounsfield ? std::span<RenderPreset const>(hounsfield) : std::span<RenderPreset const>(others);
}

} // namespace qianli::viewer
