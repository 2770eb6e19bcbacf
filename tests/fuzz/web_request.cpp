#include "common/base/text.h"
#include "common/crypto/certificate_authority.h"
#include "gateway/archive/blob_store.h"
#include "gateway/web/routes.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"
#include "gateway/workflow/sessions.h"
#include "gateway/workflow/users.h"
#include "gateway/workflow/workflow_database.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/targets.h"
#include "tests/support/support.h"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace qianli::fuzz {
namespace {

using namespace gateway;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::string_view secret = "Geheim"; // is in the name of a patient of another site

model::Site siteNamed(std::string id)
{
    model::Site site;
    site.id = {id};
    site.name = id;
    return site;
}

// A workflow with people of all kinds and tasks of two sites, and all that routes need beside it.
class House {
public:
    House()
        : authority_(need(crypto::CertificateAuthority::open(folder_ / "keys", clock_))),
          index_(need(StudyIndex::open(folder_ / "index.db"))), store_(need(BlobStore::open(folder_ / "archive")))
    {
        // Apart from an archive: beside one, a missing workflow.db is a loss and not a beginning.
        std::filesystem::create_directory(folder_ / "people");
        open();
        addUser("wangmin", model::Role::Radiologist, std::nullopt);
        addUser("puzi", model::Role::Site, "puzi");
        for (int study = 0; study < 6; ++study)
            arrive(study);
        need(workflow_->tasks().takeOver(need(index_->studiesChangedSince(0, 1000))));
        clock_.advance(std::chrono::minutes(10));
        need(workflow_->tasks().judgeArrivals(*index_, transfers_));
        need(workflow_->tasks().applyTime());
        auto const sees = workflow_->tasks().list({});
        expect(sees && sees->size() == 6, "every study is a task");
        close();
        std::filesystem::copy(folder_ / "people" / "workflow.db", folder_ / "workflow.first");
        open();
    }

    WebServer::Parts parts()
    {
        return {*workflow_, *index_, *issuer_, certificates_, *runner_, {"QIANLI", 11112, "县医院"}};
    }
    std::string const& reader() const { return reader_; }
    std::string const& town() const { return town_; }

    // As it was before anybody changed anything.
    void restore()
    {
        close();
        for (char const* const rest : {"workflow.db-wal", "workflow.db-shm"})
            std::filesystem::remove(folder_ / "people" / rest);
        std::filesystem::copy(folder_ / "workflow.first", folder_ / "people" / "workflow.db",
                              std::filesystem::copy_options::overwrite_existing);
        open();
    }

private:
    void open()
    {
        WorkflowSettings settings;
        settings.file = folder_ / "people" / "workflow.db";
        settings.sites = {siteNamed("puzi"), siteNamed("sunjia")};
        workflow_ = need(Workflow::open(settings, clock_));
        issuer_.emplace(*workflow_, *index_, *store_, certificates_);
        runner_.emplace(*workflow_, *index_, *issuer_);
        if (auto const user = workflow_->users().find("wangmin"))
            reader_ = need(workflow_->sessions().begin(*user)).token;
        if (auto const user = workflow_->users().find("puzi"))
            town_ = need(workflow_->sessions().begin(*user)).token;
    }
    void close()
    {
        runner_.reset();
        issuer_.reset();
        workflow_.reset();
    }
    // Past the password's hashing, which takes its time.
    void addUser(std::string const& name, model::Role role, std::optional<std::string> const& site)
    {
        need(workflow_->database().write([&](sqlite::Database& database) -> Result<void> {
            QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO users (name, display_name, role, site, "
                                                        "password_hash, created_at) VALUES (?, ?, ?, ?, '', 0)"));
            return insert.run({name, name, model::code(role), site});
        }));
    }
    void arrive(int study)
    {
        bool const ours = study % 2 == 0;
        IndexedObject object;
        auto& receipt = object.receipt;
        auto& header = object.header;
        receipt.sequence = static_cast<std::uint64_t>(study) + 1;
        receipt.site = {ours ? "puzi" : "sunjia"};
        receipt.callingAe = "CT";
        receipt.receivedAt = clock_.now();
        receipt.digest[0] = static_cast<std::uint8_t>(study + 1);
        receipt.sopClass = header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
        receipt.study = header.studyUid = dicom::Uid::ofKnown(fmt::format("1.2.{}", study + 1));
        receipt.series = header.seriesUid = dicom::Uid::ofKnown(fmt::format("1.2.{}.1", study + 1));
        receipt.sopInstance = header.sopInstanceUid = dicom::Uid::ofKnown(fmt::format("1.2.{}.1.1", study + 1));
        receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
        receipt.location = {fmt::format("objects/{}", study), 400, 1000};
        header.transferSyntaxUid = receipt.transferSyntax.value();
        header.patientName = ours ? "张^三" : fmt::format("{}^{}", secret, study);
        header.patientId = "P1";
        header.patientSex = "M";
        header.modality = "CT";
        header.studyDate = "20261122";
        need(index_->apply({&object, 1}));
    }

    test::TemporaryFolder folder_;
    ManualClock clock_{TimePoint(std::chrono::seconds(1'795'000'000))};
    crypto::CertificateAuthority authority_;
    SignerCertificates certificates_{authority_};
    Transfers transfers_;
    std::unique_ptr<StudyIndex> index_;
    std::unique_ptr<BlobStore> store_;
    std::unique_ptr<Workflow> workflow_;
    std::optional<ReportIssuer> issuer_;
    std::optional<WorkflowRunner> runner_;
    std::string reader_, town_;
};

House& house()
{
    static House one;
    return one;
}

// As the server's connection reads it; nothing where it is no whole request.
std::optional<WebRequest> readRequest(Input input)
{
    http::request_parser<http::string_body> parser;
    WebLimits const limits;
    parser.header_limit(static_cast<std::uint32_t>(limits.headerBytes));
    parser.body_limit(limits.bodyBytes);
    parser.eager(true);
    beast::error_code error;
    parser.put(boost::asio::buffer(input.data(), input.size()), error);
    if (error || !parser.is_done())
        return std::nullopt;
    auto message = parser.release();
    std::string_view const authorization(message[http::field::authorization].data(),
                                         message[http::field::authorization].size());
    WebRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.body = std::move(message.body());
    request.address = "10.0.0.1";
    if (authorization.starts_with("Bearer "))
        request.token = std::string(authorization.substr(7));
    return request;
}

void checkResponse(WebRequest const& request, WebResponse const& response, bool town)
{
    static std::set<int> const known{200, 204, 400, 401, 403, 404, 405, 409, 413, 429, 503};
    expect(known.contains(response.status), "an answer has a status that docs/http-api.md lists");
    if (response.status == 204)
        return expect(response.body.empty(), "204 has no body");
    if (request.target == "/metrics")
        return;
    auto const json = nlohmann::json::parse(response.body, nullptr, false);
    expect(json.is_object(), "an answer is a JSON object");
    expect((response.status >= 400) == json.contains("error"), "an error says what it is");
    if (town)
        expect(response.body.find(secret) == std::string::npos, "a township sees its own patients only");
}

// A sign-in takes a tenth of a second to hash what it is given: only its reading is of interest here.
void readSignIn(WebRequest const& request)
{
    auto const body = parseBody(request.body);
    if (!body)
        return;
    static_cast<void>(textMember(*body, "user"));
    static_cast<void>(textMember(*body, "password"));
}

} // namespace

// A request as it comes over the line; "Bearer reader" and "Bearer town" are the sessions of two people.
void webRequest(Input input)
{
    if (auto const target = parseTarget(asText(input)))
        for (auto const& segment : target->path)
            expect(text::isUtf8(segment) && segment.find('\0') == std::string::npos, "a path is text");
    auto request = readRequest(input);
    if (!request)
        return;
    if (isSignIn(*request))
        return readSignIn(*request);
    bool const town = request->token == "town";
    if (town || request->token == "reader")
        request->token = town ? house().town() : house().reader();
    auto const response = answer(house().parts(), *request);
    checkResponse(*request, response, town);
    if (request->method != "GET" && response.status < 300)
        house().restore();
}

} // namespace qianli::fuzz
