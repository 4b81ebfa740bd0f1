#include "broker/server/data_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <random>
#include <utility>

#include "base/log.hpp"
#include "broker/log/checkpoint_file.hpp"

namespace weir::broker::server {
namespace {

constexpr const char* meta_file = "meta.properties";
constexpr const char* clean_marker = ".kafka_cleanshutdown";
constexpr const char* recovery_file = "recovery-point-offset-checkpoint";
constexpr const char* start_file = "log-start-offset-checkpoint";
constexpr const char* dirty_file = "cleaner-offset-checkpoint";
constexpr const char* high_watermark_file = "replication-offset-checkpoint";

std::string random_id() {
    std::random_device entropy;
    const auto word = [&entropy] { return std::uint64_t{entropy()} << 32 | entropy(); };
    const auto high = word();
    return base::uuid::from_random(high, word()).to_text();
}

std::map<std::string, std::string> parse_meta(std::string_view text) {
    std::map<std::string, std::string> values;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        const auto equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos) continue;
        values.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return values;
}

std::expected<identity, std::string> format(io::disk& disk, const identity& wanted) {
    identity made = wanted;
    if (made.cluster_id.empty()) made.cluster_id = random_id();
    made.directory_id = random_id();
    const auto text = fmt::format("version=1\ncluster.id={}\nnode.id={}\ndirectory.id={}\n",
                                  made.cluster_id, made.node, made.directory_id);
    if (auto saved = io::replace_file(disk, meta_file, base::as_bytes(text)); !saved) {
        return std::unexpected(saved.error().message);
    }
    base::log_info("formatted {} for node {} of cluster {}", disk.root(), made.node,
                   made.cluster_id);
    return made;
}

void read_offsets(io::disk& disk, const char* file, std::map<std::string, offset>& into) {
    const auto rows = log::read_checkpoint(disk, file, 3);
    if (!rows) return;
    for (const auto& row : *rows) {
        const auto at = log::parse_number(row[2]);
        if (at && *at >= 0) into[row[0] + "-" + row[1]] = offset(*at);
    }
}

}  // namespace

std::expected<identity, std::string> open_identity(io::disk& disk, const identity& wanted) {
    const auto exists = disk.exists(meta_file);
    if (!exists) return std::unexpected(exists.error().message);
    if (!*exists) return format(disk, wanted);
    const auto content = io::read_file(disk, meta_file, 64 * 1024);
    if (!content) return std::unexpected(content.error().message);
    const auto values = parse_meta(base::as_text(*content));
    const auto value = [&values](const char* key) {
        const auto found = values.find(key);
        return found == values.end() ? std::string{} : found->second;
    };
    identity found{.cluster_id = value("cluster.id"),
                   .node = wanted.node,
                   .directory_id = value("directory.id")};
    const auto path = disk.root() + "/" + meta_file;
    if (found.cluster_id.empty()) {
        return std::unexpected(fmt::format("{}: cluster.id is missing; restore the file", path));
    }
    const auto stored_node = std::to_string(wanted.node.value());
    if (value("node.id") != stored_node) {
        return std::unexpected(fmt::format(
            "{}: the data belongs to node.id {}, but node.id is {}; set node.id={} or use another "
            "log.dirs",
            path, value("node.id"), stored_node, value("node.id")));
    }
    if (!wanted.cluster_id.empty() && wanted.cluster_id != found.cluster_id) {
        return std::unexpected(
            fmt::format("{}: the data belongs to cluster {}, but the configured cluster id is {}",
                        path, found.cluster_id, wanted.cluster_id));
    }
    return found;
}

std::expected<replication::recovered_checkpoints, std::string> read_checkpoints(io::disk& disk) {
    replication::recovered_checkpoints read;
    read_offsets(disk, recovery_file, read.recovery_points);
    read_offsets(disk, start_file, read.log_starts);
    read_offsets(disk, dirty_file, read.first_dirty);
    const auto clean = disk.exists(clean_marker);
    if (!clean) return std::unexpected(clean.error().message);
    read.clean = *clean;
    if (!read.clean) return read;
    if (auto removed = disk.remove(clean_marker); !removed) {
        return std::unexpected(removed.error().message);
    }
    if (auto synced = disk.sync_directory("."); !synced) {
        return std::unexpected(synced.error().message);
    }
    return read;
}

io::disk_result<void> write_checkpoints(io::disk& disk, const std::vector<checkpoint_row>& rows) {
    log::checkpoint_rows recovery;
    log::checkpoint_rows starts;
    log::checkpoint_rows dirty;
    log::checkpoint_rows watermarks;
    for (const auto& row : rows) {
        const auto add = [&row](log::checkpoint_rows& to, offset at) {
            to.push_back(
                {row.topic, std::to_string(row.index.value()), std::to_string(at.value())});
        };
        add(recovery, row.recovery_point);
        add(watermarks, row.high_watermark);
        if (row.log_start > offset(0)) add(starts, row.log_start);
        if (row.first_dirty) add(dirty, *row.first_dirty);
    }
    const std::pair<const char*, const log::checkpoint_rows*> files[] = {
        {recovery_file, &recovery},
        {start_file, &starts},
        {dirty_file, &dirty},
        {high_watermark_file, &watermarks}};
    for (const auto& [file, content] : files) {
        const auto text = log::format_checkpoint(*content);
        if (auto saved = io::replace_file(disk, file, base::as_bytes(text)); !saved) return saved;
    }
    return {};
}

io::disk_result<void> mark_clean_stop(io::disk& disk) {
    return io::replace_file(disk, clean_marker, base::as_bytes("{\"version\":0}"));
}

std::expected<directory_lock, std::string> directory_lock::take(const std::string& root) {
    const auto path = root + "/.lock";
    const int opened = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (opened < 0) return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
    if (::flock(opened, LOCK_EX | LOCK_NB) == 0) return directory_lock(opened);
    ::close(opened);
    return std::unexpected(fmt::format(
        "{} is locked: another broker uses this directory; stop it or set another log.dirs", path));
}

directory_lock::directory_lock(directory_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

directory_lock::~directory_lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace weir::broker::server
