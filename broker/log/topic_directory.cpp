#include "broker/log/topic_directory.hpp"

#include <fmt/format.h>

#include "base/log.hpp"

namespace weir::broker::log {
namespace {

constexpr std::string_view id_label = "topic_id: ";

// The topic id in a partition.metadata file; nothing when there is none to be read.
std::optional<topic_id> read_topic_id(io::disk& disk, const std::string& path) {
    const auto content = io::read_file(disk, path, 4096);
    if (!content) return std::nullopt;
    const auto text = base::as_text(*content);
    const auto at = text.find(id_label);
    if (at == std::string_view::npos) return std::nullopt;
    return base::uuid::from_text(text.substr(at + id_label.size(), 22));
}

}  // namespace

io::disk_result<std::unique_ptr<partition_log>> open_for_topic(io::disk& disk, batch_memory& memory,
                                                               open_options options,
                                                               const topic_id& id) {
    const auto path = options.directory + "/partition.metadata";
    const auto found = read_topic_id(disk, path);
    if (found && *found != id) {
        const auto aside = fmt::format("{}.{}-stray", options.directory, found->to_text());
        base::log_warn("{} belongs to topic id {}, not {}: moved to {}", options.directory, *found,
                       id, aside);
        if (auto moved = disk.rename(options.directory, aside); !moved) {
            return std::unexpected(moved.error());
        }
        options.recovery_point = options.start_offset = offset(0);
    }
    auto opened = partition_log::open(disk, memory, std::move(options));
    if (opened && found != id) {
        const auto text = fmt::format("version: 0\ntopic_id: {}", id);
        if (auto saved = io::overwrite_file(disk, path, base::as_bytes(text)); !saved) {
            return std::unexpected(saved.error());
        }
    }
    return opened;
}

}  // namespace weir::broker::log
