// The inside of asio_shard, for the .cpp files of this folder.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <thread>

#include "broker/io/asio/shard.hpp"

namespace weir::broker::io {

struct asio_shard::context {
    std::string name;
    boost::asio::io_context loop{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guard;
    std::thread thread;
    std::atomic<std::thread::id> thread_id;
};

}  // namespace weir::broker::io
