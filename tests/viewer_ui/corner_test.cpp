// Who it is, on every viewport at every size: whole, and apart from everything else.
#include "viewer/render/overlay_painter.h"

#include <catch2/catch.hpp>

#include <QFont>

using namespace qianli::viewer;

namespace {
CornerText textOf(QString const& name)
{
    CornerText text;
    text.topLeft = {name, "500101********1236", "男 58岁", "普子乡中心卫生院（万峰县人民医院医共体分院）"};
    text.date = "2026-11-22 12:31";
    text.topRight = {text.date, "CT HEAD", "#3 Head 5.0 H30s 平扫 头颅 薄层重建 骨窗", "L CC"};
    text.bottomLeft = {"联动", "120/350", "层厚 5 mm  位置 -112.5", "120 kV  250 mAs"};
    text.bottomRight = {"有损压缩", "W80 L40 反相", "143%"};
    text.left = "R";
    text.right = "L";
    text.top = "A";
    text.bottom = "P";
    return text;
}
} // namespace

TEST_CASE("who and when is whole at every size of a viewport, and nothing lies over it", "[ui][identity]")
{
    QFont font;
    font.setPixelSize(13);
    QFontMetrics const metrics(font);
    for (QString const& name : {QString("张昞"), QString("Abdurahman Muhammadimin Tursunniyazoglu"),
                                QString("阿卜杜热合曼·买买提依明·吐尔逊尼亚孜")})
        for (int width = 200; width <= 1900; width += 17)
            for (int height : {170, 240, 480, 1000}) {
                CAPTURE(name.toStdString(), width, height);
                QRect const area(6, 6, width - 12, height - 12);
                CornerText const text = textOf(name);
                auto const placed = placeCornerText(metrics, area, text);
                auto const rectOf = [&](PlacedText const& one) {
                    return metrics.boundingRect(one.place, one.flags, one.text);
                };
                QString everything;
                for (PlacedText const& one : placed)
                    everything += one.text + '\n';
                for (QString const& part : text.topLeft + QStringList{text.date})
                    CHECK(everything.contains(part));
                QRect const who = rectOf(placed.front());
                CHECK(who.height() <= area.height());
                CHECK(who.width() <= area.width());
                for (std::size_t index = 1; index < placed.size(); ++index) {
                    INFO(placed[index].text.toStdString());
                    CHECK_FALSE(who.intersects(rectOf(placed[index])));
                }
            }
}

TEST_CASE("where there is room everything is said where it always is", "[ui][identity]")
{
    QFont font;
    font.setPixelSize(13);
    CornerText const text = textOf("张昞");
    auto const placed = placeCornerText(QFontMetrics(font), QRect(0, 0, 800, 600), text);
    REQUIRE(placed.size() == 8);
    CHECK(placed[0].text == text.topLeft.join('\n'));
    CHECK(placed[1].text == text.topRight.join('\n'));
    CHECK(placed[2].text == text.bottomLeft.join('\n'));
    CHECK(placed[3].text == text.bottomRight.join('\n'));
}
