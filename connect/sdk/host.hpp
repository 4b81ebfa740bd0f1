// host: what Weir offers to a task: log lines and samples of /metrics. Any thread may use it.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "connect/sdk/outcome.hpp"

namespace weir::sdk {

class host {
  public:
    using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    host() = default;
    explicit host(const weir_host* from) : from_(from) {}

    void debug(std::string_view line) const { log(WEIR_LOG_DEBUG, line); }
    void info(std::string_view line) const { log(WEIR_LOG_INFO, line); }
    void warn(std::string_view line) const { log(WEIR_LOG_WARN, line); }
    void error(std::string_view line) const { log(WEIR_LOG_ERROR, line); }

    // A counter's total or a gauge's value now. No file name and no key of a record as a label:
    // each value is a time series for ever.
    void counter(std::string_view name, std::string_view help, double total, labels of = {}) const {
        sample(name, help, total, of, true);
    }
    void gauge(std::string_view name, std::string_view help, double value, labels of = {}) const {
        sample(name, help, value, of, false);
    }

  private:
    void log(uint32_t level, std::string_view line) const {
        if (from_ != nullptr) from_->log(from_->context, level, text(line));
    }
    void sample(std::string_view name, std::string_view help, double value, labels of,
                bool counter) const {
        if (from_ == nullptr) return;
        weir_parameter pairs[8];
        uint32_t count = 0;
        for (const auto& [key, label] : of) {
            if (count < 8) pairs[count++] = {text(key), text(label)};
        }
        const weir_metric out = {sizeof(weir_metric),
                                 static_cast<uint8_t>(counter ? 1 : 0),
                                 0,
                                 {},
                                 text(name),
                                 text(help),
                                 pairs,
                                 count,
                                 0,
                                 value};
        from_->metric(from_->context, &out);
    }

    const weir_host* from_ = nullptr;
};

}  // namespace weir::sdk
