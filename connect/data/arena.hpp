// arena: the memory of one batch of records. Taking is a pointer's move; everything goes at once,
// and the blocks are used again. Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::connect::data {

class arena {
  public:
    arena() = default;
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;
    arena(arena&&) = default;
    arena& operator=(arena&&) = default;

    // Not initialised.
    void* take(std::size_t size, std::size_t alignment);

    template <class T>
    std::span<T> take_array(std::size_t count) {
        static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
        return {static_cast<T*>(take(count * sizeof(T), alignof(T))), count};
    }
    std::string_view copy(std::string_view text) {
        if (text.empty()) return {"", 0};
        auto* to = static_cast<char*>(take(text.size(), 1));
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    // Everything that was taken is gone. Keeps at most `kept_bytes` of memory for what comes.
    void clear(std::size_t kept_bytes = std::size_t{4} << 20);
    // Of all blocks.
    std::size_t size_bytes() const { return size_bytes_; }

  private:
    struct block {
        std::unique_ptr<std::byte[]> memory;
        std::size_t size = 0;
    };
    void add_block(std::size_t size);

    std::vector<block> blocks_;
    std::size_t current_ = 0;  // the block that is taken from
    std::size_t used_ = 0;     // of it
    std::size_t size_bytes_ = 0;
};

}  // namespace weir::connect::data
