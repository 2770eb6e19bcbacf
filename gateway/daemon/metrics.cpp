#include "gateway/daemon/metrics.h"

#include <cmath>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

std::string escaped(std::string_view value)
{
    std::string result;
    for (char const c : value) {
        if (c == '\\' || c == '"')
            result += '\\';
        if (c == '\n')
            result += "\\n";
        else
            result += c;
    }
    return result;
}

std::string number(double value)
{
    return value == std::floor(value) && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                                : fmt::format("{:.12g}", value);
}

} // namespace

void MetricsPage::family(std::string_view name, Type type, std::string_view help)
{
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type == Type::Counter ? "counter" : "gauge");
}

void MetricsPage::sample(double value, Labels const& labels)
{
    line("", labels, value);
}

void MetricsPage::one(std::string_view name, Type type, std::string_view help, double value)
{
    family(name, type, help);
    sample(value);
}

void MetricsPage::histograms(std::string_view name, std::string_view help)
{
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} histogram\n", name, help, name);
}

void MetricsPage::histogram(LatencyHistogram::Counts const& counts, Labels const& labels)
{
    std::uint64_t sum = 0;
    auto with = labels;
    with.emplace_back("le", "");
    for (std::size_t i = 0; i < counts.within.size(); ++i) {
        sum += counts.within[i];
        with.back().second = i < LatencyHistogram::bounds.size() ? number(LatencyHistogram::bounds[i]) : "+Inf";
        line("_bucket", with, static_cast<double>(sum));
    }
    line("_sum", labels, counts.seconds);
    line("_count", labels, static_cast<double>(sum));
}

void MetricsPage::line(std::string_view suffix, Labels const& labels, double value)
{
    text_ += name_;
    text_ += suffix;
    for (std::size_t i = 0; i < labels.size(); ++i)
        text_ += fmt::format("{}{}=\"{}\"", i == 0 ? "{" : ",", labels[i].first, escaped(labels[i].second));
    text_ += fmt::format("{} {}\n", labels.empty() ? "" : "}", number(value));
}

} // namespace qianli::gateway
