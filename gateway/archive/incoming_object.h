// LocalIncomingObject: a file in incoming/ that is being received, with the digest of what came so far.
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/archive/xxh3.h"

#include <atomic>
#include <memory>
#include <string>

namespace qianli::gateway {

class LocalIncomingObject final : public IncomingObject {
public:
    // Whether the name of the file is on stable storage already (SpareFiles), or waits for its folder to be synced.
    enum class Name { New, Durable };
    // Creates the file, or opens the empty one, and writes what stands before the data set.
    static Result<std::unique_ptr<LocalIncomingObject>> create(std::filesystem::path path, Name name,
                                                               std::string_view preamble);
    // Where it leaves word of how long it had become when the disk refused it, if that is the longest.
    void leaveWordOfRefusal(std::shared_ptr<std::atomic<std::uint64_t>> longest)
    {
        longestRefused_ = std::move(longest);
    }
    ~LocalIncomingObject() override;

    Result<void> append(std::span<std::uint8_t const> bytes) override;
    Result<Digest> seal() override;
    std::uint64_t dataSetLength() const override { return dataSetLength_; }

    bool isSealed() const { return sealed_; }
    Digest const& digest() const { return digest_; }
    std::uint32_t dataSetOffset() const { return dataSetOffset_; }
    std::string name() const { return path_.filename().string(); }
    bool hasDurableName() const { return nameState_ == Name::Durable; }
    // The receipt is on stable storage: the file belongs to the store from now on.
    void keep() { kept_ = true; }

private:
    LocalIncomingObject(std::filesystem::path path, Name name, FileDescriptor file);
    Result<void> flush();
    Result<void> noteRefusal(Result<void> done) const;
    void startWriting();

    struct HashDeleter {
        void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
    };

    std::filesystem::path path_;
    Name nameState_;
    FileDescriptor file_;
    std::unique_ptr<XXH3_state_t, HashDeleter> hash_;
    std::vector<std::uint8_t> buffer_;
    std::uint32_t dataSetOffset_ = 0;
    std::uint64_t dataSetLength_ = 0;
    off_t started_ = 0; // up to where the disk was told to begin
    Digest digest_{};
    bool sealed_ = false;
    bool kept_ = false;
    std::shared_ptr<std::atomic<std::uint64_t>> longestRefused_;
};

// The digest as a receipt holds it.
Digest toDigest(XXH128_hash_t hash);

} // namespace qianli::gateway
