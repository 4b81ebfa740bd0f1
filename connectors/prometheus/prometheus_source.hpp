// prometheus_source: the task: scrapes its targets at multiples of the interval, all at once, and
// gives each scrape's samples as soon as it has them. Nothing to go on from: a scrape that was
// missed is missed, as with Prometheus.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "connect/sdk/plugin.hpp"
#include "connectors/http/access_options.hpp"
#include "connectors/http/client.hpp"
#include "connectors/prometheus/exposition.hpp"
#include "connectors/prometheus/scrape_records.hpp"

namespace weir::connectors::prometheus {

std::span<const sdk::option> option_table();

struct source_options {
    std::vector<http::url> targets;
    std::int64_t interval_ms = 15'000;
    bool by_family = false;
    std::string authorization;
    exposition_limits limits;
    http::client_options client;
};
source_options read_options(const sdk::settings& given, const http::report_function& report);

class prometheus_source : public sdk::source {
  public:
    static sdk::outcome create(const sdk::host& host, const sdk::settings& given,
                               std::span<const weir_position> positions,
                               std::unique_ptr<sdk::source>& task);
    static void check(const sdk::settings& given, bool reach, sdk::problems& found);

    prometheus_source(const sdk::host& host, source_options options,
                      std::unique_ptr<http::client> over);
    sdk::outcome poll(std::chrono::milliseconds timeout, sdk::source_batch& into) override;
    void request_stop() override;

  private:
    struct target_state {
        std::string name;
        std::string instance;
        std::int64_t began_ms = 0;  // of the scrape under way, or of the last one
        bool is_scraping = false;
        bool is_up = true;
        std::string body;
        exposition parsed;
    };

    void begin_scrapes(std::int64_t now_unix_ms);
    void take(const http::answer& given);
    std::string problem_of(const http::answer& given, target_state& target);

    sdk::host host_;
    source_options options_;
    std::unique_ptr<http::client> client_;
    std::deque<target_state> targets_;
    std::int64_t next_ms_ = 0;  // on the wall's clock
    scrape_records records_;
    std::atomic<bool> is_stopped_ = false;
};

}  // namespace weir::connectors::prometheus
