// The command line: `qianli-gateway [--config FILE] NOUN VERB … [--json]`. Parses the words and runs one command.
//
// Exit codes: 0 done; 1 refused or failed, with one sentence on standard error; 2 wrong usage.
#pragma once

namespace qianli::gateway {

int runCommandLine(int argc, char** argv);

} // namespace qianli::gateway
