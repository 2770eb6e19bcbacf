#include "common/dicom/defects.h"

#include <array>

namespace qianli::dicom {
namespace {

constexpr std::array kinds{
    DefectKind{defect::uidTooLong, "uid-too-long", "UID longer than 64", "UID超过64位"},
    DefectKind{defect::uidLeadingZero, "uid-leading-zero", "UID with leading zeros", "UID分段以0开头"},
    DefectKind{defect::uidPadding, "uid-padding", "UID padded with spaces", "UID以空格补位"},
    DefectKind{defect::uidCharacters, "uid-characters", "UID with letters", "UID含非法字符"},
    DefectKind{defect::requiredMissing, "required-missing", "required attribute missing", "缺少必填属性"},
    DefectKind{defect::type2Missing, "type2-missing", "attribute left out", "缺少应有属性"},
    DefectKind{defect::oddLength, "odd-length", "value of odd length", "值长度为奇数"},
    DefectKind{defect::groupLength, "group-length", "wrong group length", "组长度错误"},
    DefectKind{defect::valueTooLong, "value-too-long", "value too long", "值超长"},
    DefectKind{defect::valueFormat, "value-format", "date or number written wrongly", "日期或数字格式错误"},
    DefectKind{defect::unknownVr, "unknown-vr", "unknown value representation", "未知值表示(VR)"},
    DefectKind{defect::tagOrder, "tag-order", "attributes out of order", "属性顺序错误"},
    DefectKind{defect::privateCreator, "private-creator", "private attributes without creator", "私有属性无创建者"},
    DefectKind{defect::ambiguous, "ambiguous", "ambiguous private encoding", "私有序列编码含糊"},
    DefectKind{defect::trailingBytes, "trailing-bytes", "zeros behind the end", "末尾多余字节"},
    DefectKind{defect::headerUnreadable, "header-unreadable", "header unreadable", "文件头无法读取"},
};

} // namespace

std::span<DefectKind const> defectKinds()
{
    return kinds;
}

} // namespace qianli::dicom
