#include "samples/studies.h"

namespace qianli::samples {

std::string_view word(Kind kind)
{
    switch (kind) {
    case Kind::CtHead:
        return "ct-head";
    case Kind::ChestRadiograph:
        return "dx-chest";
    case Kind::HandRadiograph:
        return "dx-hand";
    case Kind::CtChest:
        return "ct-chest";
    case Kind::Ecg:
        return "ecg";
    case Kind::Ultrasound:
        return "us";
    case Kind::CtHeadTilted:
        return "ct-head-tilted";
    }
    return "";
}

std::string_view modality(Kind kind)
{
    switch (kind) {
    case Kind::ChestRadiograph:
    case Kind::HandRadiograph:
        return "DX";
    case Kind::Ecg:
        return "ECG";
    case Kind::Ultrasound:
        return "US";
    default:
        return "CT";
    }
}

void makeStudy(Kind kind, SampleStudy study, Detail detail, std::filesystem::path const& folder)
{
    switch (kind) {
    case Kind::CtHead:
    case Kind::CtHeadTilted:
        study.description = "颅脑平扫";
        study.bodyPart = "HEAD";
        return makeCt(kind, study, detail, folder);
    case Kind::CtChest:
        study.description = "胸部平扫";
        study.bodyPart = "CHEST";
        return makeCt(kind, study, detail, folder);
    case Kind::ChestRadiograph:
        study.description = "胸部正位";
        study.bodyPart = "CHEST";
        return makeRadiograph(kind, study, detail, folder);
    case Kind::HandRadiograph:
        study.description = "左手正位";
        study.bodyPart = "HAND";
        return makeRadiograph(kind, study, detail, folder);
    case Kind::Ecg:
        study.description = "十二导联心电图";
        study.bodyPart = "HEART";
        return makeEcg(study, folder);
    case Kind::Ultrasound:
        study.description = "腹部超声";
        study.bodyPart = "ABDOMEN";
        return makeUltrasound(study, detail, folder);
    }
}

} // namespace qianli::samples
