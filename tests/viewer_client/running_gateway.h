// A real gateway on loopback with one township and one radiologist, for the viewer's tests.
#pragma once

#include "tests/support/support.h"

#include <memory>

namespace qianli::test {

class RunningGateway {
public:
    RunningGateway();

    // False when the program was not built (a build of the viewer alone); the test then says so and passes.
    static bool isBuilt();
    bool start();
    void kill();
    std::string url() const;
    // Sends files as the township would.
    bool send(std::filesystem::path const& folderOrFile) const;
    ProgramResult command(std::vector<std::string> words, std::string const& input = {}) const;

    static constexpr char user[] = "wangmin", password[] = "a long password", pin[] = "135790";

private:
    TemporaryFolder folder_;
    std::uint16_t dicomPort_ = freePort(), httpPort_ = freePort();
    int starts_ = 0;
    std::unique_ptr<RunningProgram> program_;
};

} // namespace qianli::test
