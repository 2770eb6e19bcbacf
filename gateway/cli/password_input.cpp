#include "gateway/cli/password_input.h"

#include <fmt/format.h>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace qianli::gateway::cli {
namespace {

// Switches the terminal's echo off for as long as it lives.
class Silence {
public:
    Silence()
    {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~Silence() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    Silence(Silence const&) = delete;
    Silence& operator=(Silence const&) = delete;

private:
    termios before_{};
};

Result<std::string> readLine()
{
    std::string line;
    if (!std::getline(std::cin, line))
        return fail(ErrorCode::InvalidInput, "no password came");
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

Result<std::string> ask(std::string const& prompt)
{
    fmt::print(stderr, "{}: ", prompt);
    auto line = readLine();
    fmt::print(stderr, "\n");
    return line;
}

} // namespace

Result<std::string> readNewPassword(std::string_view person)
{
    if (::isatty(STDIN_FILENO) != 1)
        return readLine();
    Silence const silence;
    QIANLI_ASSIGN(auto password, ask(fmt::format("Password for {}", person)));
    QIANLI_ASSIGN(auto const again, ask("Once more"));
    if (password != again)
        return fail(ErrorCode::InvalidInput, "the two passwords differ");
    return password;
}

Result<std::string> readPassword(std::string_view person)
{
    if (::isatty(STDIN_FILENO) != 1)
        return readLine();
    Silence const silence;
    return ask(fmt::format("Password of {}", person));
}

} // namespace qianli::gateway::cli
