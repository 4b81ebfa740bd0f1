// blocking_thread: a named thread for calls that block (fdatasync, removal of large files).
// Work is done in order of posting. Its destructor finishes what was posted, then joins.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace weir::broker::io {

class blocking_thread {
  public:
    explicit blocking_thread(const std::string& name);
    ~blocking_thread();
    blocking_thread(const blocking_thread&) = delete;
    blocking_thread& operator=(const blocking_thread&) = delete;

    // Thread safe. `call` posts its outcome back to the shard that wants it.
    void post(std::move_only_function<void()> call);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace weir::broker::io
