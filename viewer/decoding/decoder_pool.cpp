#include "viewer/decoding/decoder_pool.h"

#include "viewer/decoding/machine_memory.h"
#include "viewer/decoding/native_pixels.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostRemembered = 1000;
constexpr int mostGone = 8; // decoders in a row that end before they are asked

// Beside this program, as in the build folder; or where an installation keeps what nobody calls by hand.
std::filesystem::path findProgram()
{
    std::error_code error;
    auto const folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    auto const installed = folder.parent_path() / "libexec" / "qianli" / "qianli-decoder";
    auto beside = folder / "qianli-decoder";
    return !std::filesystem::exists(beside, error) && std::filesystem::exists(installed, error) ? installed : beside;
}

// Room for the largest pictures of radiology, several times over; not for what would push an office PC into the ground.
std::uint64_t memoryOfOne()
{
    return std::clamp<std::uint64_t>(machineMemory() / 5, 1ull << 30, 4ull << 30);
}

DecoderPoolOptions complete(DecoderPoolOptions options)
{
    if (options.program.empty())
        options.program = findProgram();
    if (options.processes == 0)
        options.processes = std::clamp(std::thread::hardware_concurrency(), 2u, 4u);
    if (options.memory == 0)
        options.memory = memoryOfOne();
    return options;
}

// Uncompressed pixels of which all is known are copied here: no byte of them is taken for more than a value.
Result<DecodedFrame> readNative(NativePixels const& pixels, int file, std::uint32_t frame)
{
    return readNativeFrame(pixels, frame, [file](std::uint64_t offset, std::span<std::uint8_t> bytes) {
        return readAllAt(file, bytes, offset);
    });
}

tl::unexpected<Error> isOver()
{
    return fail(ErrorCode::Cancelled, "the case was closed while its picture was decoded");
}

} // namespace

DecoderPool::DecoderPool(DecoderPoolOptions options)
    : options_(complete(std::move(options))), keeper_([this] { keepRunning(); })
{
}

DecoderPool::~DecoderPool()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
    keeper_.join();
}

std::vector<pid_t> DecoderPool::processes() const
{
    std::lock_guard const lock(mutex_);
    return living_;
}

Result<DecodedFrame> DecoderPool::decode(FrameSource const& source, std::uint32_t frame)
{
    auto const named = [&](Error error) {
        return tl::unexpected(
            std::move(error).at(fmt::format("{} frame {}", source.file.filename().string(), frame + 1)));
    };
    auto const file = openFile(source.file, O_RDONLY | O_NONBLOCK);
    if (!file)
        return named(file.error());
    bool const asItWas = source.native && stampOf(file->get()) == source.native->stamp;
    auto decoded = asItWas ? readNative(*source.native, file->get(), frame) : decodeOutside(source, file->get(), frame);
    // Afterwards: nor was it written to meanwhile.
    if (auto const meant = checkStamp(file->get(), source.stamp); !meant)
        return named(meant.error());
    if (!decoded)
        return named(std::move(decoded).error());
    return decoded;
}

Result<DecodedFrame> DecoderPool::decodeOutside(FrameSource const& source, int file, std::uint32_t frame)
{
    QIANLI_ASSIGN(auto const stamp, stampOf(file));
    if (auto const error = remembered({stamp, frame}))
        return tl::unexpected(*error);
    auto const begun = source.era != 0 ? source.era : era();
    auto const patience = patienceWith(source);
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(patience);
    Job const job{JobKind::Frame, frame, static_cast<std::uint32_t>(seconds.count())};
    // Twice: the system may have ended the first one for reasons that this picture has no part in.
    for (int deaths = 0, gone = 0;;) {
        QIANLI_ASSIGN(auto process, take(begun));
        auto outcome = process->ask(job, file, source.samples, patience);
        if (outcome.fate == DecoderProcess::Fate::Alive) {
            giveBack(std::move(process));
            return std::move(outcome.frame);
        }
        bury(std::move(process));
        if (era() != begun)
            return isOver();
        if (outcome.fate == DecoderProcess::Fate::Late)
            return tl::unexpected(
                remember({stamp, frame},
                         fmt::format("the decoder was ended: it had not finished after {} seconds", seconds.count())));
        if (outcome.fate == DecoderProcess::Fate::Died && ++deaths == 2)
            return tl::unexpected(remember({stamp, frame}, "the decoder broke down over this picture"));
        if (outcome.fate == DecoderProcess::Fate::Gone && ++gone == mostGone) // not the picture's fault
            return std::move(outcome.frame);
    }
}

// Generous: a slow machine under load needs some 50 ns a sample in the slowest codec.
std::chrono::milliseconds DecoderPool::patienceWith(FrameSource const& source) const
{
    if (options_.patience.count() > 0)
        return options_.patience;
    std::uint64_t const most = 120'000;
    return std::chrono::milliseconds(
        source.samples == 0 ? most / 2 : std::min<std::uint64_t>(15'000 + source.samples / 500, most));
}

std::optional<Error> DecoderPool::remembered(Picture const& picture) const
{
    std::lock_guard const lock(mutex_);
    auto const found = lost_.find(picture);
    if (found != lost_.end())
        return found->second;
    // A file that has cost two pictures gets no third.
    auto const first = lost_.lower_bound({picture.first, 0});
    if (first != lost_.end() && first->first.first == picture.first)
        if (auto const second = std::next(first); second != lost_.end() && second->first.first == picture.first)
            return second->second;
    return std::nullopt;
}

Error DecoderPool::remember(Picture const& picture, std::string sentence)
{
    Error error{ErrorCode::InvalidInput, std::move(sentence)};
    std::lock_guard const lock(mutex_);
    if (lost_.size() >= mostRemembered)
        lost_.clear();
    lost_.insert_or_assign(picture, error);
    return error;
}

std::uint64_t DecoderPool::era() const
{
    std::lock_guard const lock(mutex_);
    return era_;
}

// For somebody who began in this era.
Result<DecoderPool::Process> DecoderPool::take(std::uint64_t begun)
{
    std::unique_lock lock(mutex_);
    startError_.reset();
    ++waiting_;
    work_.notify_all();
    // One that is at work comes back, even where no other can be started.
    changed_.wait(lock, [&] { return !idle_.empty() || era_ != begun || (startError_ && living_.empty()); });
    --waiting_;
    if (era_ != begun)
        return isOver();
    if (idle_.empty())
        return tl::unexpected(*startError_);
    Process process = std::move(idle_.back());
    idle_.pop_back();
    if (process->era == 0)
        process->era = era_;
    working_.insert(process.get());
    return process;
}

void DecoderPool::giveBack(Process process)
{
    {
        std::lock_guard const lock(mutex_);
        working_.erase(process.get());
        if (process->era == era_)
            idle_.push_back(std::move(process));
    }
    if (process)
        return bury(std::move(process));
    changed_.notify_one();
}

void DecoderPool::startAnew()
{
    {
        std::lock_guard const lock(mutex_);
        ++era_;
        for (DecoderProcess* const one : working_)
            one->interrupt();
        auto const used =
            std::stable_partition(idle_.begin(), idle_.end(), [](Process const& one) { return one->era == 0; });
        for (auto one = used; one != idle_.end(); ++one) {
            std::erase(living_, (*one)->id());
            doomed_.push_back(std::move(*one));
        }
        idle_.erase(used, idle_.end());
    }
    work_.notify_all();
    changed_.notify_all();
}

void DecoderPool::bury(Process process)
{
    {
        std::lock_guard const lock(mutex_);
        working_.erase(process.get());
        std::erase(living_, process->id());
        startError_.reset(); // there is one fewer to take room
    }
    work_.notify_all();
}

// One is there before anybody asks; the others come when all are busy.
bool DecoderPool::needsAnother() const
{
    bool const isWanted = living_.empty() || waiting_ > idle_.size();
    return isWanted && living_.size() < options_.processes && !startError_;
}

void DecoderPool::keepRunning()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return stopping_ || !doomed_.empty() || needsAnother(); });
        if (stopping_)
            return;
        if (auto ending = std::exchange(doomed_, {}); !ending.empty()) {
            lock.unlock();
            ending.clear();
            lock.lock();
            continue;
        }
        lock.unlock();
        auto started = DecoderProcess::start(options_.program, options_.memory);
        lock.lock();
        if (started) {
            living_.push_back((*started)->id());
            idle_.push_back(*std::move(started));
        } else {
            startError_ = std::move(started).error();
        }
        changed_.notify_all();
    }
}

std::shared_ptr<PixelDecoder> sharedDecoder()
{
    static std::mutex mutex;
    static std::weak_ptr<PixelDecoder> shared;
    std::lock_guard const lock(mutex);
    auto decoder = shared.lock();
    if (!decoder)
        shared = decoder = std::make_shared<DecoderPool>();
    return decoder;
}

} // namespace qianli::viewer
