#include "gateway/workflow/recodings.h"

#include "gateway/workflow/workflow_database.h"

#include <algorithm>

namespace qianli::gateway {

namespace {

std::optional<std::int64_t> stored(std::optional<TimePoint> time)
{
    return time ? std::optional(toStored(*time)) : std::nullopt;
}

} // namespace

bool Recoding::holdsFor(Receipt const& receipt) const
{
    return receipt.site == site && receipt.sequence <= upTo && (!from || receipt.receivedAt >= *from) &&
           (!to || receipt.receivedAt <= *to);
}

Result<std::int64_t> Recodings::add(Recoding const& recoding)
{
    return database_.write([&](sqlite::Database& database) -> Result<std::int64_t> {
        QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO recodings (site, received_from, received_to, up_to, "
                                                    "charset, person, at, done) VALUES (?, ?, ?, ?, ?, ?, ?, 0)"));
        QIANLI_TRY(insert.run({recoding.site.value, stored(recoding.from), stored(recoding.to), recoding.upTo,
                               recoding.charset, recoding.person, toStored(recoding.at)}));
        return database.lastInsertRowId();
    });
}

Result<void> Recodings::finish(std::int64_t id)
{
    return database_.write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(
            auto update,
            database.prepare("UPDATE recodings SET done = 1 FROM recodings n WHERE n.id = ?1 AND recodings.id "
                             "<= n.id AND recodings.site = n.site AND (n.received_from IS NULL OR "
                             "recodings.received_from >= n.received_from) AND (n.received_to IS NULL OR "
                             "recodings.received_to <= n.received_to)"));
        return update.run({id});
    });
}

Result<void> Recodings::finishAll()
{
    return database_.write(
        [](sqlite::Database& database) { return database.execute("UPDATE recodings SET done = 1"); });
}

Result<std::vector<Recoding>> Recodings::all() const
{
    return database_.read([](sqlite::Database& database) -> Result<std::vector<Recoding>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare("SELECT site, received_from, received_to, up_to, charset, person, at, id, done "
                                       "FROM recodings ORDER BY id"));
        std::vector<Recoding> all;
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return all;
            all.push_back({{select.text(0)},
                           fromStored(select.optionalInteger(1)),
                           fromStored(select.optionalInteger(2)),
                           static_cast<std::uint64_t>(select.integer(3)),
                           select.text(4),
                           select.text(5),
                           fromStored(select.integer(6)),
                           select.integer(7),
                           select.integer(8) != 0});
        }
    });
}

Result<std::vector<Recoding>> recodingsIn(std::filesystem::path const& workflowFile)
{
    if (std::error_code ignored; !std::filesystem::exists(workflowFile, ignored))
        return std::vector<Recoding>();
    QIANLI_ASSIGN(auto database, WorkflowDatabase::open(workflowFile));
    return Recodings(*database).all();
}

std::string charsetOf(Receipt const& receipt, std::vector<Recoding> const& recodings)
{
    auto const newest =
        std::find_if(recodings.rbegin(), recodings.rend(), [&](Recoding const& one) { return one.holdsFor(receipt); });
    return newest == recodings.rend() ? receipt.charset : newest->charset;
}

} // namespace qianli::gateway
