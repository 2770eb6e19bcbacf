#include "tests/workflow/workflow_fixture.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {

model::ReportText textOf(std::int64_t revision)
{
    return {"修订 " + std::to_string(revision), "", ""};
}

// In a process of its own: saves one draft after another and says so only after each was acknowledged.
[[noreturn]] void writeDraftsForever(WorkflowFixture& fixture, int acknowledged, model::TaskId id)
{
    auto const workflow = fixture.open();
    auto const user = workflow->users().find("wangmin");
    for (std::int64_t revision = 1; user; ++revision) {
        if (!workflow->tasks().saveDraft(id, *user, textOf(revision), revision - 1))
            break;
        if (write(acknowledged, &revision, sizeof revision) != sizeof revision)
            break;
    }
    _exit(1);
}

} // namespace

SCENARIO("a gateway that is killed while drafts are saved keeps every one that it acknowledged", "[workflow]")
{
    WorkflowFixture fixture;
    auto const id = fixture.claimedTask().id;
    int line[2];
    REQUIRE(pipe(line) == 0);
    pid_t const child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(line[0]);
        writeDraftsForever(fixture, line[1], id);
    }
    close(line[1]);
    std::int64_t acknowledged = 0;
    while (acknowledged < 20 && read(line[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    kill(child, SIGKILL);
    while (read(line[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    close(line[0]);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(acknowledged >= 20);

    auto const after = fixture.open();
    auto const draft = need(after->tasks().draft(id));
    CHECK(draft.revision >= acknowledged);
    CHECK(draft.revision <= acknowledged + 1); // written, but killed before it could be said
    CHECK(draft.text == textOf(draft.revision));
}
