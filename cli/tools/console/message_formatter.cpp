#include "cli/tools/console/message_formatter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "cli/tools/console/deserializer.hpp"
#include "cli/tools/coordinator_records.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::console {
namespace {

using connect::kafka::message;
using connect::kafka::timestamp_kind;

// DefaultMessageFormatter: the columns that were asked for, in a fixed order.
class columns_formatter : public message_formatter {
  public:
    explicit columns_formatter(const properties& settings);
    tool_result<void> write(const message& what, output& to) override;

  private:
    deserializer deserializer_of(const properties& settings, std::string_view name);
    tool_result<void> put(const std::optional<base::bytes_view>& data, deserializer with,
                          output& to);
    tool_result<void> put_headers(const message& what, output& to);
    // Behind a column: the separator of columns, or the end of the line behind the last one.
    void separate(std::initializer_list<bool> more, output& to) const {
        to.put(std::ranges::any_of(more, std::identity()) ? key_separator_ : line_separator_);
    }

    bool timestamp_ = false;
    bool key_ = false;
    bool value_ = true;
    bool partition_ = false;
    bool offset_ = false;
    bool delivery_ = false;
    bool epoch_ = false;
    bool headers_ = false;
    std::string key_separator_ = "\t";
    std::string line_separator_ = "\n";
    std::string headers_separator_ = ",";
    std::string null_literal_ = "null";
    deserializer key_deserializer_ = nullptr;
    deserializer value_deserializer_ = nullptr;
    deserializer headers_deserializer_ = nullptr;
    std::string scratch_;
};

columns_formatter::columns_formatter(const properties& settings) {
    const auto flag = [&](std::string_view name, bool& into) {
        if (const auto text = settings.get(name)) {
            into = java::equals_ignoring_case(java::trim(*text), "true");
        }
    };
    const auto text = [&](std::string_view name, std::string& into) {
        if (auto value = settings.get(name)) into = std::move(*value);
    };
    flag("print.timestamp", timestamp_);
    flag("print.key", key_);
    flag("print.value", value_);
    flag("print.partition", partition_);
    flag("print.offset", offset_);
    flag("print.delivery", delivery_);
    flag("print.epoch", epoch_);
    flag("print.headers", headers_);
    text("key.separator", key_separator_);
    text("line.separator", line_separator_);
    text("headers.separator", headers_separator_);
    text("null.literal", null_literal_);
    key_deserializer_ = deserializer_of(settings, "key.deserializer");
    value_deserializer_ = deserializer_of(settings, "value.deserializer");
    headers_deserializer_ = deserializer_of(settings, "headers.deserializer");
}

// A class that cannot be had is told, and bytes are printed as they are.
deserializer columns_formatter::deserializer_of(const properties& settings, std::string_view name) {
    const auto class_name = settings.get(name);
    if (!class_name) return nullptr;
    const auto found = find_deserializer(*class_name);
    if (found == nullptr) {
        log_line("ERROR", fmt::format("Unable to instantiate a deserializer from {}", *class_name),
                 default_formatter);
        fmt::print(stderr, "java.lang.ClassNotFoundException: {}\n", *class_name);
    }
    return found;
}

// Null is a text, which a deserializer gets like any other bytes.
tool_result<void> columns_formatter::put(const std::optional<base::bytes_view>& data,
                                         deserializer with, output& to) {
    const auto bytes = data.value_or(base::as_bytes(null_literal_));
    if (with == nullptr) {
        to.put(base::as_text(bytes));
        return {};
    }
    scratch_.clear();
    if (auto read = with(bytes, scratch_); !read) return read;
    to.put(scratch_);
    return {};
}

tool_result<void> columns_formatter::put_headers(const message& what, output& to) {
    const auto headers = what.headers();
    if (headers.empty()) to.put("NO_HEADERS");
    bool first = true;
    for (const auto& each : headers) {
        if (!first) to.put(headers_separator_);
        first = false;
        to.print("{}:", each.key);
        if (auto put_value = put(each.value, headers_deserializer_, to); !put_value) {
            return put_value;
        }
    }
    separate({key_, value_}, to);
    return {};
}

tool_result<void> columns_formatter::write(const message& what, output& to) {
    if (timestamp_) {
        if (what.kind == timestamp_kind::none) {
            to.put("NO_TIMESTAMP");
        } else {
            const bool created = what.kind == timestamp_kind::create_time;
            to.print("{}:{}", created ? "CreateTime" : "LogAppendTime", what.timestamp_ms);
        }
        separate({partition_, offset_, delivery_, epoch_, headers_, key_, value_}, to);
    }
    if (partition_) {
        to.print("Partition:{}", what.partition);
        separate({offset_, delivery_, epoch_, headers_, key_, value_}, to);
    }
    if (offset_) {
        to.print("Offset:{}", what.offset);
        separate({delivery_, epoch_, headers_, key_, value_}, to);
    }
    // Kafka's console consumer hands over neither of these two.
    if (delivery_) {
        to.put("Delivery:NOT_PRESENT");
        separate({epoch_, headers_, key_, value_}, to);
    }
    if (epoch_) {
        to.put("Epoch:NOT_PRESENT");
        separate({headers_, key_, value_}, to);
    }
    if (headers_) {
        if (auto written = put_headers(what, to); !written) return written;
    }
    if (key_) {
        if (auto written = put(what.key, key_deserializer_, to); !written) return written;
        separate({value_}, to);
    }
    if (value_) {
        if (auto written = put(what.value, value_deserializer_, to); !written) return written;
        to.put(line_separator_);
    }
    return {};
}

class nothing_formatter : public message_formatter {
  public:
    tool_result<void> write(const message&, output&) override { return {}; }
};

// Records of a coordinator's topic as JSON, those of some types; one behind the other, as Kafka's
// formatters do not end their lines.
class coordinator_formatter : public message_formatter {
  public:
    coordinator_formatter(coordinator of, std::vector<std::int16_t> types)
        : options_{.of = of, .open_members = false}, types_(std::move(types)) {}

    tool_result<void> write(const message& what, output& to) override {
        if (!what.key) return {};
        const auto record = read_coordinator_record(options_, *what.key, what.value);
        if (!record && record.error().unknown_type) return {};
        if (!record) {
            return std::unexpected(
                tool_error{.exception = "java.lang.RuntimeException",
                           .message = fmt::format("Could not read record at offset {} due to: {}",
                                                  what.offset, record.error().message)});
        }
        if (!types_.empty() && std::ranges::find(types_, record->type) == types_.end()) return {};
        to.print(R"({{"key":{{"type":{},"data":{}}},"value":)", record->type, record->key_json);
        if (record->value) {
            to.print(R"({{"version":{},"data":{}}}}})", record->value->version,
                     record->value->json);
        } else {
            to.put("null}");
        }
        return {};
    }

  private:
    coordinator_options options_;
    std::vector<std::int16_t> types_;  // empty: all
};

}  // namespace

std::unique_ptr<message_formatter> make_formatter(std::string_view class_name,
                                                  const properties& settings) {
    constexpr std::string_view package = "org.apache.kafka.tools.consumer.";
    if (!class_name.starts_with(package)) return nullptr;
    const auto name = class_name.substr(package.size());
    // The one that logs does so below the level that Kafka's tools show.
    if (name == "DefaultMessageFormatter" || name == "LoggingMessageFormatter") {
        return std::make_unique<columns_formatter>(settings);
    }
    if (name == "NoOpMessageFormatter") return std::make_unique<nothing_formatter>();
    using types = std::vector<std::int16_t>;
    if (name == "OffsetsMessageFormatter") {
        return std::make_unique<coordinator_formatter>(coordinator::group, types{0, 1});
    }
    if (name == "GroupMetadataMessageFormatter") {
        return std::make_unique<coordinator_formatter>(coordinator::group, types{2});
    }
    if (name == "TransactionLogMessageFormatter") {
        return std::make_unique<coordinator_formatter>(coordinator::transaction, types{});
    }
    return nullptr;
}

}  // namespace weir::cli::tools::console
