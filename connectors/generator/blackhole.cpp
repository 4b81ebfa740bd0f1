#include "connectors/generator/blackhole.hpp"

#include <algorithm>

namespace weir::connectors::generator {
namespace {

constexpr auto report_every = std::chrono::seconds(1);

std::uint64_t positive(std::int64_t number) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

std::uint64_t bytes_of(const weir_value& value) {
    const bool text = value.kind == WEIR_BYTES || value.kind == WEIR_STRING;
    return text ? value.count : 0;
}

}  // namespace

blackhole::blackhole(const sdk::host& host, const sdk::settings& settings)
    : host_(host),
      delay_(settings.duration("delay")),
      fail_every_(positive(settings.integer("fail_every"))),
      bad_every_(std::max<std::int64_t>(settings.integer("bad_every"), 0)) {}

sdk::outcome blackhole::create(const sdk::host& host, const sdk::settings& settings,
                               weir_sink_wish& wish, std::unique_ptr<sdk::sink>& task) {
    // What costs the host least.
    wish.key_form = WEIR_FORM_BYTES;
    wish.value_form = WEIR_FORM_BYTES;
    task.reset(new blackhole(host, settings));
    return sdk::ok();
}

sdk::outcome blackhole::put(std::span<const weir_record> records, std::span<weir_result> results) {
    if (!records.empty()) {
        if (delay_.count() > 0) {
            std::unique_lock lock(stopping_);
            stopped_.wait_for(lock, delay_, [this] { return stop_; });
        }
        ++batches_;
        if (fail_every_ > 0 && batches_ % fail_every_ == 0)
            return sdk::retry("this is batch " + std::to_string(batches_) + ", and fail_every is " +
                              std::to_string(fail_every_));
    }
    for (std::size_t index = 0; index < records.size(); ++index) {
        const auto& each = records[index];
        if (bad_every_ > 0 && each.offset % bad_every_ == 0) {
            results[index].status = WEIR_BAD_RECORD;
            results[index].reason = sdk::text("the offset is a multiple of bad_every");
            continue;
        }
        ++records_;
        bytes_ += bytes_of(each.key) + bytes_of(each.value);
    }
    if (std::chrono::steady_clock::now() - reported_ >= report_every) report();
    return sdk::ok();
}

sdk::outcome blackhole::flush() {
    report();
    return sdk::ok();
}

void blackhole::report() {
    reported_ = std::chrono::steady_clock::now();
    host_.counter("weir_blackhole_records_total", "Records that were dropped.",
                  static_cast<double>(records_));
    host_.counter("weir_blackhole_bytes_total", "Bytes of their keys and values.",
                  static_cast<double>(bytes_));
}

void blackhole::request_stop() {
    const std::lock_guard lock(stopping_);
    stop_ = true;
    stopped_.notify_all();
}

}  // namespace weir::connectors::generator
