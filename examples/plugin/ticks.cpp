// A whole plugin: the source "ticks" counts, the sink "tally" counts what comes.
#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "connect/sdk/plugin.hpp"
#include "connect/sdk/values.hpp"

namespace {

using namespace weir::sdk;

constexpr option tick_options[] = {
    {.name = "every",
     .type = WEIR_OPTION_DURATION,
     .initial = "1s",
     .valid = "1..",
     .text = "The time between two ticks."},
};

// The record of tick n is the number n. Its position says which one is next: after a restart the
// count goes on where it was committed, without a gap and without a repetition.
class ticks final : public source {
  public:
    static outcome create(const host& /*host*/, const settings& settings,
                          std::span<const weir_position> positions, std::unique_ptr<source>& task) {
        auto made = std::make_unique<ticks>();
        made->every_ = settings.duration("every");
        if (made->every_.count() < 1) return fatal("every: is at least 1ms");
        constexpr std::string_view before = R"({"next":)";
        for (const auto& each : positions) {
            const auto offset = view(each.offset);
            if (offset.substr(0, before.size()) != before) continue;
            const auto digits = offset.substr(before.size());
            std::from_chars(digits.data(), digits.data() + digits.size(), made->next_);
        }
        task = std::move(made);
        return ok();
    }

    outcome poll(std::chrono::milliseconds timeout, source_batch& into) override {
        std::unique_lock lock(stopping_);
        // No longer than the host wants: it has other things to do, too.
        const auto due = last_ + every_;
        const auto until = std::min(due, std::chrono::steady_clock::now() + timeout);
        const bool stopped = stopped_.wait_until(lock, until, [this] { return stop_; });
        if (stopped || std::chrono::steady_clock::now() < due) return ok();
        last_ = std::chrono::steady_clock::now();
        record_ = make_record(integer_value(WEIR_INT64, next_++, &schema_));
        offset_ = R"({"next":)" + std::to_string(next_) + "}";
        position_ = {text(R"({"ticks":0})"), text(offset_)};
        into.records = {&record_, 1};
        into.positions = {&position_, 1};
        into.drained = true;  // commit now: the next one takes a while
        return ok();
    }

    void request_stop() override {
        const std::lock_guard lock(stopping_);
        stop_ = true;
        stopped_.notify_all();
    }

  private:
    std::chrono::milliseconds every_{1000};
    std::chrono::steady_clock::time_point last_;
    std::int64_t next_ = 0;
    weir_schema schema_ = plain_schema(WEIR_INT64);
    // What poll() gives lives here until the next call.
    weir_record record_ = {};
    weir_position position_ = {};
    std::string offset_;
    std::mutex stopping_;
    std::condition_variable stopped_;
    bool stop_ = false;
};

constexpr option tally_options[] = {
    {.name = "refuse",
     .type = WEIR_OPTION_STRING,
     .text = "Records whose value has this text in it are bad records."},
};

class tally final : public sink {
  public:
    static outcome create(const host& host, const settings& settings, weir_sink_wish& wish,
                          std::unique_ptr<sink>& task) {
        auto made = std::make_unique<tally>();
        made->host_ = host;
        made->refused_ = settings.text("refuse");
        wish.value_form = WEIR_FORM_JSON;
        task = std::move(made);
        return ok();
    }

    outcome put(std::span<const weir_record> records, std::span<weir_result> results) override {
        for (std::size_t index = 0; index < records.size(); ++index) {
            const auto& value = records[index].value;
            const auto json = value.kind == WEIR_NULL
                                  ? std::string_view()
                                  : std::string_view(value.of.data, value.count);
            if (!refused_.empty() && json.find(refused_) != json.npos)
                results[index] = {WEIR_BAD_RECORD, 0, text("has the text that is refused")};
            else
                ++count_;
        }
        host_.counter("tally_records_total", "Records that came.", static_cast<double>(count_));
        return ok();
    }

  private:
    host host_;
    std::string refused_;
    std::uint64_t count_ = 0;
};

}  // namespace

WEIR_PLUGIN("ticks", source_of<ticks>("ticks", "1.0", "Counts.", tick_options),
            sink_of<tally>("tally", "1.0", "Counts what comes.", tally_options))
