#include "connect/worker/task_metrics.hpp"

#include <algorithm>

#include "connect/data/value.hpp"

namespace weir::connect::worker {
namespace {

constexpr std::size_t samples_max = 10000;
constexpr std::uint32_t labels_max = 32;

bool is_name(std::string_view name) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == ':';
    };
    return !name.empty() && name.size() < 256 && !(name[0] >= '0' && name[0] <= '9') &&
           std::ranges::all_of(name, good);
}

}  // namespace

void task_metrics::set_sample(const weir_metric& from) {
    const auto name = data::view(from.name);
    if (!is_name(name) || from.label_count > labels_max) return;
    base::metric_labels labels;
    for (std::uint32_t index = 0; index < from.label_count; ++index) {
        const auto key = data::view(from.labels[index].key);
        if (!is_name(key) || key == "connector" || key == "task") continue;
        labels.emplace_back(key, data::view(from.labels[index].value));
    }
    sample_key key(name, std::move(labels));
    const std::lock_guard lock(mutex_);
    if (from.gone != 0) {
        samples_.erase(key);
        return;
    }
    const auto found = samples_.find(key);
    if (found != samples_.end()) {
        found->second.value = from.value;
        return;
    }
    if (samples_.size() >= samples_max) return;
    samples_.emplace(std::move(key), sample{.is_counter = from.counter != 0,
                                            .help = std::string(data::view(from.help)),
                                            .value = from.value});
}

void task_metrics::clear_samples() {
    const std::lock_guard lock(mutex_);
    samples_.clear();
}

void task_metrics::add_samples(const base::metric_labels& labels,
                               std::map<std::string, base::metric_family>& into) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, of] : samples_) {
        auto& family = into[key.first];
        family.name = key.first;
        if (family.help.empty()) family.help = of.help;
        family.type = of.is_counter ? base::metric_type::counter : base::metric_type::gauge;
        auto all = key.second;
        all.insert(all.begin(), labels.begin(), labels.end());
        auto& made = family.samples.emplace_back();
        made.labels = std::move(all);
        made.value = of.value;
    }
}

void task_metrics::set_lags(std::vector<partition_lag> lags) {
    const std::lock_guard lock(mutex_);
    lags_ = std::move(lags);
}

std::vector<partition_lag> task_metrics::lags() const {
    const std::lock_guard lock(mutex_);
    return lags_;
}

}  // namespace weir::connect::worker
