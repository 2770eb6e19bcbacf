// SampleObject: one DICOM object of a sample study, filled by a phantom and written as a Part 10 file.
#pragma once

#include "samples/people.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

class DcmItem;
class DcmDataset;

namespace qianli::samples {

// What all objects of a study have in common.
struct SampleStudy {
    Person person;
    std::uint64_t seed = 0;
    int number = 0; // within the run
    std::string date, time;
    std::string description, bodyPart; // UTF-8; body part as a defined term
    std::string institution = "普子乡卫生院";
    std::string uid(std::string const& what) const; // always the same for seed, number and words
};

class SampleObject {
public:
    SampleObject(SampleStudy const& study, char const* sopClass, std::string const& modality, int series, int instance);
    ~SampleObject();
    SampleObject(SampleObject const&) = delete;
    SampleObject& operator=(SampleObject const&) = delete;

    DcmDataset& dataSet() { return *dataSet_; }
    void text(std::uint16_t group, std::uint16_t element, std::string const& bytes);
    // In the study's way of writing.
    void localText(std::uint16_t group, std::uint16_t element, std::string const& utf8);
    void number(std::uint16_t group, std::uint16_t element, std::uint16_t value);

    struct Raster {
        std::uint16_t columns = 0, rows = 0, bitsStored = 16;
        bool isSigned = false;
        std::string photometric = "MONOCHROME2";
    };
    void pixels(Raster const& raster, std::vector<std::uint16_t> const& values);
    void colour(std::uint16_t columns, std::uint16_t rows, std::vector<std::uint8_t> const& rgb);

    // Throws std::runtime_error naming the file when it can't be written.
    void write(std::filesystem::path const& file);

private:
    SampleStudy const& study_;
    std::unique_ptr<DcmDataset> dataSet_;
};

} // namespace qianli::samples
