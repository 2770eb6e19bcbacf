#include "viewer/ui/key_sheet.h"

#include "viewer/i18n/language.h"

#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>

#include <array>
#include <utility>

namespace qianli::viewer {

KeySheet::KeySheet(QWidget* parent) : QFrame(parent)
{
    setObjectName("keySheet");
    setProperty("role", "panel");
    setFixedWidth(250);
    // More lines than a low screen has room for.
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* page = new QWidget(scroll);
    scroll->setWidget(page);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(scroll);
    auto* grid = new QGridLayout(page);
    grid->setContentsMargins(16, 12, 16, 12);
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(5);
    auto* title = new QLabel(say("按键", "Keys"), this);
    title->setProperty("role", "title");
    grid->addWidget(title, 0, 0, 1, 2);
    std::array const lines{std::pair{say("滚轮 ↑↓", "Wheel ↑↓"), say("翻层", "Scroll")},
                           std::pair{QString("Home End"), say("首幅 末幅", "First, last")},
                           std::pair{say("右键拖动", "Right drag"), say("调窗", "Window")},
                           std::pair{say("中键拖动", "Middle drag"), say("平移", "Pan")},
                           std::pair{say("Ctrl+滚轮", "Ctrl+wheel"), say("缩放", "Zoom")},
                           std::pair{say("双击", "Double click"), say("放大这一格", "Maximise")},
                           std::pair{QString("1–9"), say("窗位预设", "Window presets")},
                           std::pair{QString("I"), say("反色", "Invert")},
                           std::pair{QString("H  V"), say("左右、上下翻转", "Flip")},
                           std::pair{QString("R"), say("旋转", "Rotate")},
                           std::pair{QString("F"), say("适合窗口", "Fit")},
                           std::pair{QString("Backspace"), say("复位", "Reset")},
                           std::pair{QString("[  ]"), say("上一、下一序列", "Series")},
                           std::pair{say("空格", "Space"), say("下一格", "Next viewport")},
                           std::pair{QString("M"), say("三平面重建", "MPR")},
                           std::pair{QString("X"), say("十字线", "Cross-hair")},
                           std::pair{QString("D"), say("三维重建", "3D")},
                           std::pair{say("Shift+滚轮", "Shift+wheel"), say("MPR 层厚", "MPR slab")},
                           std::pair{QString("L  A  C"), say("长度、角度、Cobb 角", "Length, angle, Cobb")},
                           std::pair{QString("T  O"), say("心胸比、椭圆", "CTR, ellipse")},
                           std::pair{QString("Delete"), say("删除选中的测量", "Delete a measurement")},
                           std::pair{QString("Ctrl+Z"), say("撤销测量", "Undo a measurement")},
                           std::pair{QString("K"), say("关键图", "Key image")},
                           std::pair{QString("P"), say("既往图像放在旁边", "Earlier study")},
                           std::pair{QString("S"), say("联动翻层", "Scroll together")},
                           std::pair{QString("G"), say("定位线", "Reference lines")},
                           std::pair{QString("B"), say("设备的标注和遮挡", "Overlay, shutter")},
                           std::pair{QString("E   ,  ."), say("电影播放  慢  快", "Play clip, slower, faster")},
                           std::pair{QString("U"), say("造影减影", "Subtract the mask")},
                           std::pair{QString("F2"), say("写报告", "To the report")},
                           std::pair{QString("Esc"), say("回到图像", "To the images")},
                           std::pair{QString("Ctrl+Enter"), say("签发", "Sign")},
                           std::pair{QString("Ctrl+N"), say("下一例", "Next case")},
                           std::pair{QString("F4"), say("一个或两个窗口", "One or two windows")},
                           std::pair{QString("F1"), say("收起本页", "Close this")}};
    int row = 1;
    for (auto const& [key, words] : lines) {
        auto* left = new QLabel(key, this);
        left->setProperty("role", "strong");
        auto* right = new QLabel(words, this);
        right->setProperty("role", "quiet");
        keys_.emplace_back(left, key);
        grid->addWidget(left, row, 0);
        grid->addWidget(right, row++, 1);
    }
    grid->setRowStretch(row, 1);
    grid->setColumnStretch(1, 1);
}

void KeySheet::useKeys(KeyBindings const& keys)
{
    QString const space = say("空格", "Space");
    for (auto const& [label, usual] : keys_) {
        QStringList words = usual.split(' ');
        for (QString& word : words)
            if (QString const key = word == space ? QString("Space") : word;
                !word.isEmpty() && keys.pressedFor(key) != key)
                word = keys.pressedFor(key);
        label->setText(words.join(' '));
    }
}

} // namespace qianli::viewer
