// Small waveform objects and structured reports, written as DICOM files.
#pragma once

#include "viewer/model/image.h"
#include "viewer/model/waveform.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace qianli::test {

using Change = std::function<void(DcmDataset&)>;

struct SampleChannel {
    std::string code, scheme = "SCPECG", meaning = "a lead";
    std::vector<int> stored;
};

// 500 Hz, 16 bits signed, 2.5 uV a step; `change` may say otherwise before it is written.
void writeWaveform(std::filesystem::path const& path, std::vector<SampleChannel> const& channels,
                   Change const& change = {});
// The first group, and one of its channels.
DcmItem& groupOf(DcmDataset& dataSet);
DcmItem& channelOf(DcmDataset& dataSet, unsigned long index);

// Twelve leads for `seconds`, each flat but for a millivolt from 1.0 s to 1.1 s; the leads in the reverse of their
// usual order.
std::vector<SampleChannel> twelveLeads(double seconds = 10);
// Written to a file, and read from it as the viewer reads one.
std::shared_ptr<viewer::Waveform const> waveformOf(std::vector<SampleChannel> const& channels,
                                                   Change const& change = {});

// An empty report: `fill` writes its content.
void writeReport(std::filesystem::path const& path, std::string const& charset, Change const& fill);
// A content item below `parent`; the concept's meaning is in the report's bytes, as given.
DcmItem& addItem(DcmItem& parent, char const* relationship, char const* type, std::string const& meaning);
void addCode(DcmItem& item, DcmTagKey const& sequence, std::string const& value, std::string const& scheme,
             std::string const& meaning);

// An object of any class without pixels.
void writeObject(std::filesystem::path const& path, char const* sopClass, Change const& change = {});

std::shared_ptr<viewer::ImageAttributes const> load(std::filesystem::path const& path);

} // namespace qianli::test
