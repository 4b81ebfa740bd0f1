// output: what a tool prints, collected and written in large pieces; flushed by those who know that
// someone waits for it, and at the end.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace weir::cli::tools {

class output {
  public:
    explicit output(int descriptor) : descriptor_(descriptor) {}
    ~output() { flush(); }
    output(const output&) = delete;
    output& operator=(const output&) = delete;

    template <class... Args>
    void print(fmt::format_string<Args...> text, Args&&... args) {
        fmt::format_to(std::back_inserter(buffer_), text, std::forward<Args>(args)...);
        if (buffer_.size() >= piece) flush();
    }
    void put(std::string_view text) {
        buffer_.append(text);
        if (buffer_.size() >= piece) flush();
    }

    // Writes what was collected; false from the first failure on.
    bool flush();
    bool failed() const { return failed_; }
    bool empty() const { return buffer_.size() == 0; }

  private:
    static constexpr std::size_t piece = 64 * 1024;

    int descriptor_;
    bool failed_ = false;
    fmt::memory_buffer buffer_;
};

}  // namespace weir::cli::tools
