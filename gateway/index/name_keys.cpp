#include "gateway/index/name_keys.h"

#include "common/base/text.h"

#include <algorithm>
#include <unordered_map>

namespace qianli::gateway {
namespace {

// Zhang^San beside 张^三: whatever is typed for one finds the other.
bool isReadBy(std::string const& letters, std::string const& ideographs)
{
    names::NameReader reader;
    return names::NameQuery(letters).rank(ideographs, reader) == 0;
}

bool isCovered(std::string const& group, std::vector<std::string> const& groups)
{
    if (names::NameQuery(group).hasIdeographs())
        return false;
    return std::ranges::any_of(groups, [&](std::string const& other) {
        return &other != &group && names::NameQuery(other).hasIdeographs() && isReadBy(group, other);
    });
}

// A query that finds more names than this, or has to look at more, is broad.
constexpr std::size_t mostNames = 2'500, mostRows = 40'000;

class Search {
public:
    Search(sqlite::Database& database, names::NameQuery const& query, Extent extent)
        : database_(database), query_(query), extent_(extent)
    {
    }

    Result<NamesFound> run()
    {
        for (names::KeyRange const& range : query_.ranges()) {
            if (range.open)
                QIANLI_TRY(searchOpen(range));
            else
                QIANLI_TRY(search(range.rest ? range.first + " " + *range.rest : range.first));
        }
        for (auto& [text, rank] : ranks_)
            if (rank)
                found_.byRank[static_cast<std::size_t>(*rank)].push_back(text);
        return std::move(found_);
    }

private:
    // Behind every key that begins so: 0xFF is in no UTF-8.
    static std::string endOf(std::string const& prefix) { return prefix + '\xFF'; }

    bool isEnough()
    {
        if (extent_ == Extent::UnlessBroad && (++rows_ > mostRows || names_ > mostNames))
            found_.complete = false;
        return !found_.complete;
    }

    Result<void> search(std::string const& prefix)
    {
        QIANLI_ASSIGN(auto read, database_.prepare("SELECT text FROM name_key WHERE key >= ?1 AND key < ?2"));
        QIANLI_TRY(read.bind({prefix, endOf(prefix)}));
        while (!isEnough()) {
            QIANLI_ASSIGN(bool const more, read.step());
            if (!more)
                break;
            auto const [entry, isNew] = ranks_.try_emplace(read.text(0));
            if (!isNew)
                continue;
            entry->second = query_.rank(entry->first, reader_);
            names_ += entry->second ? 1 : 0;
        }
        return {};
    }

    // From each first syllable to the next: there are some dozens under an initial.
    Result<void> searchOpen(names::KeyRange const& range)
    {
        std::string from = range.first;
        while (!isEnough()) {
            std::string syllable;
            {
                QIANLI_ASSIGN(auto next,
                              database_.prepare("SELECT key FROM name_key WHERE key >= ?1 AND key < ?2 LIMIT 1"));
                QIANLI_TRY(next.bind({from, endOf(range.first)}));
                QIANLI_ASSIGN(bool const more, next.step());
                if (!more)
                    return {};
                std::string const key = next.text(0);
                syllable = key.substr(0, key.find(' '));
            }
            QIANLI_TRY(search(syllable + " " + range.rest.value_or("")));
            from = endOf(syllable + " ");
        }
        return {};
    }

    sqlite::Database& database_;
    names::NameQuery const& query_;
    Extent extent_;
    std::size_t rows_ = 0, names_ = 0;
    names::NameReader reader_;
    NamesFound found_;
    std::unordered_map<std::string, std::optional<int>> ranks_; // of each text that was looked at
};

} // namespace

Result<void> addNameKeys(sqlite::Database& database, std::vector<std::string> const& groups)
{
    for (std::string const& group : groups) {
        if (group.empty() || isCovered(group, groups))
            continue;
        for (std::string const& key : names::keysOf(group)) {
            QIANLI_ASSIGN(auto put, database.prepare("INSERT OR IGNORE INTO name_key (key, text) VALUES (?1, ?2)"));
            QIANLI_TRY(put.run({key, group}));
        }
    }
    return {};
}

Result<void> removeNameKeys(sqlite::Database& database, std::string const& group)
{
    for (std::string const& key : names::keysOf(group)) {
        QIANLI_ASSIGN(auto remove, database.prepare("DELETE FROM name_key WHERE key = ?1 AND text = ?2"));
        QIANLI_TRY(remove.run({key, group}));
    }
    return {};
}

std::vector<std::string> NamesFound::all() const
{
    std::vector<std::string> texts;
    for (auto const& rank : byRank)
        texts.insert(texts.end(), rank.begin(), rank.end());
    return texts;
}

Result<NamesFound> findNames(sqlite::Database& database, names::NameQuery const& query, Extent extent)
{
    return Search(database, query, extent).run();
}

} // namespace qianli::gateway
