// line_input: lines of standard input as Java's BufferedReader makes them: ended by \n, \r or \r\n.
// Waiting for input can be left, so that other work is done meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli::tools::console {

enum class input_state : std::uint8_t { line, nothing_yet, end };

class line_input {
  public:
    explicit line_input(int descriptor) : descriptor_(descriptor) {}

    // The next line, in line(); waits for input at most `timeout`. nothing_yet also after a signal.
    input_state next(std::chrono::milliseconds timeout);
    // Without its end; bytes that are not UTF-8 replaced as Java does. Valid until the next call.
    std::string_view line() const { return line_; }

  private:
    bool take_line();
    // Reads what is there; false when nothing came.
    bool fill(std::chrono::milliseconds timeout);

    int descriptor_;
    std::string buffer_;
    std::size_t at_ = 0;         // of what was not handed out
    std::size_t searched_ = 0;   // there is no line end before
    bool skip_newline_ = false;  // the last line ended in \r
    bool ended_ = false;
    std::string line_;
};

}  // namespace weir::cli::tools::console
