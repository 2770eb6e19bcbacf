// The sample studies: each kind fills a folder with the objects of one examination of one invented patient.
#pragma once

#include "samples/sample_object.h"

#include <filesystem>
#include <string_view>

namespace qianli::samples {

enum class Kind { CtHead, ChestRadiograph, HandRadiograph, CtChest, Ecg, Ultrasound, CtHeadTilted };
inline constexpr int kinds = 7;
std::string_view word(Kind kind);     // "ct-head"
std::string_view modality(Kind kind); // "CT"

// How fine: Full for eyes, Small for tests (a quarter of the rows and columns, few slices).
enum class Detail { Full, Small };

// Fills in what the kind says about the study and writes its objects. Throws std::runtime_error when the disk refuses.
void makeStudy(Kind kind, SampleStudy study, Detail detail, std::filesystem::path const& folder);

void makeCt(Kind kind, SampleStudy const& study, Detail detail, std::filesystem::path const& folder);
void makeRadiograph(Kind kind, SampleStudy const& study, Detail detail, std::filesystem::path const& folder);
void makeEcg(SampleStudy const& study, std::filesystem::path const& folder);
void makeUltrasound(SampleStudy const& study, Detail detail, std::filesystem::path const& folder);

} // namespace qianli::samples
