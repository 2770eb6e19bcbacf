#include "gateway/index/reread.h"

#include "gateway/index/index_writer.h"
#include "gateway/index/sqlite_study_index.h"

namespace qianli::gateway {
namespace {

using Headers = std::map<std::uint64_t, ReadAgain>;
using Identities = std::set<std::pair<model::SiteId, std::string>>;

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

// With other text a Patient ID may be another one, whose studies then belong to it, too.
Result<Together> readAll(sqlite::Database& database, StudyKey const& study, ReadHeaders const& read, Headers& headers)
{
    Identities identities;
    for (;;) {
        QIANLI_ASSIGN(Together together, readTogether(database, study, identities));
        QIANLI_TRY(readMissing(together, read, headers));
        Identities now = identitiesOf(together, headers);
        if (now == identities)
            return together;
        identities = std::move(now);
    }
}

} // namespace

Result<std::vector<StudyKey>> SqliteStudyIndex::reread(StudyKey const& study, ReadHeaders const& read, Reread how)
{
    Headers headers;
    Together together;
    {
        QIANLI_ASSIGN(Reader const database, reader());
        QIANLI_ASSIGN(together, readAll(*database, study, read, headers));
    }
    if (how == Reread::Write)
        QIANLI_TRY(write([&](IndexWriter& tables) -> Result<void> {
            QIANLI_ASSIGN(together, readAll(*writer_, study, read, headers));
            return tables.reread(together, headers);
        }));
    return std::vector<StudyKey>(together.studies.begin(), together.studies.end());
}

} // namespace qianli::gateway
