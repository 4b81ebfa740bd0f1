// generator: a source of records that it makes up. The n-th record depends on the seed and n only
// (but for the template "now"), so a task goes on exactly where its position says.
//
// Memory of a batch is made once: no allocation and no copy per record.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connect/sdk/plugin.hpp"
#include "connectors/generator/field_template.hpp"

namespace weir::connectors::generator {

inline constexpr std::array<sdk::option, 6> generator_options = {{
    {.name = "rate",
     .type = WEIR_OPTION_REAL,
     .initial = "1",
     .valid = "0..",
     .text = "Records per second; 0: as fast as possible."},
    {.name = "count",
     .type = WEIR_OPTION_INTEGER,
     .initial = "0",
     .valid = "0..",
     .text = "So many records in all; 0: without end."},
    {.name = "fields",
     .type = WEIR_OPTION_MAP,
     .text = "The fields of a record, each with how it is made: int(1,100), float(0,1), bool, "
             "choice(a,b), uuid, now, time(START_MS,STEP_MS), seq, text(20), const(x). Without "
             "fields: seq, time (now) and text."},
    {.name = "key", .text = "How the record's key is made, as a field; without it there is none."},
    {.name = "size",
     .type = WEIR_OPTION_BYTES,
     .initial = "0",
     .valid = "0..16777216",
     .text = "Instead of fields: the value is a string of so many bytes."},
    {.name = "seed",
     .type = WEIR_OPTION_INTEGER,
     .initial = "1",
     .text = "Another seed makes other records; the same one the same."},
}};

class generator final : public sdk::source {
  public:
    static sdk::outcome create(const sdk::host& host, const sdk::settings& settings,
                               std::span<const weir_position> positions,
                               std::unique_ptr<sdk::source>& task);
    static void check(const sdk::settings& settings, bool reach, sdk::problems& into);

    sdk::outcome poll(std::chrono::milliseconds timeout, sdk::source_batch& into) override;
    void request_stop() override;

  private:
    generator() = default;
    struct named_field {
        std::string name;
        field_template make;
    };
    using finding = std::pair<std::string, std::string>;
    void read(const sdk::settings& settings, std::vector<finding>& wrong);
    void prepare(std::uint64_t seed);
    std::size_t wait_for_due(std::chrono::milliseconds timeout);
    void fill(std::size_t count);

    double rate_ = 0;
    std::uint64_t end_ = 0;  // 0: none
    std::size_t size_ = 0;
    std::vector<named_field> fields_;
    std::optional<field_template> key_;
    std::vector<std::uint64_t> seeds_;  // of each field; the key's at the end

    std::uint64_t next_ = 0;
    std::uint64_t first_ = 0;  // of this task
    std::optional<std::chrono::steady_clock::time_point> begun_;
    std::optional<word_pool> words_;
    std::vector<weir_schema> field_schemas_;
    std::vector<weir_field> schema_fields_;
    weir_schema schema_ = {};
    std::vector<weir_record> records_;
    std::vector<weir_value> values_;
    std::vector<char> room_;
    std::string offset_text_;
    weir_position position_ = {};

    std::mutex stopping_;
    std::condition_variable stopped_;
    bool stop_ = false;
};

}  // namespace weir::connectors::generator
