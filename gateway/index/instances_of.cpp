#include "gateway/index/instances_of.h"

#include "common/sqlite/table_function.h"
#include "gateway/index/instance_run.h"

namespace qianli::gateway {
namespace {

class RunRows final : public sqlite::Rows {
public:
    Result<void> begin(std::span<sqlite::Cell const> arguments) override
    {
        auto const* packed = std::get_if<std::span<std::uint8_t const>>(&arguments[0]);
        auto const* run = std::get_if<std::int64_t>(&arguments[1]);
        auto const* seriesUid = std::get_if<std::string_view>(&arguments[2]);
        if (packed == nullptr || run == nullptr || seriesUid == nullptr)
            return fail(ErrorCode::Corrupt, "a run of instances is not what it should be");
        reader_ = RunReader(*packed, static_cast<std::uint64_t>(*run), *seriesUid);
        return {};
    }
    Result<bool> next() override { return reader_.next(); }
    sqlite::Cell cell(int column) const override;

private:
    RunReader reader_;
};

sqlite::Cell RunRows::cell(int column) const
{
    RunInstance const& instance = reader_.instance();
    auto const number = [](auto value) { return sqlite::Cell(static_cast<std::int64_t>(value)); };
    switch (column) {
    case 0:
        return number(instance.sequence);
    case 1:
        return std::string_view(instance.sopInstance);
    case 2:
        return number(instance.shared);
    case 3:
        return std::span<std::uint8_t const>(instance.digest);
    case 4:
        return number(instance.received);
    case 5:
        return number(instance.offset);
    case 6:
        return number(instance.length);
    case 7:
        return std::string_view(instance.number);
    case 8:
        return std::string_view(instance.position);
    case 9:
        return std::string_view(instance.orientation);
    case 10:
        return std::string_view(instance.contentDate);
    case 11:
        return std::string_view(instance.contentTime);
    case 12:
        return std::string_view(instance.acquisition);
    case 13:
        return number(instance.version);
    case 14:
        return number(instance.newest);
    case 15:
        return number(instance.released);
    case 16:
        return number(instance.newestReleased);
    default:
        return std::string_view(instance.path);
    }
}

constexpr sqlite::TableFunction instancesOf{
    "instances_of",
    "id, sop_instance, shared, digest, received, offset, length, number, position, orientation, content_date, "
    "content_time, acquisition, version, newest, released, newest_released, path",
    18, 3, []() -> std::unique_ptr<sqlite::Rows> { return std::make_unique<RunRows>(); }};

} // namespace

Result<void> addInstancesOf(sqlite::Database& database)
{
    return sqlite::addTableFunction(database, instancesOf);
}

} // namespace qianli::gateway
