// http_pages: a small HTTP/1.1 server for pages that are made when they are asked for: /metrics and
// /health. GET only; a request of more than 8 KiB or one that takes longer than 10 s is closed.
// Owned by one shard.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "broker/io/asio/network.hpp"
#include "broker/io/task_group.hpp"

namespace weir::broker::network {

struct page {
    std::string text;
    bool unavailable = false;  // 503 instead of 200
};
using page_maker = std::function<io::task<page>()>;

class http_pages {
  public:
    http_pages(io::asio_shard& on, std::map<std::string, page_maker> pages);
    ~http_pages();

    // Binds and serves from now on.
    io::network_result<io::endpoint> start(const io::endpoint& where);
    io::task<void> stop();

  private:
    io::task<void> accept_loop();
    io::task<void> serve(std::unique_ptr<io::connection> client);
    io::task<std::string> answer(const std::string& request);

    io::asio_shard& shard_;
    std::map<std::string, page_maker> pages_;
    std::unique_ptr<io::tcp_listener> listener_;
    std::vector<io::connection*> open_;
    io::task_group work_;
};

}  // namespace weir::broker::network
