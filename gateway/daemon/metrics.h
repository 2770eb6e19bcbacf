// /metrics: numbers of the running gateway in Prometheus' text format 0.0.4.
#pragma once

#include "common/base/latency.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qianli::gateway {

class MetricsPage {
public:
    enum class Type { Counter, Gauge };
    using Labels = std::vector<std::pair<std::string_view, std::string>>;

    // A family: its samples follow.
    void family(std::string_view name, Type type, std::string_view help);
    void sample(double value, Labels const& labels = {});
    // A family with one sample.
    void one(std::string_view name, Type type, std::string_view help, double value);
    // A family of histograms, and one of them.
    void histograms(std::string_view name, std::string_view help);
    void histogram(LatencyHistogram::Counts const& counts, Labels const& labels);

    std::string const& text() const { return text_; }

private:
    void line(std::string_view suffix, Labels const& labels, double value);
    std::string name_;
    std::string text_;
};

} // namespace qianli::gateway
