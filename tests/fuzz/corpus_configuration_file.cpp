// The shipped example, each of its tables alone and in pairs, each key alone, and other values.
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/targets.h"

namespace qianli::fuzz {
namespace {

// Lines of a table, with its header.
std::vector<std::string> tablesOf(std::string const& file)
{
    std::vector<std::string> tables(1);
    for (auto const& line : text::split(file, '\n')) {
        if (line.starts_with('#') || line.empty())
            continue;
        if (line.starts_with('['))
            tables.emplace_back();
        tables.back() += line + "\n";
    }
    return tables;
}

// Each key of a table alone, without the comment behind it: small enough that a mutation hits the value.
void addKeys(Corpus& corpus, std::string const& table)
{
    auto const lines = text::split(table, '\n');
    if (!lines.front().starts_with('['))
        return;
    // What has no id is no site.
    auto const begin = lines.front() + (lines.front() == "[[site]]" ? "\nid = \"gaolou-ct_2\"\n" : "\n");
    for (auto const& line : lines)
        if (line.find(" = ") != std::string::npos && !line.starts_with("id ="))
            corpus.push_back(begin + std::string(text::trim(line.substr(0, line.find('#')))) + "\n");
}

} // namespace

Corpus configurationFileCorpus()
{
    auto const example = need(readFile(std::filesystem::path(QIANLI_SOURCE_DIR) / "config" / "gateway.toml", 1 << 20));
    auto const tables = tablesOf(example);
    Corpus corpus{text::join(tables, "\n")};
    for (std::size_t i = 0; i < tables.size(); ++i) {
        corpus.push_back(tables[i]);
        addKeys(corpus, tables[i]);
        for (std::size_t j = i + 1; j < tables.size(); j += 3)
            corpus.push_back(tables[i] + tables[j]);
    }
    for (char const* const odd :
         {"data = 'd'\ndicom.port = 0x2B67\n", "[dicom]\nport = 11_112\nbind = \"::1\"\n",
          "[dicom]\nae_title = '''A'''\nquiet_time = \"500 ms\"\n", "[dicom.limits]\npdu = \"1 MiB\"\ncontexts = 1\n",
          "site = [{ id = \"a-1\", callers = [{ ae_title = \"*\", address = \"any\" }] }]\n",
          "[[site]]\nid = \"b\"\ncallers = [{ ae_title = \"X\", address = \"10.8.3.0/24\" }]\n",
          "[[site]]\nid = \"gaolou-ct_2\"\ncallers = [{ ae_title = \"X\", address = \"any\" }]\n",
          "[[site]]\nid = \"sunjia7\"\ncallers = [{ ae_title = \"X\", address = \"any\" }]\n",
          "[[site]]\nid = \"c\"\ncallers = [{ ae_title = \"X\", address = \"fe80::1/64\" }]\n",
          "[[peer]]\nae_title = \"P\"\nhost = \"pacs.example\"\nport = 104\n", "a.b.c.d = 1\n", "x = 1979-05-27\n",
          "x = [[[[1.5]]]]\n", "[delivery]\nfirst_retry = \"1 s\"\nlongest_retry = \"2 h\"\n"})
        corpus.emplace_back(odd);
    return corpus;
}

} // namespace qianli::fuzz
