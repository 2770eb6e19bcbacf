#include "gateway/index/reread.h"

#include "gateway/index/index_writer.h"
#include "gateway/index/sqlite_study_index.h"

namespace qianli::gateway {
namespace {

using Headers = std::map<std::uint64_t, ReadAgain>;
using Identities = std::set<std::pair<model::SiteId, std::string>>;

constexpr int mostRounds = 10;

Result<void> readMissing(Together const& together, ReadHeaders const& read, Headers& headers)
{
    std::vector<Receipt> missing;
    for (Receipt const& receipt : together.receipts)
        if (!headers.contains(receipt.sequence))
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
Result<bool> isWhole(sqlite::Database& database, StudyKey const& study, Headers const& headers, Together& together)
{
    Identities identities;
    for (;;) {
        QIANLI_ASSIGN(together, readTogether(database, study, identities));
        for (Receipt const& receipt : together.receipts)
            if (!headers.contains(receipt.sequence))
                return false;
        Identities now = identitiesOf(together, headers);
        if (now == identities)
            return true;
        identities = std::move(now);
    }
}

Result<Together> readAll(sqlite::Database& database, StudyKey const& study, ReadHeaders const& read, Headers& headers)
{
    for (;;) {
        Together together;
        QIANLI_ASSIGN(bool const whole, isWhole(database, study, headers, together));
        if (whole)
            return together;
        QIANLI_TRY(readMissing(together, read, headers));
    }
}

} // namespace

Result<std::vector<StudyKey>> SqliteStudyIndex::reread(StudyKey const& study, ReadHeaders const& read, Reread how)
{
    Headers headers;
    Together together;
    // Objects come meanwhile; as long as that doesn't go on and on, their files are read while nobody waits.
    for (int round = 1;; ++round) {
        {
            QIANLI_ASSIGN(Reader const database, reader());
            QIANLI_ASSIGN(together, readAll(*database, study, read, headers));
        }
        if (how == Reread::Look)
            break;
        bool written = false;
        QIANLI_TRY(write([&](IndexWriter& tables) -> Result<void> {
            QIANLI_ASSIGN(written, isWhole(*writer_, study, headers, together));
            if (!written && round < mostRounds)
                return {};
            if (!written) {
                QIANLI_ASSIGN(together, readAll(*writer_, study, read, headers));
            }
            written = true;
            return tables.reread(together, headers);
        }));
        if (written)
            break;
    }
    return std::vector<StudyKey>(together.studies.begin(), together.studies.end());
}

} // namespace qianli::gateway
