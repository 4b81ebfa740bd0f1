#include "broker/server/topic_policies.hpp"

namespace weir::broker::server {
namespace {

using protocol::compression::codec;

std::optional<codec> codec_of(const std::string& name) {
    if (name == "uncompressed") return codec::none;
    if (name == "gzip") return codec::gzip;
    if (name == "snappy") return codec::snappy;
    if (name == "lz4") return codec::lz4;
    if (name == "zstd") return codec::zstd;
    return std::nullopt;  // producer
}

int level_of(const config::topic_settings& settings, std::optional<codec> which) {
    if (which == codec::gzip) {
        const auto level = static_cast<int>(settings.number("compression.gzip.level"));
        return level < 0 ? 0 : level;
    }
    if (which == codec::lz4) return static_cast<int>(settings.number("compression.lz4.level"));
    if (which == codec::zstd) return static_cast<int>(settings.number("compression.zstd.level"));
    return 0;
}

}  // namespace

replication::topic_policy policy_of(const config::broker_config& config,
                                    const controller::metadata_image& image,
                                    const std::string& topic) {
    const auto dynamic = [&image](std::string name) -> const controller::config_values& {
        return image.configs({.type = controller::resource_type::broker, .name = std::move(name)});
    };
    const config::broker_layers layers{.written = config.written,
                                       .dynamic_broker = dynamic(std::to_string(config.node_id)),
                                       .dynamic_default = dynamic("")};
    const auto& overrides =
        image.configs({.type = controller::resource_type::topic, .name = topic});
    const config::topic_settings settings(overrides, layers);
    const auto& cleanup = settings.text("cleanup.policy");
    const auto chosen = codec_of(settings.text("compression.type"));
    replication::topic_policy policy;
    policy.log = {
        .segment_bytes = settings.number("segment.bytes"),
        .segment_ms = settings.number("segment.ms"),
        .segment_index_bytes = settings.number("segment.index.bytes"),
        .index_interval_bytes = static_cast<std::int32_t>(settings.number("index.interval.bytes")),
        .retention_ms = settings.number("retention.ms"),
        .retention_bytes = settings.number("retention.bytes"),
        .flush_messages = settings.number("flush.messages"),
        .file_delete_delay_ms = settings.number("file.delete.delay.ms"),
        .producer_id_expiration_ms = config.producer_id_expiration_ms,
        .max_message_bytes = static_cast<std::int32_t>(settings.number("max.message.bytes")),
        .compacted = cleanup.find("compact") != std::string::npos,
        .deletes = cleanup.find("delete") != std::string::npos,
        .min_cleanable_dirty_ratio = settings.real("min.cleanable.dirty.ratio"),
        .min_compaction_lag_ms = settings.number("min.compaction.lag.ms"),
        .max_compaction_lag_ms = settings.number("max.compaction.lag.ms"),
        .delete_retention_ms = settings.number("delete.retention.ms"),
        .timestamps = settings.text("message.timestamp.type") == "LogAppendTime"
                          ? log::timestamp_type::log_append_time
                          : log::timestamp_type::create_time,
        .timestamp_before_max_ms = settings.number("message.timestamp.before.max.ms"),
        .timestamp_after_max_ms = settings.number("message.timestamp.after.max.ms"),
        .codec = chosen,
        .compression_level = level_of(settings, chosen)};
    policy.min_insync_replicas = static_cast<std::int32_t>(settings.number("min.insync.replicas"));
    return policy;
}

}  // namespace weir::broker::server
