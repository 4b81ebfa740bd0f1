// tcp_connector: opens TCP connections that belong to one shard.
#pragma once

#include <memory>

#include "broker/io/asio/shard.hpp"
#include "broker/io/network.hpp"

namespace weir::broker::io {

class tcp_connector : public connector {
  public:
    explicit tcp_connector(asio_shard& on) : shard_(on) {}

    task<network_result<std::unique_ptr<connection>>> connect(endpoint where,
                                                              time_point deadline) override;

  private:
    asio_shard& shard_;
};

}  // namespace weir::broker::io
