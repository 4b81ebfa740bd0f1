#include "broker/controller/core/features.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/controller/core/controller_core.hpp"
#include "broker/protocol/metadata_versions.hpp"

namespace weir::broker::controller {
namespace {

const feature_range* find_feature(std::string_view name) {
    const auto features = served_features();
    const auto found = std::ranges::find(features, name, &feature_range::name);
    return found == features.end() ? nullptr : &*found;
}

std::unexpected<std::string> invalid(const feature_update& wanted, std::string_view reason) {
    return std::unexpected(fmt::format("Invalid update version {} for feature {}. {}", wanted.level,
                                       wanted.name, reason));
}

bool is_known(std::int8_t type) {
    return type >= static_cast<std::int8_t>(feature_change::upgrade) &&
           type <= static_cast<std::int8_t>(feature_change::unsafe_downgrade);
}

// What this controller supports of the feature; a feature that it does not know has level 0 alone.
std::expected<void, std::string> check_range(node_id local, const feature_update& wanted) {
    const auto* known = find_feature(wanted.name);
    const feature_range range = known ? *known : feature_range{"", 0, 0, 0};
    if (wanted.level >= range.min_level && wanted.level <= range.max_level) return {};
    if (range.max_level == 0) {
        return invalid(wanted, fmt::format("Local controller {} does not support this feature.",
                                           local.value()));
    }
    return invalid(wanted, fmt::format("Local controller {} only supports versions {}-{}",
                                       local.value(), range.min_level, range.max_level));
}

// Whether a level above `to`, up to `from`, changed what is stored.
bool would_lose_metadata(std::int16_t from, std::int16_t to) {
    return std::ranges::any_of(protocol::metadata_versions(), [from, to](const auto& each) {
        return each.level > to && each.level <= from && each.changes_metadata;
    });
}

std::expected<void, std::string> check_metadata_version(std::int16_t current,
                                                        const feature_update& wanted) {
    if (!would_lose_metadata(current, wanted.level)) return {};
    const bool unsafe =
        static_cast<feature_change>(wanted.type) == feature_change::unsafe_downgrade;
    return std::unexpected(fmt::format(
        "Unsupported metadata.version downgrade from {} to {}. {}", current, wanted.level,
        unsafe ? "Unsafe metadata downgrade is not supported in this version."
               : "Refusing to perform the requested downgrade because it might delete metadata "
                 "information."));
}

metadata_record record_of_feature(std::string name, std::int16_t level) {
    protocol::feature_level_record record;
    record.name = std::move(name);
    record.feature_level = level;
    return record;
}

}  // namespace

std::expected<void, std::string> check_feature_update(const metadata_image& image, node_id local,
                                                      const feature_update& wanted) {
    if (!is_known(wanted.type)) {
        return invalid(wanted, "The controller does not support the given upgrade type.");
    }
    if (wanted.level < 0) return invalid(wanted, "A feature version cannot be less than 0.");
    if (auto checked = check_range(local, wanted); !checked) return checked;
    const auto current = image.feature_level(wanted.name);
    const bool upgrades = static_cast<feature_change>(wanted.type) == feature_change::upgrade;
    if (wanted.level < current && upgrades) {
        return invalid(wanted,
                       "Can't downgrade the version of this feature without setting the upgrade "
                       "type to either safe or unsafe downgrade.");
    }
    if (wanted.level > current && !upgrades) {
        return invalid(wanted, "Can't downgrade to a newer version.");
    }
    if (!find_feature(wanted.name)) {
        return invalid(wanted, fmt::format("Feature {} not found.", wanted.name));
    }
    if (wanted.name == metadata_version_feature) return check_metadata_version(current, wanted);
    return {};
}

metadata_records controller_core::initial_features() {
    metadata_records records;
    for (const auto& feature : served_features()) {
        if (feature.initial_level > 0) {
            records.push_back(record_of_feature(feature.name, feature.initial_level));
        }
    }
    apply(records);
    return records;
}

plan<protocol::update_features_response> controller_core::update_features(
    const protocol::update_features_request& request) {
    plan<protocol::update_features_response> out;
    out.response.error_message.reset();
    // A feature that is named twice gets the level that it is named with last.
    std::vector<feature_update> wanted;
    for (const auto& each : request.feature_updates) {
        const feature_update update{
            .name = each.feature, .level = each.max_version_level, .type = each.upgrade_type};
        const auto same = std::ranges::find(wanted, update.name, &feature_update::name);
        if (same == wanted.end()) {
            // More names than there are features: one of them is unknown, and refuses all.
            if (wanted.size() <= served_features().size()) wanted.push_back(update);
        } else {
            *same = update;
        }
    }
    metadata_records records;
    for (const auto& each : wanted) {
        const auto checked = check_feature_update(image_, options_.self, each);
        if (!checked) {
            out.response.error_code = error_code::invalid_update_version;
            out.response.error_message = fmt::format(
                "The update failed for all features since the following feature had an error: {}",
                checked.error());
            return out;
        }
        const bool stays_off = each.level == 0 && image_.feature_level(each.name) == 0;
        if (!stays_off) records.push_back(record_of_feature(each.name, each.level));
    }
    for (const auto& each : wanted) {
        auto& result = out.response.results.emplace_back();
        result.feature = each.name;
        result.error_message = "NONE";  // as Kafka's controller says it
    }
    if (request.validate_only) return out;
    apply(records);
    out.records = std::move(records);
    return out;
}

}  // namespace weir::broker::controller
