#include "connect/pipeline/shared_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "config/units.hpp"
#include "connect/pipeline/topic_pattern.hpp"

namespace weir::connect::pipeline {
namespace {

constexpr shared_option rows[] = {
#define X(name, type, initial, valid, use, same_as, text) \
    {{name, WEIR_OPTION_##type, initial, valid, false, false, text}, option_use::use, same_as},
#include "connect/pipeline/shared_options.tbl"
#undef X
};

constexpr std::pair<std::string_view, std::string_view> converter_classes[] = {
    {"org.apache.kafka.connect.json.JsonConverter", "json_schema"},
    {"org.apache.kafka.connect.storage.StringConverter", "string"},
    {"org.apache.kafka.connect.converters.ByteArrayConverter", "bytes"},
};

using outcome = std::expected<void, std::string>;

// Reads the settings of one component, each by its name.
class applier {
  public:
    applier(const shared_settings& from, component& to, std::vector<config::problem>& errors)
        : from_(from), to_(to), errors_(errors) {}

    void apply() {
        check_doubles();
        for (const auto& each : from_) {
            const auto done = take(each.value);
            if (done) continue;
            const auto shown =
                each.value.secret ? std::string("the value cannot be used") : done.error();
            errors_.push_back({.place = each.place, .key = each.value.name, .reason = shown});
        }
        converters();
        if (!to_.errors.dead_letter_topic.empty() && !has("tolerance")) {
            to_.errors.tolerated = tolerance::all;
        }
    }

  private:
    const shared_setting* find(std::string_view name) const {
        const auto found =
            std::ranges::find_if(from_, [&](const auto& each) { return each.value.name == name; });
        return found == from_.end() ? nullptr : &*found;
    }
    static std::string_view our_name(const shared_setting& of) {
        for (const auto& each : rows) {
            if (each.row.name == of.value.name && !each.same_as.empty()) return each.same_as;
        }
        return of.value.name;
    }
    // Under our name or Connect's.
    bool has(std::string_view name) const {
        return std::ranges::any_of(from_, [&](const auto& each) { return our_name(each) == name; });
    }

    // One option under two names.
    void check_doubles() {
        for (std::size_t index = 0; index < from_.size(); ++index) {
            for (std::size_t before = 0; before < index; ++before) {
                if (our_name(from_[index]) != our_name(from_[before])) continue;
                errors_.push_back(
                    {.place = from_[index].place,
                     .key = from_[index].value.name,
                     .reason = fmt::format("is the same as {} at {}; write one",
                                           from_[before].value.name, from_[before].place)});
            }
        }
    }

    outcome take(const plugin::component_setting& value) {
        const auto& name = value.name;
        if (name == "topic") return topic(value.text);
        if (name == "partitions") to_.partitions = static_cast<std::int32_t>(value.integer);
        if (name == "delivery" && value.text == "at_least_once") {
            to_.delivery = delivery_mode::at_least_once;
        }
        if (name == "commit_interval") to_.commit_interval = milliseconds(value.integer);
        if (name == "from") return topics(value.items);
        if (name == "topics") return topics(split(value.items));
        if (name == "topics.regex") {
            auto patterns = patterns_of_regex(value.text);
            return patterns ? topics(*patterns) : std::unexpected(std::move(patterns.error()));
        }
        if (name == "group" || name == "consumer.override.group.id") {
            if (value.text.empty()) return std::unexpected("a group has a name");
            to_.group = value.text;
        }
        if (name == "start") to_.from_beginning = value.text == "beginning";
        if (name == "consumer.override.auto.offset.reset") {
            to_.from_beginning = value.text == "earliest";
        }
        if (name == "tasks" || name == "tasks.max") {
            to_.tasks = static_cast<std::int32_t>(value.integer);
        }
        return errors(value);
    }

    outcome errors(const plugin::component_setting& value) {
        const auto& name = value.name;
        auto& into = to_.errors;
        if (name == "tolerance" || name == "errors.tolerance") {
            into.tolerated = value.text == "all" ? tolerance::all : tolerance::none;
        }
        if (name == "dlq" || name == "errors.deadletterqueue.topic.name") {
            if (!is_topic_name(value.text)) return std::unexpected(bad_name(value.text));
            into.dead_letter_topic = value.text;
        }
        if (name == "retry.for") into.retry_for = milliseconds(value.integer);
        if (name == "errors.retry.timeout") {
            constexpr auto for_ever = std::numeric_limits<std::int64_t>::max() / 1'000'000;
            into.retry_for = milliseconds(value.integer < 0 ? for_ever : value.integer);
        }
        if (name == "retry.backoff") return backoff(value.text);
        if (name == "errors.retry.delay.max.ms") {
            into.retry_backoff_max = milliseconds(value.integer);
            into.retry_backoff_min = std::min(into.retry_backoff_min, into.retry_backoff_max);
        }
        if (name == "log_errors" || name == "errors.log.enable") into.log = value.integer != 0;
        if (name == "log_records" || name == "errors.log.include.messages") {
            into.log_with_message = value.integer != 0;
        }
        return {};
    }

    outcome topic(const std::string& text) {
        // A template is its connector's business.
        to_.topic = text;
        if (text.find('{') != std::string::npos || is_topic_name(text)) return {};
        return std::unexpected(bad_name(text));
    }

    outcome topics(const std::vector<std::string>& patterns) {
        for (const auto& each : patterns) {
            if (!is_topic_pattern(each)) return std::unexpected(bad_name(each));
        }
        to_.from = patterns;
        return {};
    }

    // "200ms..30s", or one pause.
    outcome backoff(const std::string& text) {
        const auto dots = text.find("..");
        const auto low = config::parse_duration(std::string_view(text).substr(0, dots));
        const auto high = dots == std::string::npos
                              ? low
                              : config::parse_duration(std::string_view(text).substr(dots + 2));
        if (!low || !high || *low < 1 || *low > *high) {
            return std::unexpected(
                fmt::format("'{}' is not a range of pauses, as \"200ms..30s\"", text));
        }
        to_.errors.retry_backoff_min = milliseconds(*low);
        to_.errors.retry_backoff_max = milliseconds(*high);
        return {};
    }

    void converters() {
        converter("converter", "value.converter", to_.value_converter);
        converter("key_converter", "key.converter", to_.key_converter);
        if (const auto* all = find("decimal_format")) {
            to_.value_converter.decimal_format = all->value.text;
            to_.key_converter.decimal_format = all->value.text;
        }
        if (const auto* own = find("value.converter.decimal.format")) {
            to_.value_converter.decimal_format = own->value.text;
        }
        if (const auto* own = find("key.converter.decimal.format")) {
            to_.key_converter.decimal_format = own->value.text;
        }
    }

    void converter(std::string_view ours, const std::string& connects, converter_config& into) {
        if (const auto* own = find(ours)) into.name = own->value.text;
        const auto* written = find(connects);
        if (written == nullptr) return;
        const auto found = std::ranges::find(converter_classes, written->value.text,
                                             [](const auto& each) { return each.first; });
        if (found == std::end(converter_classes)) {
            errors_.push_back(
                {.place = written->place,
                 .key = connects,
                 .reason = "is not a converter that is served; there are JsonConverter, "
                           "StringConverter and ByteArrayConverter of org.apache.kafka.connect"});
            return;
        }
        into.name = found->second;
        const auto* schemas = find(connects + ".schemas.enable");
        const bool without = schemas != nullptr && schemas->value.integer == 0;
        if (into.name == "json_schema" && without) into.name = "json";
    }

    static std::string bad_name(std::string_view text) {
        return fmt::format(
            "'{}' is no topic's name: letters, digits, . _ and -, at most 249 characters", text);
    }
    // Connect's lists are texts with commas.
    static std::vector<std::string> split(const std::vector<std::string>& texts) {
        std::vector<std::string> out;
        for (std::string_view rest : texts) {
            while (!rest.empty()) {
                const auto comma = rest.find(',');
                auto part = rest.substr(0, comma);
                rest =
                    comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
                while (part.starts_with(' '))
                    part.remove_prefix(1);
                while (part.ends_with(' '))
                    part.remove_suffix(1);
                if (!part.empty()) out.emplace_back(part);
            }
        }
        return out;
    }

    const shared_settings& from_;
    component& to_;
    std::vector<config::problem>& errors_;
};

}  // namespace

std::span<const shared_option> shared_options() {
    return rows;
}

const shared_option* find_shared(component_kind kind, std::string_view name) {
    const auto here = kind == component_kind::source ? option_use::source : option_use::sink;
    for (const auto& each : rows) {
        const bool fits = each.use == option_use::both || each.use == here;
        if (fits && each.row.name == name) return &each;
    }
    return nullptr;
}

void apply_shared(const shared_settings& from, component& to,
                  std::vector<config::problem>& errors) {
    applier(from, to, errors).apply();
}

}  // namespace weir::connect::pipeline
