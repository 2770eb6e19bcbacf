#include "samples/sample_object.h"

#include "common/dicom/uid.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <stdexcept>

namespace qianli::samples {

std::string SampleStudy::uid(std::string const& what) const
{
    return dicom::Uid::derivedFrom(fmt::format("qianli sample {} {} {}", seed, number, what)).value();
}

SampleObject::SampleObject(SampleStudy const& study, char const* sopClass, std::string const& modality, int series,
                           int instance)
    : study_(study), dataSet_(std::make_unique<DcmDataset>())
{
    if (auto const declared = declaredCharacterSet(study.person.writing); !declared.empty())
        text(0x0008, 0x0005, declared);
    text(0x0008, 0x0016, sopClass);
    text(0x0008, 0x0018, study.uid(fmt::format("object {} {}", series, instance)));
    for (std::uint16_t const element : {0x0020, 0x0021, 0x0022, 0x0023})
        text(0x0008, element, study.date);
    for (std::uint16_t const element : {0x0030, 0x0031, 0x0032, 0x0033})
        text(0x0008, element, study.time);
    text(0x0008, 0x0050, fmt::format("A{}{:04}", study.date.substr(2), study.number + 1));
    text(0x0008, 0x0060, modality);
    text(0x0008, 0x0070, "Qianli samples");
    text(0x0008, 0x0090, "");
    text(0x0008, 0x1090, "Phantom");
    localText(0x0010, 0x0010, study.person.name);
    text(0x0010, 0x0020, study.person.patientId);
    text(0x0010, 0x0030, study.person.birthDate);
    text(0x0010, 0x0040, study.person.sex);
    text(0x0010, 0x1010, study.person.age);
    text(0x0018, 0x0015, study.bodyPart);
    text(0x0020, 0x000D, study.uid("study"));
    text(0x0020, 0x000E, study.uid(fmt::format("series {}", series)));
    text(0x0020, 0x0010, fmt::format("{}", study.number + 1));
    text(0x0020, 0x0011, fmt::format("{}", series));
    text(0x0020, 0x0013, fmt::format("{}", instance));
    // A foreigner's console has no Chinese in its character set.
    if (study.person.writing != Writing::Latin) {
        localText(0x0008, 0x0080, study.institution);
        localText(0x0008, 0x1030, study.description);
    } else {
        text(0x0008, 0x0080, "Township hospital");
        text(0x0008, 0x1030, study.bodyPart);
    }
}

SampleObject::~SampleObject() = default;

void SampleObject::text(std::uint16_t group, std::uint16_t element, std::string const& bytes)
{
    if (dataSet_->putAndInsertOFStringArray(DcmTagKey(group, element), OFString(bytes.data(), bytes.size())).bad())
        throw std::runtime_error(fmt::format("can't set ({:04X},{:04X})", group, element));
}

void SampleObject::localText(std::uint16_t group, std::uint16_t element, std::string const& utf8)
{
    text(group, element, written(study_.person.writing, utf8));
}

void SampleObject::number(std::uint16_t group, std::uint16_t element, std::uint16_t value)
{
    if (dataSet_->putAndInsertUint16(DcmTagKey(group, element), value).bad())
        throw std::runtime_error(fmt::format("can't set ({:04X},{:04X})", group, element));
}

void SampleObject::pixels(Raster const& raster, std::vector<std::uint16_t> const& values)
{
    number(0x0028, 0x0002, 1);
    text(0x0028, 0x0004, raster.photometric);
    number(0x0028, 0x0010, raster.rows);
    number(0x0028, 0x0011, raster.columns);
    number(0x0028, 0x0100, 16);
    number(0x0028, 0x0101, raster.bitsStored);
    number(0x0028, 0x0102, static_cast<std::uint16_t>(raster.bitsStored - 1));
    number(0x0028, 0x0103, raster.isSigned ? 1 : 0);
    if (dataSet_->putAndInsertUint16Array(DCM_PixelData, values.data(), static_cast<unsigned long>(values.size()))
            .bad())
        throw std::runtime_error("can't set the pixel data");
}

void SampleObject::colour(std::uint16_t columns, std::uint16_t rows, std::vector<std::uint8_t> const& rgb)
{
    number(0x0028, 0x0002, 3);
    text(0x0028, 0x0004, "RGB");
    number(0x0028, 0x0006, 0);
    number(0x0028, 0x0010, rows);
    number(0x0028, 0x0011, columns);
    number(0x0028, 0x0100, 8);
    number(0x0028, 0x0101, 8);
    number(0x0028, 0x0102, 7);
    number(0x0028, 0x0103, 0);
    if (dataSet_->putAndInsertUint8Array(DCM_PixelData, rgb.data(), static_cast<unsigned long>(rgb.size())).bad())
        throw std::runtime_error("can't set the pixel data");
}

void SampleObject::write(std::filesystem::path const& file)
{
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    DcmFileFormat format(dataSet_.get());
    auto const done = format.saveFile(file.c_str(), EXS_LittleEndianExplicit);
    if (done.bad())
        throw std::runtime_error(fmt::format("{}: {}", file.string(), done.text()));
}

} // namespace qianli::samples
