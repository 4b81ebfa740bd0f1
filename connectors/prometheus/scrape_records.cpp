#include "connectors/prometheus/scrape_records.hpp"

#include <algorithm>

namespace weir::connectors::prometheus {

namespace {

constexpr std::size_t piece_values = 4096;

}  // namespace

scrape_records::scrape_records(bool by_family)
    : by_family_(by_family),
      text_(sdk::plain_schema(WEIR_STRING)),
      optional_text_(sdk::plain_schema(WEIR_STRING, true)),
      number_(sdk::plain_schema(WEIR_FLOAT64)),
      time_(sdk::plain_schema(WEIR_INT64)),
      labels_(sdk::plain_schema(WEIR_MAP)) {
    time_.name = sdk::text("org.apache.kafka.connect.data.Timestamp");
    time_.version = 1;
    time_.has_version = 1;
    labels_.key = &text_;
    labels_.item = &text_;
    const auto field = [](std::string_view name, const weir_schema& of) {
        return weir_field{sdk::text(name), &of};
    };
    point_fields_ = {field("name", text_), field("labels", labels_), field("value", number_),
                     field("timestamp", time_)};
    point_ = sdk::struct_schema(point_fields_, "weir.prometheus.Point");
    points_ = sdk::plain_schema(WEIR_ARRAY);
    points_.item = &point_;
    if (by_family) {
        fields_ = {field("name", text_),          field("type", text_),
                   field("help", optional_text_), field("samples", points_),
                   field("timestamp", time_),     field("target", text_),
                   field("instance", text_)};
    } else {
        fields_ = {field("name", text_),   field("labels", labels_),      field("value", number_),
                   field("type", text_),   field("help", optional_text_), field("timestamp", time_),
                   field("target", text_), field("instance", text_)};
    }
    record_ = sdk::struct_schema(fields_,
                                 by_family ? "weir.prometheus.Family" : "weir.prometheus.Sample");
}

void scrape_records::clear() {
    records_.clear();
    values_.clear();
}

weir_value scrape_records::timestamp(std::int64_t time_ms) const {
    return sdk::integer_value(WEIR_TIMESTAMP, time_ms, &time_);
}

weir_value scrape_records::optional_text(std::string_view text, bool is_there) const {
    return is_there ? sdk::string_value(text, &optional_text_) : sdk::null_value(&optional_text_);
}

// The memory of `size` values that stays where it is: pieces are never grown.
static std::span<weir_value> take_values(std::deque<std::vector<weir_value>>& from,
                                         std::size_t size) {
    const bool has_room = !from.empty() && from.back().capacity() - from.back().size() >= size;
    if (!has_room) {
        from.emplace_back();
        from.back().reserve(std::max(piece_values, size));
    }
    auto& piece = from.back();
    const auto begin = piece.size();
    piece.resize(begin + size);
    return std::span(piece).subspan(begin, size);
}

weir_value scrape_records::labels_of(const exposition& of, const sample& each) {
    const auto pairs = take_values(values_, std::size_t{2} * each.label_count);
    for (std::size_t index = 0; index < each.label_count; ++index) {
        const auto& from = of.labels[each.label_first + index];
        pairs[2 * index] = sdk::string_value(from.name, &text_);
        pairs[2 * index + 1] = sdk::string_value(from.value, &text_);
    }
    return sdk::map_value(pairs, &labels_);
}

void scrape_records::add_record(std::string_view name, std::int64_t time_ms,
                                std::span<const weir_value> fields) {
    auto out = sdk::make_record(sdk::struct_value(fields, &record_), time_ms);
    out.key = sdk::string_value(name, &text_);
    records_.push_back(out);
}

void scrape_records::add_sample(const exposition& of, const scrape_origin& from, const family& in,
                                const sample& each) {
    const auto time_ms = each.has_timestamp ? each.timestamp_ms : from.time_ms;
    const auto labels = labels_of(of, each);
    const auto fields = take_values(values_, 8);
    fields[0] = sdk::string_value(each.name, &text_);
    fields[1] = labels;
    fields[2] = sdk::real_value(WEIR_FLOAT64, each.value, &number_);
    fields[3] = sdk::string_value(in.type, &text_);
    fields[4] = optional_text(in.help, in.has_help);
    fields[5] = timestamp(time_ms);
    fields[6] = sdk::string_value(from.target, &text_);
    fields[7] = sdk::string_value(from.instance, &text_);
    add_record(each.name, time_ms, fields);
}

void scrape_records::add_family(const exposition& of, const scrape_origin& from,
                                std::uint32_t family, std::span<const sample> samples) {
    const auto points = take_values(values_, samples.size());
    for (std::size_t index = 0; index < samples.size(); ++index) {
        const auto& each = samples[index];
        const auto labels = labels_of(of, each);
        const auto fields = take_values(values_, 4);
        fields[0] = sdk::string_value(each.name, &text_);
        fields[1] = labels;
        fields[2] = sdk::real_value(WEIR_FLOAT64, each.value, &number_);
        fields[3] = timestamp(each.has_timestamp ? each.timestamp_ms : from.time_ms);
        points[index] = sdk::struct_value(fields, &point_);
    }
    const auto& in = of.families[family];
    const auto fields = take_values(values_, 7);
    fields[0] = sdk::string_value(in.name, &text_);
    fields[1] = sdk::string_value(in.type, &text_);
    fields[2] = optional_text(in.help, in.has_help);
    fields[3] = sdk::array_value(points, &points_);
    fields[4] = timestamp(from.time_ms);
    fields[5] = sdk::string_value(from.target, &text_);
    fields[6] = sdk::string_value(from.instance, &text_);
    add_record(in.name, from.time_ms, fields);
}

void scrape_records::add(const exposition& of, const scrape_origin& from) {
    const std::span<const sample> all = of.samples;
    for (std::size_t begin = 0; begin < all.size();) {
        const auto family = all[begin].family;
        auto end = begin;
        while (end < all.size() && all[end].family == family)
            ++end;
        if (by_family_) {
            add_family(of, from, family, all.subspan(begin, end - begin));
        } else {
            for (const auto& each : all.subspan(begin, end - begin))
                add_sample(of, from, of.families[family], each);
        }
        begin = end;
    }
}

void scrape_records::add_up(bool is_up, const scrape_origin& from) {
    static const exposition up = [] {
        exposition out;
        out.families.push_back({"up", "gauge", {}, false});
        out.samples.push_back({"up", 0, 0, 0, 0, false, 0});
        return out;
    }();
    auto one = up.samples.front();
    one.value = is_up ? 1 : 0;
    if (by_family_) return add_family(up, from, 0, {&one, 1});
    add_sample(up, from, up.families.front(), one);
}

}  // namespace weir::connectors::prometheus
