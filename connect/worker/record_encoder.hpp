// record_encoder: from the records of a source to those of a topic: transforms, converters,
// headers. Belongs to the thread of its run. What it makes lives until clear(), as do the records
// given.
#pragma once

#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "connect/converters/converter.hpp"
#include "connect/data/transform.hpp"
#include "connect/errors/dead_letter.hpp"
#include "connect/kafka/producer.hpp"
#include "connect/worker/task_setup.hpp"

namespace weir::connect::worker {

// The converters and transforms of a component; the error is one that cannot heal.
struct record_tools {
    std::unique_ptr<converters::converter> key;
    std::unique_ptr<converters::converter> value;
    std::unique_ptr<data::record_transform> transform;  // null: none
};
std::expected<record_tools, std::string> make_tools(const task_setup& setup);

class record_encoder {
  public:
    record_encoder(const task_setup& setup, record_tools tools)
        : component_(*setup.component),
          connector_type_(data::view(setup.connector->type)),
          task_(setup.task),
          tools_(std::move(tools)) {}

    // Adds the record to out(), or nothing when the transforms drop it.
    std::expected<void, errors::failure> encode(const weir_record& from, std::int64_t bytes_max);
    // Adds the record, as it came from the connector, to out() as a dead letter.
    std::expected<void, errors::failure> add_dead_letter(const weir_record& from,
                                                         const errors::failure& why);
    // Where it was meant to go.
    errors::origin origin_of(const weir_record& from) const;

    const std::vector<kafka::record>& out() const { return out_; }
    std::uint64_t out_bytes() const { return out_bytes_; }
    void clear();

  private:
    using bytes_result = std::expected<std::optional<base::bytes_view>, std::string>;
    bytes_result bytes_of(const weir_value& from, converters::converter& with,
                          const std::string& name);
    bytes_result plain_bytes_of(const weir_value& from);
    std::expected<std::span<const kafka::header>, std::string> headers_of(const weir_record& from);
    void push(const kafka::record& what);

    const pipeline::component& component_;
    std::string connector_type_;
    std::int32_t task_;
    record_tools tools_;
    data::arena memory_;
    std::vector<kafka::record> out_;
    std::uint64_t out_bytes_ = 0;
    std::deque<std::vector<kafka::header>> headers_;
    std::deque<errors::dead_letter> dead_letters_;
};

}  // namespace weir::connect::worker
