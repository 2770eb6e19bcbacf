#include "viewer/model/hanging.h"

#include "common/dicom/sop_class.h"

#include <algorithm>
#include <string_view>

namespace qianli::viewer {
namespace {

constexpr std::size_t fewestSlices = 3;

bool isCrossSection(Series const& series)
{
    auto const& modality = series.identity.modality;
    return modality == "CT" || modality == "MR" || modality == "PT";
}

bool isCapture(Stack const& stack)
{
    return std::string_view(stack.entries.front().image->sopClassUid.value()).starts_with(dicom::sop::secondaryCapture);
}

int rankOf(Series const& series, Stack const& stack)
{
    if (stack.kind == StackKind::Document)
        return 3;
    if (stack.kind == StackKind::Localizer)
        return 2;
    bool const isMain =
        !isCapture(stack) &&
        (!isCrossSection(series) || (stack.kind == StackKind::Slices && stack.entries.size() >= fewestSlices));
    return isMain ? 0 : 1;
}

} // namespace

std::vector<HungStack> hangingOrder(Study const& study, bool isComplete)
{
    struct Ranked {
        int rank;
        HungStack hung;
    };
    std::vector<Ranked> ranked;
    for (auto const& series : study.series)
        for (auto const& stack : series.stacks)
            if (!stack.empty()) {
                int const rank = rankOf(series, stack);
                ranked.push_back({rank, {&series, &stack, rank == 0}});
            }
    std::stable_sort(ranked.begin(), ranked.end(), [](Ranked const& a, Ranked const& b) { return a.rank < b.rank; });
    std::vector<HungStack> order;
    bool const isLeading = !ranked.empty() && ranked.front().rank >= 2;
    for (auto const& [rank, hung] : ranked)
        if (rank < 2 || (isComplete && isLeading))
            order.push_back(hung);
    return order;
}

bool isRadiograph(HungStack const& hung)
{
    return hung.stack->entries.size() == 1 && !hung.stack->isOneObject() && !isCrossSection(*hung.series);
}

} // namespace qianli::viewer
