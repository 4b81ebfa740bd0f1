// path_template: the names of a sink's files, such as
// "out/{topic}/dt={ts:%Y-%m-%d}/{partition}-{offset}.jsonl". Pure.
//
// What stands before the first placeholder, up to its last '/', is the fixed directory. Everything
// that a record brings is made harmless: no '/', NUL, control character or brace, no dot in front.
// So no record leads out of the fixed directory.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::file::sink {

// What a name may depend on. `timestamp_ms` since 1970; of a record without a time it is 0.
struct path_facts {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t timestamp_ms = 0;
    std::string_view key;
};

// The records [from_ms, until_ms) have the same name as far as their time goes.
struct time_span {
    std::int64_t from_ms = 0;
    std::int64_t until_ms = 0;
};

class path_template {
  public:
    // The error is a sentence that says what is not understood.
    static std::expected<path_template, std::string> parse(std::string_view text);

    bool has_offset() const { return has_offset_; }
    bool has_topic() const { return has_topic_; }
    bool has_partition() const { return has_partition_; }
    bool has_key() const { return has_key_; }
    bool has_time() const { return span_ms_ != 0; }

    // Fixed, with '/' at its end; "./" for none.
    const std::string& directory() const { return directory_; }
    // The name below directory() but for the offset, whose placeholder stays; the error says why a
    // record has no file.
    std::expected<std::string, std::string> bucket(const path_facts& facts) const;
    // Around a time, all of one bucket(). All times when the template has none.
    time_span span(std::int64_t timestamp_ms) const;

  private:
    enum class part_kind : std::uint8_t { literal, topic, partition, offset, time, key };
    struct part {
        part_kind kind;
        std::string text;  // literal, format of the time, placeholder of the offset
    };
    std::expected<void, std::string> add(std::string_view placeholder);

    std::vector<part> parts_;
    std::string directory_;
    std::int64_t span_ms_ = 0;
    bool has_offset_ = false;
    bool has_topic_ = false;
    bool has_partition_ = false;
    bool has_key_ = false;
};

// The bucket's name with this first offset in its place.
std::string name_of(std::string_view bucket, std::int64_t first_offset);
// Whether a name stays where it is put: relative, no empty, "." or ".." part, none too long, no
// control character.
bool is_safe(std::string_view name);
// ".NAME.inprogress" beside NAME.
std::string in_progress_name(std::string_view name);
// What a record brings, as a part of a name.
std::string harmless(std::string_view text);

}  // namespace weir::connectors::file::sink
