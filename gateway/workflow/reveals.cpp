#include "gateway/workflow/reveals.h"

#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

namespace qianli::gateway {

Result<void> noteReveal(Workflow& workflow, std::string_view person, std::string_view command)
{
    auto const now = workflow.clock().now();
    return workflow.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO reveals (at, person, command) VALUES (?, ?, ?)"));
        return insert.run({toStored(now), person, command});
    });
}

Result<std::vector<Reveal>> revealsOf(Workflow& workflow, std::size_t limit)
{
    return workflow.database().read([&](sqlite::Database& database) -> Result<std::vector<Reveal>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare("SELECT at, person, command FROM reveals ORDER BY id DESC LIMIT ?"));
        QIANLI_TRY(select.bind({limit == 0 ? -1 : static_cast<std::int64_t>(limit)}));
        std::vector<Reveal> reveals;
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return reveals;
            reveals.push_back({fromStored(select.integer(0)), select.text(1), select.text(2)});
        }
    });
}

} // namespace qianli::gateway
