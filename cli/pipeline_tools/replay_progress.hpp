// replay_progress: which records of a partition were replayed: all below an offset, and ranges
// above it that a filter chose. The offset is what a group commits; the ranges are the text that
// is committed with it, so that both are one atomic thing. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::cli::pipeline_tools {

class replay_progress {
  public:
    // What fits into a commit with Kafka's default offset.metadata.max.bytes.
    static constexpr std::size_t text_size_max = 4096;

    replay_progress() = default;
    explicit replay_progress(std::int64_t next) : next_(next) {}
    // From what was committed; nothing when the text is not one of ours.
    static std::optional<replay_progress> parse(std::int64_t next, std::string_view text);

    bool has(std::int64_t offset) const;
    // These are done, the first and the last included; nothing when there are none between.
    void add(std::int64_t first, std::int64_t last);
    // Records below are gone from the topic.
    void begins_at(std::int64_t offset);
    // The first offset that is not done.
    std::int64_t next() const { return next_; }
    // "weir:5-9,12-12": first and last offsets.
    std::string text() const;

    bool operator==(const replay_progress&) const = default;

  private:
    void absorb();

    std::int64_t next_ = 0;                        // all below are done
    std::map<std::int64_t, std::int64_t> ranges_;  // first and last, above next_, apart
};

}  // namespace weir::cli::pipeline_tools
