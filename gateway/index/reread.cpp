#include "gateway/index/reread.h"

#include "gateway/index/index_writer.h"
#include "gateway/index/sqlite_study_index.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

using Headers = std::map<std::uint64_t, ReadAgain>;
using Identities = std::set<std::pair<model::SiteId, std::string>>;

constexpr int mostRounds = 10;

bool isMissing(Receipt const& receipt, Wanted const& wanted, Headers const& headers)
{
    return !wanted.without.contains(receipt.sequence) && !headers.contains(receipt.sequence);
}

Result<void> readMissing(Wanted const& wanted, Together const& together, ReadHeaders const& read, Headers& headers)
{
    std::vector<Receipt> missing;
    for (Receipt const& receipt : together.receipts)
        if (isMissing(receipt, wanted, headers))
            missing.push_back(receipt);
    if (missing.empty())
        return {};
    QIANLI_ASSIGN(auto found, read(missing));
    if (found.size() != missing.size())
        return fail(ErrorCode::Internal, "not every header was read");
    for (std::size_t i = 0; i < missing.size(); ++i)
        headers.emplace(missing[i].sequence, std::move(found[i]));
    return {};
}

Identities identitiesOf(Together const& together, Headers const& headers)
{
    Identities identities;
    for (Receipt const& receipt : together.receipts)
        if (auto const found = headers.find(receipt.sequence); found != headers.end())
            identities.emplace(receipt.site, identityOf(found->second.after));
    return identities;
}

// True: nothing is missing, and all that belongs together is there. With other text a Patient ID may be another one,
// whose studies then belong to it, too.
Result<bool> isWhole(sqlite::Database& database, Wanted const& wanted, Headers const& headers, Together& together)
{
    Identities identities;
    for (;;) {
        QIANLI_ASSIGN(together, readTogether(database, wanted.studies, identities, wanted.most));
        for (Receipt const& receipt : together.receipts)
            if (isMissing(receipt, wanted, headers))
                return false;
        Identities now = identitiesOf(together, headers);
        if (now == identities)
            return true;
        identities = std::move(now);
    }
}

Result<Together> readAll(sqlite::Database& database, Wanted const& wanted, ReadHeaders const& read, Headers& headers)
{
    for (;;) {
        Together together;
        QIANLI_ASSIGN(bool const whole, isWhole(database, wanted, headers, together));
        if (whole)
            return together;
        QIANLI_TRY(readMissing(wanted, together, read, headers));
    }
}

std::vector<StudyKey> keysOf(Together const& together)
{
    return {together.studies.begin(), together.studies.end()};
}

} // namespace

// Objects come meanwhile; as long as that doesn't go on and on, their files are read while nobody waits.
Result<Together> SqliteStudyIndex::writeTogether(Wanted const& wanted, ReadHeaders const& read,
                                                 WriteTogether const& change)
{
    Headers headers;
    Together together;
    for (int round = 1;; ++round) {
        {
            QIANLI_ASSIGN(Reader const database, reader());
            QIANLI_ASSIGN(together, readAll(*database, wanted, read, headers));
        }
        bool written = false;
        QIANLI_TRY(write([&](IndexWriter& tables) -> Result<void> {
            QIANLI_ASSIGN(written, isWhole(*writer_, wanted, headers, together));
            if (!written && round < mostRounds)
                return {};
            if (!written) {
                QIANLI_ASSIGN(together, readAll(*writer_, wanted, read, headers));
            }
            written = true;
            return change(tables, together, headers);
        }));
        if (written)
            return together;
    }
}

Result<std::vector<StudyKey>> SqliteStudyIndex::reread(StudyKey const& study, ReadHeaders const& read, Reread how)
{
    Wanted const wanted{{study}, {}};
    if (how == Reread::Look) {
        Headers headers;
        QIANLI_ASSIGN(Reader const database, reader());
        QIANLI_ASSIGN(auto const together, readAll(*database, wanted, read, headers));
        return keysOf(together);
    }
    QIANLI_ASSIGN(auto const together,
                  writeTogether(wanted, read, [&](IndexWriter& tables, Together const& all, Headers const& headers) {
                      return tables.reread(all, {headers, wanted.without});
                  }));
    return keysOf(together);
}

Result<std::vector<StudyKey>> SqliteStudyIndex::remove(RemovalOrder const& order, ReadHeaders const& read,
                                                       std::function<Result<std::uint64_t>()> const& commit)
{
    // What goes costs little.
    Wanted const wanted{{order.studies.begin(), order.studies.end()},
                        order.sequences,
                        (order.most == 0 ? mostTogether : order.most) + order.sequences.count()};
    QIANLI_ASSIGN(auto const together,
                  writeTogether(wanted, read,
                                [&](IndexWriter& tables, Together const& all, Headers const& headers) -> Result<void> {
                                    QIANLI_ASSIGN(std::uint64_t const number, commit());
                                    QIANLI_TRY(tables.reread(all, {headers, wanted.without}));
                                    QIANLI_TRY(tables.forgetReleased(all, wanted.without));
                                    // Of what lies behind, the index has yet to hear.
                                    QIANLI_TRY(tables.noteRemoved(std::min(wanted.without.last(), applied_.load())));
                                    return tables.noteRemovals(number);
                                }));
    return keysOf(together);
}

Result<std::vector<Receipt>> SqliteStudyIndex::receiptsOf(StudyKey const& study, int part) const
{
    QIANLI_ASSIGN(Reader const database, reader());
    return readReceiptsOf(*database, study, part);
}

Result<std::uint64_t> SqliteStudyIndex::appliedRemovals() const
{
    QIANLI_ASSIGN(Reader const database, reader());
    QIANLI_ASSIGN(auto read, database->prepare("SELECT removals FROM removed"));
    QIANLI_TRY(read.step());
    return static_cast<std::uint64_t>(read.integer(0));
}

Result<void> SqliteStudyIndex::noteRemovals(std::uint64_t number)
{
    return write([&](IndexWriter& tables) { return tables.noteRemovals(number); });
}

} // namespace qianli::gateway
