// asio_shard: a named thread with an io_context of its own. The Asio types stay in the .cpp files
// of this folder (context.hpp).
#pragma once

#include <memory>
#include <string>

#include "broker/io/shard.hpp"

namespace weir::broker::io {

class asio_shard : public shard {
  public:
    explicit asio_shard(std::string name);
    // Stops and joins.
    ~asio_shard() override;

    // Starts the thread.
    void start();
    // Ends the loop when what was posted before is done; then joins. Not from the shard itself.
    void stop();

    void post(work call) override;
    bool is_current() const override;
    time_point now() const override;
    std::int64_t wall_ms() const override;
    std::unique_ptr<timer> call_at(time_point when, work call) override;

    // For this folder only: the io_context, behind a name that needs no Asio header.
    struct context;
    context& native() { return *context_; }

  private:
    std::unique_ptr<context> context_;
};

}  // namespace weir::broker::io
