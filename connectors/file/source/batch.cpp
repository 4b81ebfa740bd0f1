#include "connectors/file/source/batch.hpp"

#include <algorithm>

namespace weir::connectors::file {

using sdk::integer_value;
using sdk::string_value;

batch::batch(const settings_of_source& settings, const std::string& host)
    // A whole line of the greatest length, its end and the bytes before it always fit.
    : buffer_(std::max(bytes_max, 2 * settings.line_bytes_max + 1024 * 1024)),
      line_bytes_max_(settings.line_bytes_max),
      records_(records_max, sdk::make_record(string_value({}))),
      place_(settings.place),
      with_path_(settings.with_path),
      with_host_(settings.with_host),
      with_offset_(settings.with_offset),
      host_(host) {
    const auto count =
        std::size_t{with_path_} + std::size_t{with_host_} + std::size_t{with_offset_};
    if (place_ == field_place::value) {
        per_record_ = count + 1;
        values_.resize(records_max * per_record_);
        make_schema(settings);
    } else if (place_ == field_place::headers) {
        per_record_ = count;
        headers_.resize(records_max * per_record_);
    }
}

void batch::make_schema(const settings_of_source& settings) {
    text_schema_ = sdk::plain_schema(WEIR_STRING);
    number_schema_ = sdk::plain_schema(WEIR_INT64);
    fields_.push_back({sdk::text("message"), &text_schema_});
    if (settings.with_path) fields_.push_back({sdk::text("path"), &text_schema_});
    if (settings.with_host) fields_.push_back({sdk::text("host"), &text_schema_});
    if (settings.with_offset) fields_.push_back({sdk::text("offset"), &number_schema_});
    schema_ = sdk::struct_schema(fields_, "weir.file.Line");
}

void batch::clear() {
    for (const auto each : bad_) {
        records_[each].error = {};
        records_[each].value = string_value({});
    }
    bad_.clear();
    reasons_.clear();
    paths_.clear();
    used_ = 0;
    count_ = 0;
}

void batch::begin_file(const std::string& path) {
    if (paths_.empty() || paths_.back() != path) paths_.push_back(path);
}

bool batch::add_with_fields(std::string_view line, std::uint64_t offset) {
    auto& into = records_[count_];
    const auto at = static_cast<std::int64_t>(offset);
    if (place_ == field_place::value) {
        auto* value = values_.data() + count_ * per_record_;
        const std::span<const weir_value> all(value, per_record_);
        *value++ = string_value(line, &text_schema_);
        if (with_path_) *value++ = string_value(paths_.back(), &text_schema_);
        if (with_host_) *value++ = string_value(host_, &text_schema_);
        if (with_offset_) *value++ = integer_value(WEIR_INT64, at, &number_schema_);
        into.value = sdk::struct_value(all, &schema_);
    } else {
        auto* header = headers_.data() + count_ * per_record_;
        into.headers = header;
        into.header_count = static_cast<std::uint32_t>(per_record_);
        if (with_path_) *header++ = {sdk::text("path"), string_value(paths_.back())};
        if (with_host_) *header++ = {sdk::text("host"), string_value(host_)};
        if (with_offset_) *header++ = {sdk::text("offset"), integer_value(WEIR_INT64, at)};
        into.value = string_value(line);
    }
    ++count_;
    return true;
}

bool batch::add_bad(std::string_view line, std::uint64_t offset) {
    if (is_full()) return false;
    reasons_.push_back("line longer than " + std::to_string(line_bytes_max_) +
                       " bytes: " + paths_.back() + ", offset " + std::to_string(offset));
    auto& into = records_[count_];
    if (place_ == field_place::headers) into.header_count = 0;
    into.value = sdk::text_value(WEIR_BYTES, line);
    into.error = sdk::text(reasons_.back());
    bad_.push_back(count_);
    ++count_;
    return true;
}

}  // namespace weir::connectors::file
