// scrape_records: a scrape as records, one a sample or one a family. Pure; what is made lives as
// long as this object and until clear().
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/sdk/source.hpp"
#include "connect/sdk/values.hpp"
#include "connectors/prometheus/exposition.hpp"

namespace weir::connectors::prometheus {

struct scrape_origin {
    std::string_view target;    // the URL, without what is secret
    std::string_view instance;  // host:port
    std::int64_t time_ms = 0;   // when it began: of samples without a timestamp
};

class scrape_records {
  public:
    explicit scrape_records(bool by_family);
    scrape_records(const scrape_records&) = delete;
    scrape_records& operator=(const scrape_records&) = delete;

    // The exposition and the origin's texts must live until clear().
    void add(const exposition& of, const scrape_origin& from);
    // The sample `up`: 1 when the scrape worked, else 0.
    void add_up(bool is_up, const scrape_origin& from);
    std::span<const weir_record> records() const { return records_; }
    void clear();

  private:
    weir_value labels_of(const exposition& of, const sample& each);
    void add_family(const exposition& of, const scrape_origin& from, std::uint32_t family,
                    std::span<const sample> samples);
    void add_sample(const exposition& of, const scrape_origin& from, const family& in,
                    const sample& each);
    void add_record(std::string_view name, std::int64_t time_ms,
                    std::span<const weir_value> fields);
    weir_value timestamp(std::int64_t time_ms) const;
    weir_value optional_text(std::string_view text, bool is_there) const;

    bool by_family_;
    // Schemas name each other by address.
    weir_schema text_ = {};
    weir_schema optional_text_ = {};
    weir_schema number_ = {};
    weir_schema time_ = {};
    weir_schema labels_ = {};
    std::vector<weir_field> point_fields_;
    weir_schema point_ = {};
    weir_schema points_ = {};
    std::vector<weir_field> fields_;
    weir_schema record_ = {};

    std::deque<std::vector<weir_value>> values_;
    std::vector<weir_record> records_;
};

}  // namespace weir::connectors::prometheus
