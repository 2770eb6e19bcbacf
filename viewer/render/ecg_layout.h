// How an electrocardiogram lies on paper: which channel of which seconds in which box, page by page.
#pragma once

#include "viewer/model/waveform.h"

#include <QRectF>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

enum class EcgRows {
    FourColumns, // three rows of four columns of 2.5 s, and lead II over all ten seconds
    OneColumn,   // a row a lead
};

struct EcgSettings {
    double speed = 25; // millimetres a second
    double gain = 10;  // millimetres a millivolt
    EcgRows rows = EcgRows::FourColumns;
    bool darkPaper = false;
};

// A lead over some seconds. A derived one is reckoned from two channels (III = II - I and so on: Einthoven,
// Goldberger).
struct EcgCell {
    struct Part {
        std::size_t channel = 0;
        double weight = 1;
    };
    std::vector<Part> parts; // empty: the object has no such lead
    std::string name;
    bool derived = false;
    double start = 0, seconds = 0; // from the group's start
    QRectF box;                    // millimetres on the sheet; the trace's time runs from left to right edge
    bool leadsRow = false;         // has the calibration pulse at its left
};

struct EcgPage {
    std::size_t group = 0;
    double start = 0, seconds = 0;
    QSizeF size;
    QRectF paper; // where millimetre lines are
    std::vector<EcgCell> cells;
    bool twelveLeads = false;
    bool isLastOfMore = false; // the recording goes on, and has no more pages
};

inline constexpr double ecgMargin = 6, ecgPulseSpace = 12;

// Where the words above the paper begin and end, for words that have `width` millimetres of room.
using EcgHeader = std::function<double(double width)>;

// All pages of all groups, at least one of each. Every channel is on one: what has no place among the twelve leads
// stands on a page of its own behind theirs.
std::vector<EcgPage> layOutEcg(Waveform const& waveform, EcgSettings const& settings, EcgHeader const& header);

} // namespace qianli::viewer
