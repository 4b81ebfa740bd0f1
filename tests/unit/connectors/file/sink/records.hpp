// Records for the tests of the file sink, and the options they need.
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connect/sdk/values.hpp"
#include "connectors/file/sink/file_sink.hpp"
#include "tests/unit/connectors/file/sink/crash_disk.hpp"

namespace weir::connectors::file::sink::test {

// Large enough that nothing rolls unless a test says so.
inline sink_options options_for(std::string_view path) {
    sink_options out;
    auto parsed = path_template::parse(path);
    EXPECT_TRUE(parsed.has_value()) << path;
    if (parsed) out.path = std::move(*parsed);
    out.roll_size_bytes = 1ULL << 40;
    out.roll_every_ms = 1LL << 40;
    out.roll_idle_ms = 1LL << 40;
    out.open_max = 64;
    out.component = "test";
    return out;
}

// A record whose texts live in it; not to be copied once record() was taken.
struct sample {
    std::string topic = "t";
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    std::string key;
    std::string json;

    weir_record record(weir_kind kind = WEIR_JSON) const {
        weir_record out = {};
        out.topic = sdk::text(topic);
        out.partition = partition;
        out.offset = offset;
        out.timestamp_ms = timestamp_ms;
        out.key = sdk::text_value(WEIR_BYTES, key);
        out.value = sdk::text_value(kind, json);
        return out;
    }
};

struct put_answer {
    sdk::outcome outcome;
    std::vector<std::uint32_t> statuses;
    std::vector<std::string> reasons;
};

inline put_answer put(sdk::sink& into, std::span<const weir_record> records) {
    std::vector<weir_result> results(records.size(), weir_result{});
    put_answer out;
    out.outcome = into.put(records, results);
    for (const auto& each : results) {
        out.statuses.push_back(each.status);
        out.reasons.emplace_back(sdk::view(each.reason));
    }
    return out;
}

inline sdk::outcome open(sdk::sink& into, std::string_view topic, std::int32_t partition,
                         std::int64_t offset) {
    const weir_partition at = {sdk::text(topic), partition, 0, offset};
    return into.open({&at, 1});
}

inline std::int64_t committable(sdk::sink& of, std::string_view topic, std::int32_t partition,
                                std::int64_t taken) {
    weir_partition at = {sdk::text(topic), partition, 0, taken};
    EXPECT_TRUE(of.committable({&at, 1}).is_ok());
    return at.offset;
}

// Names without those of the index and of files that are not finished.
inline std::vector<std::string> visible(const crash_medium& on) {
    std::vector<std::string> out;
    for (const auto& [name, at] : on.names) {
        if (!name.contains("/.")) out.push_back(name);
    }
    return out;
}

}  // namespace weir::connectors::file::sink::test
