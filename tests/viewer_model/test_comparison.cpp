// Pictures beside each other: where one cuts another, which slice belongs beside which, which series is compared.
#include "tests/viewer_model/sample_image.h"
#include "viewer/model/cut_line.h"
#include "viewer/model/stack_link.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {
// 100 x 80 pixels of 2 mm, its first pixel's centre at `position`.
PlacedPicture picture(Vector3 position, Vector3 row, Vector3 column, std::string frame = "1.2.9")
{
    return {{position, row, column}, {2, 2, SpacingOrigin::Patient}, 80, 100, std::move(frame)};
}
constexpr Vector3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};

Stack slices(double first, double step, int count, std::string const& frame, Vector3 row = x, Vector3 column = y)
{
    Stack stack{StackKind::Slices, {}};
    for (int index = 0; index < count; ++index) {
        auto image = test::makeSlice(index + 1, 0);
        image->frameOfReferenceUid = frame.empty() ? dicom::Uid() : dicom::Uid::ofKnown(frame);
        ImagePlane plane{{}, row, column};
        plane.position = plane.normal() * (first + index * step);
        image->frames.front().plane = plane;
        stack.entries.push_back({image, 0});
    }
    return stack;
}
} // namespace

TEST_CASE("a slice cuts a localizer where it lies, and only as far as both reach", "[comparison]")
{
    // A frontal localizer: columns along x from -99 to 99 mm, rows down from z = 158.
    auto const localizer = picture({-99, 0, 158}, x, z * -1);
    auto const axial = picture({-99, -79, 100}, x, y);
    auto const line = cutLine(axial, localizer);
    REQUIRE(line);
    double const row = (158 - 100) / 2.0 + 0.5;
    CHECK(line->y1() == Approx(row));
    CHECK(line->y2() == Approx(row));
    CHECK(std::min(line->x1(), line->x2()) == Approx(0));
    CHECK(std::max(line->x1(), line->x2()) == Approx(100));
    // Half as wide, in the middle: the line is as long as the slice.
    auto narrow = picture({-49, -79, 100}, x, y);
    narrow.columns = 50;
    auto const shorter = cutLine(narrow, localizer);
    REQUIRE(shorter);
    CHECK(std::min(shorter->x1(), shorter->x2()) == Approx(25));
    CHECK(std::max(shorter->x1(), shorter->x2()) == Approx(75));
}

TEST_CASE("no line between parallel pictures, beyond them, or without a common room", "[comparison]")
{
    auto const localizer = picture({-99, 0, 158}, x, z * -1);
    CHECK_FALSE(cutLine(picture({-99, 10, 158}, x, z * -1), localizer));
    CHECK_FALSE(cutLine(picture({-99, -79, 400}, x, y), localizer));           // above its upper edge
    CHECK_FALSE(cutLine(picture({-99, 20, 100}, x, y), localizer));            // behind it
    CHECK_FALSE(cutLine(picture({-99, -79, 100}, x, y, "1.2.10"), localizer)); // another examination
    CHECK_FALSE(cutLine(picture({-99, -79, 100}, x, y, ""), picture({-99, 0, 158}, x, z * -1, "")));
    CHECK(cutLine(picture({-99, -79, 100}, x, y), localizer));
    auto somebodyElse = picture({-99, -79, 100}, x, y); // two sites may use the same UIDs
    somebodyElse.patient.id = "P2";
    CHECK_FALSE(cutLine(somebodyElse, localizer));
}

TEST_CASE("linked slices lie at the same place of the patient where both are of one room", "[comparison]")
{
    auto const thick = slices(0, 5, 20, "1.2.9"), thin = slices(10, 1, 60, "1.2.9");
    CHECK(linkKind({&thick, 0}, {&thin, 0}) == LinkKind::Position);
    CHECK(linkedIndex({&thick, 6}, {&thin, 0}, {0, 0}) == 20); // 30 mm
    CHECK(linkedIndex({&thin, 33}, {&thick, 0}, {0, 0}) == 9); // 43 mm is nearest to 45
    CHECK(linkedIndex({&thick, 19}, {&thin, 0}, {0, 0}) == 59);
    // The one may run the other way.
    auto const down = slices(-100, 5, 21, "1.2.9", y, x); // normal along -z: places 100 to 0
    CHECK(linkedIndex({&thick, 2}, {&down, 0}, {0, 0}) == 18);
}

TEST_CASE("linked examinations move by the same distance, and pictures without geometry by the same number",
          "[comparison]")
{
    auto const now = slices(0, 5, 20, "1.2.9"), before = slices(-300, 2.5, 40, "1.2.10");
    CHECK(linkKind({&now, 0}, {&before, 0}) == LinkKind::Distance);
    auto const ofSomebodyElse = slices(0, 5, 20, "1.2.9");
    for (StackEntry const& entry : ofSomebodyElse.entries)
        const_cast<ImageAttributes&>(*entry.image).patient.id = "P2";
    CHECK(linkKind({&now, 0}, {&ofSomebodyElse, 0}) == LinkKind::Distance);
    CHECK(linkedIndex({&now, 7}, {&before, 12}, {4, 12}) == 18); // 15 mm
    CHECK(linkedIndex({&now, 0}, {&before, 12}, {4, 12}) == 4);
    CHECK(linkedIndex({&now, 19}, {&before, 30}, {4, 30}) == 39);
    auto const sagittal = slices(0, 5, 20, "1.2.9", y, z);
    CHECK(linkKind({&now, 0}, {&sagittal, 0}) == LinkKind::None);
    CHECK(linkedIndex({&now, 9}, {&sagittal, 3}, {0, 0}) == 3);
    Stack one = slices(0, 1, 10, ""), other = slices(0, 1, 6, "");
    one.kind = other.kind = StackKind::Images;
    CHECK(linkKind({&one, 0}, {&other, 0}) == LinkKind::Count);
    CHECK(linkedIndex({&one, 5}, {&other, 1}, {3, 1}) == 3);
    CHECK(linkedIndex({&one, 9}, {&other, 1}, {3, 1}) == 5);
    Stack const single = slices(0, 1, 1, "1.2.9");
    CHECK(linkKind({&now, 0}, {&single, 0}) == LinkKind::None);
}

TEST_CASE("a volume with axes of its own has no line in the patient, and no place to be linked by", "[comparison]")
{
    auto const thick = slices(0, 5, 20, "1.2.9");
    auto ofItsOwn = slices(10, 1, 60, "1.2.9");
    CHECK(placed(ofItsOwn.entries.front()));
    for (auto& entry : ofItsOwn.entries) {
        auto image = std::make_shared<ImageAttributes>(*entry.image);
        image->frames.front().inPatient = false;
        entry.image = image;
    }
    CHECK_FALSE(placed(ofItsOwn.entries.front()));
    CHECK(linkKind({&thick, 0}, {&ofItsOwn, 0}) == LinkKind::Distance);
}

TEST_CASE("of an earlier study the series that resembles what is read is compared", "[comparison]")
{
    auto const series = [](int number, char const* description, Stack stack) {
        Series made;
        made.identity.number = number;
        made.identity.modality = "CT";
        made.identity.description = description;
        made.stacks = {std::move(stack)};
        return made;
    };
    Stack localizer = slices(0, 1, 2, "1.2.10");
    localizer.kind = StackKind::Localizer;
    Study earlier;
    earlier.series = {series(1, "Scout", localizer), series(2, "Sagittal", slices(0, 1, 9, "1.2.10", y, z)),
                      series(3, "Bone", slices(0, 1, 9, "1.2.10")), series(4, "Soft", slices(0, 1, 9, "1.2.10"))};
    SeriesIdentity shown;
    shown.modality = "CT";
    shown.description = "Soft";
    CHECK(comparableStack(earlier, slices(0, 5, 9, "1.2.9"), shown).series->identity.number == 4);
    shown.description = "Lung";
    CHECK(comparableStack(earlier, slices(0, 5, 9, "1.2.9"), shown).series->identity.number == 3);
    CHECK(comparableStack(earlier, slices(0, 5, 9, "1.2.9", y, z), shown).series->identity.number == 2);
    CHECK(comparableStack({}, slices(0, 5, 9, "1.2.9"), shown).stack == nullptr);
}
