// component: a task of a connector, made as the host makes it: settings out of the option table's
// defaults and what the test writes, calls through the tables of the ABI.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/sdk/plugin.hpp"
#include "connect/sdk/values.hpp"

namespace weir::connectors::http {

// Texts as they would be written; lists and maps with commas, map keys and values in turn.
using written_settings = std::map<std::string, std::string>;

class component_settings {
  public:
    component_settings(std::span<const sdk::option> table, const written_settings& written) {
        for (const auto& each : table) {
            const auto found = written.find(std::string(each.name));
            if (found != written.end()) {
                add(each, found->second);
            } else if (each.initial.data() != nullptr) {
                add(each, std::string(each.initial));
            }
        }
        std::ranges::sort(all_, {}, [](const weir_setting& of) { return sdk::view(of.name); });
        abi_ = {sizeof(weir_settings), static_cast<uint32_t>(all_.size()), all_.data(),
                sdk::text("test"), sdk::text("")};
    }
    const weir_settings& abi() const { return abi_; }

  private:
    void add(const sdk::option& option, const std::string& text) {
        texts_.push_back(text);
        weir_setting out = {};
        out.name = sdk::text(option.name);
        out.type = option.type;
        out.text = sdk::text(texts_.back());
        if (option.type == WEIR_OPTION_INTEGER) out.integer = std::stoll(text);
        if (option.type == WEIR_OPTION_BOOLEAN) out.integer = text == "true" ? 1 : 0;
        if (option.type == WEIR_OPTION_DURATION) out.integer = scaled(text, durations());
        if (option.type == WEIR_OPTION_BYTES) out.integer = scaled(text, sizes());
        if (option.type == WEIR_OPTION_LIST || option.type == WEIR_OPTION_MAP) {
            lists_.emplace_back();
            std::string_view rest = texts_.back();
            while (!rest.empty()) {
                const auto end = std::min(rest.find(','), rest.size());
                lists_.back().push_back(sdk::text(rest.substr(0, end)));
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
            out.items = lists_.back().data();
            out.count = static_cast<uint32_t>(lists_.back().size());
        }
        all_.push_back(out);
    }
    static std::map<std::string, std::int64_t> durations() {
        return {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
    }
    static std::map<std::string, std::int64_t> sizes() {
        return {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}};
    }
    static std::int64_t scaled(const std::string& text,
                               const std::map<std::string, std::int64_t>& units) {
        std::size_t end = 0;
        const auto number = std::stoll(text, &end);
        return number * units.at(text.substr(end));
    }

    std::deque<std::string> texts_;
    std::deque<std::vector<weir_text>> lists_;
    std::vector<weir_setting> all_;
    weir_settings abi_ = {};
};

// Records that own their texts.
class record_list {
  public:
    weir_record& add(std::string_view key, std::string_view json, std::int32_t partition = 0) {
        weir_record out = {};
        out.topic = sdk::text(topic);
        out.partition = partition;
        out.offset = next_offset++;
        out.timestamp_ms = 1'700'000'000'000;
        out.key =
            key.data() == nullptr ? sdk::null_value() : sdk::text_value(WEIR_BYTES, keep(key));
        out.value =
            json.data() == nullptr ? sdk::null_value() : sdk::text_value(WEIR_JSON, keep(json));
        all.push_back(out);
        return all.back();
    }

    std::vector<weir_record> all;
    std::string_view topic = "orders";
    std::int64_t next_offset = 0;

  private:
    std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }
    std::deque<std::string> texts_;
};

// What the host is told.
struct told_host {
    std::vector<std::string> lines;
    weir_host abi = {sizeof(weir_host), WEIR_ABI_VERSION, this,
                     [](void* context, uint32_t, weir_text line) {
                         static_cast<told_host*>(context)->lines.emplace_back(sdk::view(line));
                     },
                     [](void*, const weir_metric*) {}};
};

template <class Sink>
class sink_task {
  public:
    sink_task(std::span<const sdk::option> table, const written_settings& written)
        : settings_(table, written) {
        error.size = sizeof(error);
        wish.size = sizeof(wish);
        status = functions.create(&host.abi, &settings_.abi(), &task_, &wish, &error);
    }
    ~sink_task() {
        if (task_ != nullptr) functions.destroy(task_);
    }
    sink_task(const sink_task&) = delete;
    sink_task& operator=(const sink_task&) = delete;

    std::vector<weir_result> put(std::span<const weir_record> records) {
        std::vector<weir_result> results(records.size(), weir_result{WEIR_OK, 0, {}});
        status = functions.put(task_, records.data(), records.size(), results.data(), &error);
        return results;
    }
    void request_stop() { functions.request_stop(task_); }
    std::string reason() const { return {error.text, error.text_size}; }

    told_host host;
    weir_sink_wish wish = {};
    weir_error error = {};
    weir_status status = WEIR_OK;

  private:
    static constexpr const weir_sink& functions = sdk::detail::sink_functions<Sink>::table;
    component_settings settings_;
    void* task_ = nullptr;
};

}  // namespace weir::connectors::http
