// What a viewer and a decoder process say to each other: one message of a SOCK_SEQPACKET socket each way a job. The
// file travels as a descriptor beside the job; the pixels lie in memory that both have mapped.
//
// Promise: whoever reads an answer takes nothing in it for true: receiveAnswer() gives only formats that a frame can
// have and sizes that belong to them.
#pragma once

#include "common/base/file.h"
#include "viewer/decoding/decoded_frame.h"

#include <cstdint>
#include <optional>

namespace qianli::viewer {

// Of the process, from its start.
inline constexpr int jobSocketDescriptor = 3;
inline constexpr int pixelMemoryDescriptor = 4;

enum class JobKind : std::uint32_t { Frame = 1 };

struct Job {
    JobKind kind = JobKind::Frame;
    std::uint32_t number = 0;           // of the frame, from 0
    std::uint32_t processorSeconds = 0; // more than that ends the process
    std::uint64_t token = 0;            // nobody can know it before; its answer bears it
};

struct Answer {
    std::optional<Error> error; // without: the pixels lie at the start of the shared memory
    PixelFormat format;
    std::uint64_t token = 0; // of the job that is answered
};

// The first word of a process: its walls stand.
bool sendReady(int socket);
bool receiveReady(int socket);

Result<void> sendJob(int socket, Job const& job, int file);
struct ReceivedJob {
    Job job;
    FileDescriptor file;
};
// Nothing: the viewer is gone.
std::optional<ReceivedJob> receiveJob(int socket);

bool sendAnswer(int socket, Answer const& answer);
// Nothing: the process is gone, or says what no frame can be.
std::optional<Answer> receiveAnswer(int socket);

} // namespace qianli::viewer
