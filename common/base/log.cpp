#include "common/base/log.h"

#include "common/base/text.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace qianli::log {
namespace {

spdlog::logger& logger()
{
    static std::shared_ptr<spdlog::logger> const instance = [] {
        auto made = std::make_shared<spdlog::logger>("qianli", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum toSpdlog(Level level)
{
    switch (level) {
    case Level::Debug: return spdlog::level::debug;
    case Level::Information: return spdlog::level::info;
    case Level::Warning: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

} // namespace

void setLevel(Level level)
{
    logger().set_level(toSpdlog(level));
}

void write(Level level, std::string_view line)
{
    logger().log(toSpdlog(level), "{}", text::escapeControl(line));
}

} // namespace qianli::log
