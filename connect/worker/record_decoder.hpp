// record_decoder: from the records of a topic to those for a sink, in the form it wants. Bytes that
// a sink takes as they are, without transforms, are not looked at. Belongs to the thread of its
// run; what it makes lives until clear(), as do the messages.
#pragma once

#include <deque>
#include <expected>
#include <optional>
#include <vector>

#include "connect/data/schema.hpp"
#include "connect/kafka/consumer.hpp"
#include "connect/worker/record_encoder.hpp"

namespace weir::connect::worker {

class record_decoder {
  public:
    record_decoder(const task_setup& setup, record_tools tools)
        : component_(*setup.component), tools_(std::move(tools)) {}

    void set_forms(const weir_sink_wish& wish) {
        key_form_ = wish.key_form;
        value_form_ = wish.value_form;
    }

    // Nothing when the transforms drop the record.
    std::expected<std::optional<weir_record>, errors::failure> decode(const kafka::message& from);
    void clear();

  private:
    using value_result = std::expected<weir_value, std::string>;
    value_result value_of(const std::optional<base::bytes_view>& from, converters::converter& with,
                          std::uint32_t form);
    value_result formed(const weir_value& from, converters::converter& with, std::uint32_t form);
    void set_headers(const kafka::message& from, weir_record& into);
    std::expected<std::optional<weir_record>, errors::failure> transformed(
        const kafka::message& from, weir_record record);

    const pipeline::component& component_;
    record_tools tools_;
    std::uint32_t key_form_ = WEIR_FORM_TYPED;
    std::uint32_t value_form_ = WEIR_FORM_TYPED;
    data::arena memory_;
    data::schema_store schemas_;
};

}  // namespace weir::connect::worker
