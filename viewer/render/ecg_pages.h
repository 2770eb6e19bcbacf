// EcgPages: an electrocardiogram, or any other waveform, on millimetre paper.
//
// Promise: leads stand by their codes; a millimetre of paper is what speed and gain say; what the object gives no unit
// for is drawn as a shape and says that it has no scale.
#pragma once

#include "viewer/model/image.h"
#include "viewer/render/ecg_layout.h"
#include "viewer/render/page_source.h"

#include <cstdint>
#include <span>

namespace qianli::viewer {

class EcgPages : public PageSource {
public:
    EcgPages(std::shared_ptr<Waveform const> waveform, EcgSettings const& settings, Language language);

    std::size_t count() const override { return pages_.size(); }
    QSizeF size(std::size_t page) const override { return pages_[page].size; }
    void paint(QPainter& painter, std::size_t page) const override;
    bool isSlow() const override;
    QString words(std::size_t page) const override;
    std::optional<PaperScale> scale(std::size_t page) const override;
    std::vector<PageChoices> choices() const override;

    EcgPage const& layout(std::size_t page) const { return pages_[page]; }
    // Where the trace of a cell is at a time, on the sheet; none where there is no value.
    std::optional<QPointF> traceAt(std::size_t page, std::size_t cell, double seconds) const;

private:
    struct Colours;
    struct Trace; // the map from values to the sheet for one cell
    struct Mark { // what the device says of a moment, in one cell
        std::uint32_t page = 0, cell = 0, annotation = 0;
        bool namesLeads = false; // of a lead that no cell shows at this moment
        double seconds = 0;
    };
    class MarkPlacer;
    Colours const& colours() const;
    bool inVolts(EcgPage const& page) const;
    Trace traceOf(EcgPage const& page, EcgCell const& cell) const;
    void paintPaper(QPainter& painter, EcgPage const& page) const;
    void paintHeader(QPainter& painter, EcgPage const& page) const;
    void paintCell(QPainter& painter, EcgPage const& page, EcgCell const& cell) const;
    void paintPulse(QPainter& painter, EcgCell const& cell, double baseline) const;
    void placeMarks();
    void paintMarks(QPainter& painter, std::size_t page, QColor const& colour) const;
    void paintMarksOf(QPainter& painter, EcgCell const& cell, std::span<Mark const> marks, QColor const& colour) const;
    QString wordsAtLine(std::span<Mark const> marks) const;
    QString markWords(WaveformAnnotation const& annotation) const;
    QString unplacedWords(WaveformAnnotation const& annotation) const;
    QString leadsOf(WaveformAnnotation const& annotation) const;
    QString filterWords(WaveformGroup const& group) const;
    QString measurementWords() const;
    QString statementWords() const;
    double headerHeight(double width) const;
    QString timeWords(EcgPage const& page) const;
    QString say(char const* chinese, char const* english) const;
    PageChoice choice(char const* name, QString const& label, bool current, EcgSettings const& settings) const;

    std::shared_ptr<Waveform const> waveform_;
    EcgSettings settings_;
    Language language_;
    QString measured_, stated_; // by the device
    std::vector<EcgPage> pages_;
    std::vector<Mark> marks_; // by page, cell and time
    bool marksCut_ = false;
};

} // namespace qianli::viewer
