#include "broker/log/topic_directory.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "base/log.hpp"

namespace weir::broker::log {
namespace {

constexpr std::string_view id_label = "topic_id: ";
constexpr std::size_t id_size = 22;
constexpr std::uint64_t metadata_file_max = 4096;

std::string metadata_path(const std::string& directory) {
    return directory + "/partition.metadata";
}

}  // namespace

std::optional<topic_id> topic_id_in(io::disk& disk, const std::string& directory) {
    const auto content = io::read_file(disk, metadata_path(directory), metadata_file_max);
    if (!content) return std::nullopt;
    const auto text = base::as_text(*content);
    const auto at = text.find(id_label);
    if (at == std::string_view::npos) return std::nullopt;
    return base::uuid::from_text(text.substr(at + id_label.size(), id_size));
}

std::string deleted_directory(const std::string& directory, const topic_id& id) {
    return fmt::format("{}.{}-delete", directory, id.to_text());
}

io::disk_result<std::unique_ptr<partition_log>> open_for_topic(io::disk& disk, batch_memory& memory,
                                                               open_options options,
                                                               const topic_id& id,
                                                               const removed_topics& removed) {
    const auto directory = options.directory;
    const auto found = topic_id_in(disk, directory);
    if (found && *found != id) {
        if (!removed(*found)) {
            return std::unexpected(io::disk_error{
                .code = EINVAL,
                .message = fmt::format("{}: the directory is of topic id {}, not {}, and no topic "
                                       "of that id was deleted: move it away, or mend the file",
                                       metadata_path(directory), found->to_text(), id.to_text())});
        }
        const auto aside = deleted_directory(directory, *found);
        if (auto moved = disk.rename(directory, aside); !moved) {
            return std::unexpected(moved.error());
        }
    }
    // Checkpoints are by name: those of an older topic of this name are not for this one.
    if (found != id) options.recovery_point = options.start_offset = offset(0);
    auto opened = partition_log::open(disk, memory, std::move(options));
    if (!opened || found == id) return opened;
    if ((*opened)->end_offset() > offset(0)) {
        base::log_warn("{} is missing or damaged: the files are taken for those of topic id {}",
                       metadata_path(directory), id.to_text());
    }
    const auto text = fmt::format("version: 0\ntopic_id: {}", id.to_text());
    const auto saved = io::overwrite_file(disk, metadata_path(directory), base::as_bytes(text));
    if (!saved) return std::unexpected(saved.error());
    return opened;
}

}  // namespace weir::broker::log
