// file_sink: the task of the file sink: leads each record to its file, and finishes files when
// their time has come.
//
// With {offset} in the path a file is hidden until it is finished, and an offset may be committed
// once all files with earlier records are. Without it lines are appended, and may be committed once
// they are on the medium.
//
// One thread at a time, as the host promises. Disk and clock come from outside.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "connect/sdk/plugin.hpp"
#include "connectors/file/sink/output_file.hpp"
#include "connectors/file/sink/partition_files.hpp"

namespace weir::connectors::file::sink {

// Milliseconds that only grow.
using steady_clock_ms = std::function<std::int64_t()>;

class file_sink final : public sdk::sink {
  public:
    static sdk::outcome create(const sdk::host& host, const sdk::settings& settings,
                               weir_sink_wish& wish, std::unique_ptr<sdk::sink>& task);
    static void check(const sdk::settings& settings, bool reach, sdk::problems& into);

    file_sink(const sdk::host& host, sink_options options, std::unique_ptr<disk> on,
              steady_clock_ms clock);
    ~file_sink() override;

    sdk::outcome open(std::span<const weir_partition> partitions) override;
    sdk::outcome close(std::span<const weir_partition> partitions) override;
    sdk::outcome put(std::span<const weir_record> records, std::span<weir_result> results) override;
    sdk::outcome committable(std::span<weir_partition> partitions) override;
    sdk::outcome flush() override;

  private:
    struct partition;
    struct slot;
    struct refused {
        const partition* of = nullptr;
        std::int64_t offset = 0;
        std::string reason;
    };

    partition* find(std::string_view topic, std::int32_t number);
    result<partition*> take_partition(std::string_view topic, std::int32_t number,
                                      std::int64_t start);
    void drop_partition(std::size_t index);
    result<> route(const weir_record& record, std::string& reason);
    bool is_routed(const weir_record& record) const;
    slot& slot_of(partition& of, std::string name);
    result<> take(const weir_record& record, weir_result& answer);
    result<bool> is_finished_already(const weir_record& record);
    result<> begin(slot& of, const weir_record& first);
    result<std::unique_ptr<writable>> open_appended(const std::string& path, bool& has_header);
    result<> make_room();
    result<> finish(slot& of);
    result<> finish_due(bool all);
    result<> sync_appended();
    void remove_slot(slot& of);
    void refuse(const partition& of, const weir_record& record, std::string reason,
                weir_result& answer);
    void report();

    sdk::host host_;
    sink_options options_;
    std::unique_ptr<disk> disk_;
    steady_clock_ms clock_;
    std::vector<std::unique_ptr<partition>> partitions_;
    // Of appended files; those of files with {offset} are with their partitions.
    std::unordered_map<std::string, std::unique_ptr<slot>> appended_;
    std::vector<slot*> open_;  // with a file

    // Where the record before went, and what goes there, too.
    partition* at_partition_ = nullptr;
    slot* at_slot_ = nullptr;
    time_span at_span_;
    std::string at_key_;

    // Records that put() has refused, for when the same call is made again.
    std::vector<refused> refused_;
    bool again_ = false;  // the call before ended early
    std::int64_t now_ms_ = 0;
    std::uint64_t uses_ = 0;
    std::uint64_t finished_count_ = 0;
    std::uint64_t bytes_count_ = 0;
    std::uint64_t skipped_count_ = 0;
    std::uint64_t left_out_count_ = 0;
    std::int64_t reported_ms_ = INT64_MIN;
};

}  // namespace weir::connectors::file::sink
