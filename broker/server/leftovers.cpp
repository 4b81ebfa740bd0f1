#include "broker/server/leftovers.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/log.hpp"
#include "broker/log/checkpoint_file.hpp"
#include "broker/log/topic_directory.hpp"

namespace weir::broker::server {
namespace {

constexpr std::string_view metadata_directory = "__cluster_metadata-0";
constexpr std::string_view stray_suffix = "-stray";

// Whether "orders-0" is a partition of a topic that exists.
bool is_known(const std::string& directory, const controller::metadata_image& image) {
    const auto dash = directory.rfind('-');
    if (dash == std::string::npos) return false;
    const auto* topic = image.topic(directory.substr(0, dash));
    const auto index = log::parse_number(std::string_view(directory).substr(dash + 1));
    return topic && index && *index >= 0 &&
           static_cast<std::size_t>(*index) < topic->partitions.size();
}

// "<id>" in "orders-0.<id><suffix>"; empty for other names.
std::string_view mark_in(std::string_view directory, std::string_view suffix) {
    const auto dot = directory.rfind('.');
    if (dot == std::string_view::npos || !directory.ends_with(suffix)) return {};
    directory.remove_suffix(suffix.size());
    return dot < directory.size() ? directory.substr(dot + 1) : std::string_view{};
}

// On its way out, by this broker (a topic id) or by Kafka (32 hexadecimal digits).
bool is_deleted(std::string_view directory) {
    constexpr std::size_t kafka_mark_size = 32;
    const auto mark = mark_in(directory, "-delete");
    if (base::uuid::from_text(mark)) return true;
    return mark.size() == kafka_mark_size &&
           mark.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> find_leftovers(io::disk& disk, const controller::metadata_image& image,
                                        const std::unordered_set<topic_id>& removed) {
    std::vector<std::string> doomed;
    const auto entries = disk.list(".");
    if (!entries) {
        base::log_warn("{}", entries.error().message);
        return doomed;
    }
    for (const auto& entry : *entries) {
        const auto& name = entry.name;
        if (!entry.is_directory || name == metadata_directory || is_known(name, image)) continue;
        if (is_deleted(name)) {
            doomed.push_back(name);
            continue;
        }
        if (const auto id = base::uuid::from_text(mark_in(name, stray_suffix))) {
            if (removed.contains(*id)) doomed.push_back(name);
            continue;
        }
        const auto id = log::topic_id_in(disk, name);
        if (!id) continue;
        const bool was_removed = removed.contains(*id);
        const auto to = was_removed ? log::deleted_directory(name, *id)
                                    : fmt::format("{}.{}{}", name, id->to_text(), stray_suffix);
        if (auto renamed = disk.rename(name, to); !renamed) {
            base::log_warn("{}", renamed.error().message);
        } else if (was_removed) {
            doomed.push_back(to);
        } else {
            base::log_warn("{} is of topic id {}, which the metadata does not know: kept as {}",
                           name, id->to_text(), to);
        }
    }
    return doomed;
}

}  // namespace weir::broker::server
