// suite_parts: what the checks of sources and of sinks share: a host that notes what it is told,
// and tasks that end with their scope.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connect/sdk/outcome.hpp"
#include "tests/conformance/connector_suite.hpp"

namespace weir::conformance {

using milliseconds = std::chrono::milliseconds;
// On a loaded machine, under sanitizers.
inline constexpr milliseconds slack{5000};

class noting_host {
  public:
    noting_host();
    const weir_host* table() const { return &table_; }

  private:
    weir_host table_;
};

struct ended {
    weir_status status = WEIR_OK;
    std::string reason;
};
// Calls `call(error)`.
template <class Call>
ended end_of(const Call& call) {
    const auto error = std::make_unique<weir_error>();
    error->size = sizeof(weir_error);
    ended out;
    out.status = call(error.get());
    out.reason.assign(error->text, error->text_size);
    return out;
}

// A partition of a source and how far it got.
using positions = std::vector<std::pair<std::string, std::string>>;

class source_task {
  public:
    source_task(const subject& of, const weir_connector& connector, const positions& from);
    ~source_task() { destroy(); }
    source_task(const source_task&) = delete;
    source_task& operator=(const source_task&) = delete;

    void destroy();
    bool is_there() const { return task_ != nullptr; }
    const ended& created() const { return created_; }
    // Records as texts are appended, positions replaced.
    ended poll(milliseconds timeout, std::vector<std::string>& records, positions& at);
    void request_stop() { source_.request_stop(task_); }
    ended committed(std::uint64_t batches);

  private:
    noting_host host_;
    const weir_source& source_;
    void* task_ = nullptr;
    ended created_;
};

// Every byte of a value, as text; and whether it holds together.
void append_value(std::string& out, const weir_value& value, int depth = 0);

}  // namespace weir::conformance
